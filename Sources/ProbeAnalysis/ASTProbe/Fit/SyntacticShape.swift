/// Sizes of a probe's parameters, and where each lies in one block of memory: B `[width, rank]`, then the directions of
/// the labels `[rank, labels]`, those of the unary labels `[rank, unaries]`, and the unary labels' bias.
struct SyntacticShape: Sendable, Equatable {
  /// Width of a leaf's vector, dModel.
  let width: Int
  /// Dimension of the subspace.
  let rank: Int
  /// Classes of labels.
  let labels: Int
  /// Classes of unary labels.
  let unaries: Int

  var projectionCount: Int { width * rank }
  var labelOffset: Int { projectionCount }
  var unaryOffset: Int { projectionCount + rank * labels }
  var biasOffset: Int { unaryOffset + rank * unaries }
  var count: Int { biasOffset + unaries }
}
