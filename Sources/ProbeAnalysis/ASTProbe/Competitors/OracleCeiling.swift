extension TuplePrediction {
  /// What a probe can predict at best where neighbouring leaves share one vector.
  ///
  /// A probe sees the difference of their vectors, so that it must predict a height of 0 there, whatever the tree
  /// says. All else is as it should be, labels too, so that scores of it bound what bad alignment costs in d alone.
  ///
  /// - Parameters:
  ///   - gold: the right tuple.
  ///   - shared: per gap, whether the leaves beside it have the very same vector.
  /// - Precondition: as many flags as gaps.
  public static func oracleCeiling(of gold: SyntaxTuple, sharedVectors shared: [Bool]) -> TuplePrediction {
    precondition(
      shared.count == gold.heights.count,
      "TuplePrediction.oracleCeiling: \(shared.count) flags of \(gold.heights.count) gaps")
    return TuplePrediction(
      heights: zip(gold.heights, shared).map { $1 ? 0 : Float($0) }, labels: gold.labels,
      unaries: gold.unaries)
  }
}
