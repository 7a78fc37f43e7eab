extension TuplePrediction {
  /// The right tuple, as far as heights can be told where neighbouring leaves share one vector.
  ///
  /// A probe sees the difference of their vectors, so that its height there is 0, whatever the tree says. All else is
  /// as it should be, labels too: what this loses is what the alignment costs in d alone. It is no strict bound: other
  /// labels than the gold ones can suit the changed tree better.
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
