import ProbeMath
import Testing

@testable import ProbeModel

/// SmolLM2 and MiniLM against the reference implementation.
@Suite struct RealModelTests {
  // docs/numerics.md: 1e-3 · max(1, |x|). Thirty blocks of float32 sums in another order leave about 1e-4.
  static let tolerance: Float = 1e-3

  @Test(
    .enabled(if: RealModel.smollm2.isTested || RealModel.minilm.isTested),
    arguments: [(RealModel.smollm2, "smollm2"), (.minilm, "minilm")])
  func activationsEqualTheReference(_ model: RealModel, _ fixture: String) throws {
    let reference = try Reference(path: Fixture.root.path + "/real/\(fixture).safetensors")
    let model = try HookedTransformer.open(model.path)
    let sampled = [0, model.config.nLayers / 2, model.config.nLayers - 1]
    let blocks = (0..<model.config.nLayers).map { HookPoint.residPost($0) }
    let inside = sampled.flatMap { layer in
      [.q, .z, .mlpPost].map { HookPoint($0, layer: layer) }
    }
    #expect(reference.sequences.count == 3)
    for (index, sequence) in reference.sequences.enumerated() {
      let cache = try model.activations(of: sequence, at: blocks + inside)
      for (layer, point) in blocks.enumerated() {
        let stream = try #require(cache[point])
        let last = try #require(reference[index, "hook_resid_post.last"])
        #expect(
          largestDifference(stream[row: sequence.count - 1], last[row: layer]) <= Self.tolerance, "\(point)")
        let edges = try #require(reference[index, "hook_resid_post.edges"])
        let norms = try #require(reference[index, "hook_resid_post.norm"])
        for position in sequence.indices {
          let row = stream[row: position]
          let start = (layer * sequence.count + position) * 16
          let difference = largestDifference(
            row.prefix(8) + row.suffix(8), edges.elements[start..<start + 16])
          #expect(difference <= Self.tolerance, "\(point), position \(position)")
          let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
          #expect(largestDifference([norm], [norms[layer, position]]) <= Self.tolerance, "\(point) norm")
        }
      }
      for point in inside {
        let expected = try #require(reference[index, point.name + ".last"], "\(point.name)")
        let found = try #require(cache[point])
        #expect(
          largestDifference(found[row: sequence.count - 1], expected.elements) <= Self.tolerance, "\(point)")
      }
    }
  }

  @Test(.enabled(if: RealModel.smollm2.isTested)) func smolLM2GivesTheReferenceLogits() throws {
    let reference = try Reference(path: Fixture.root.path + "/real/smollm2.safetensors")
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    for (index, sequence) in reference.sequences.enumerated() {
      let logits = try #require(
        try model.activations(of: sequence, at: [HookPoint(.logits)])[HookPoint(.logits)])
      let (top, ids) = try (
        #require(reference[index, "logits.top"]), #require(reference[index, "logits.top_ids"])
      )
      let last = Array(logits[row: sequence.count - 1])
      let found = ids.elements.map { last[Int($0)] }
      #expect(largestDifference(found, top.elements) <= Self.tolerance)
      #expect(last.indices.max { last[$0] < last[$1] } == Int(ids.elements[0]))
    }
  }
}
