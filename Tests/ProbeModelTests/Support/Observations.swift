import ProbeMath
import Testing

@testable import ProbeModel

/// Everything that one run showed: the points in the order they fired, and all values of each.
struct Observations {
  var order: [HookPoint] = []
  var values: [HookPoint: [Float]] = [:]
  var rowShapes: [HookPoint: [Int]] = [:]
  var rowOffsets: [HookPoint: [Int]] = [:]

  init(
    _ model: HookedTransformer, _ batch: TokenBatch, at points: some Sequence<HookPoint>, hooks: [Hook] = [],
    in workspace: Workspace? = nil
  ) throws {
    let workspace = workspace ?? model.makeWorkspace()
    var (order, values, shapes, offsets) = (
      [HookPoint](), [HookPoint: [Float]](), [HookPoint: [Int]](), [HookPoint: [Int]]()
    )
    try model.run(batch, observing: Set(points), hooks: hooks, in: workspace) { view in
      order.append(view.point)
      values[view.point] = Array(view.values)
      shapes[view.point] = view.rowShape
      offsets[view.point] = view.rowOffsets
    }
    (self.order, self.values, rowShapes, rowOffsets) = (order, values, shapes, offsets)
  }

  /// The values of a point that must have fired.
  func at(_ site: HookPoint.Site, _ layer: Int, sourceLocation: SourceLocation = #_sourceLocation) throws
    -> [Float]
  {
    try #require(values[HookPoint(site, layer: layer)], "\(site) \(layer)", sourceLocation: sourceLocation)
  }

  subscript(point: HookPoint) -> [Float]? { values[point] }
}

/// Whether two lists of values are the same bits: 0 and −0 differ, and a NaN equals itself.
func sameBits(_ a: [Float]?, _ b: [Float]?) -> Bool {
  guard let a, let b else { return false }
  return a.elementsEqual(b) { $0.bitPattern == $1.bitPattern }
}

extension Fixture {
  /// The reference's sequences as one batch; the first and the last around an empty one.
  func batch() throws -> TokenBatch {
    var sequences = try reference().sequences
    sequences.insert([], at: 1)
    return TokenBatch(sequences)
  }

  /// Fixtures with every hook site that there is, one of each kind of model.
  static let kinds = ["llama-gqa", "llama-mha", "gpt2", "bert", "llama-gguf-mixed"].map { Fixture(name: $0) }
}
