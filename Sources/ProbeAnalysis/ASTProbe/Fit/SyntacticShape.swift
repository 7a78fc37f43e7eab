/// Sizes of a probe's parameters, and where each lies in one block of memory: B `[width, rank]`; then V
/// `[rank, labels + unaries]`, the directions of labels and of unary labels side by side; then the unary labels' bias.
struct SyntacticShape: Sendable, Equatable {
  /// Width of a leaf's vector, dModel.
  let width: Int
  /// Dimension of the subspace.
  let rank: Int
  /// Classes of labels.
  let labels: Int
  /// Classes of unary labels.
  let unaries: Int

  /// Width of V.
  var classes: Int { labels + unaries }
  var projectionCount: Int { width * rank }
  var directionOffset: Int { projectionCount }
  var biasOffset: Int { directionOffset + rank * classes }
  var count: Int { biasOffset + unaries }
}
