import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Interventions against TransformerLens, on the same checkpoint (`Tests/Fixtures/models/make_interventions.py`).
@Suite struct InterventionGoldenTests {
  private struct Golden: Decodable {
    let tokens: [Int]
    let source: [Int]
    let vector: [Float]
    let logits: [String: [Float]]

    static func read() throws -> Golden {
      let path = Fixture(name: "gpt2").path + "/interventions.json"
      return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  private static let names = [
    "plain", "zeroHead", "steer", "patchZ", "projectOut", "mean", "freezePatterns",
  ]

  @Test(arguments: names)
  func logitsAreThoseOfTransformerLens(_ name: String) throws {
    let golden = try Golden.read()
    let model = try Fixture(name: "gpt2").model()
    let z = HookPoint(.z, layer: 1)
    let mlp = HookPoint(.mlpOut, layer: 2)
    let patterns = (0..<model.config.nLayers).map { HookPoint(.pattern, layer: $0) }
    let source = try model.activations(of: TokenBatch([golden.source]), at: patterns + [z, mlp])
    let vector = Tensor([golden.vector.count], golden.vector)
    let hooks: [Hook] =
      switch name {
      case "zeroHead": [.zero(z, at: Selection(heads: .only([2])))]
      case "steer": [.add(.residPost(0), vector, coefficient: 3, at: Selection(positions: .at([-1])))]
      case "patchZ": [.patch(z, from: source, at: Selection(positions: .at([2]), heads: .only([0])))]
      case "projectOut": [.projectOut(HookPoint(.residMid, layer: 1), try Subspace(spanning: vector))]
      case "mean": [try .mean(mlp, of: source)]
      case "freezePatterns": (0..<model.config.nLayers).map { .freezePattern(layer: $0, from: source) }
      default: []
      }
    let logits = try model.values(HookPoint(.logits), TokenBatch([golden.tokens]), hooks)
    let expected = try #require(golden.logits[name])
    // The parity that the plain pass promises (docs/numerics.md).
    #expect(largestDifference(logits[row: logits.rows - 1], expected) <= 5e-5)
  }

  /// The golden values tell the interventions apart by far more than that tolerance.
  @Test func everyInterventionOfTheGoldensDoesSomething() throws {
    let golden = try Golden.read()
    #expect(golden.logits.keys.sorted() == Self.names.sorted())
    for (i, a) in Self.names.enumerated() {
      for b in Self.names[..<i] {
        #expect(
          largestDifference(try #require(golden.logits[a]), try #require(golden.logits[b])) > 1e-3,
          "\(a), \(b)")
      }
    }
  }
}

/// A head patched in a real model, against Hugging Face transformers (`Tests/Fixtures/real/make_interventions.py`).
@Suite struct RealInterventionTests {
  private struct Golden: Decodable {
    let prompt: [Int]
    let source: [Int]
    let answer: Int
    let against: Int
    let layer: Int
    let head: Int
    let before: Double
    let after: Double
  }

  @Test(.enabled(if: RealModel.smollm2.isTested))
  func aPatchedHeadMovesTheAnswerAsFarAsInTransformers() throws {
    let path = Fixture.root.path + "/real/smollm2.interventions.json"
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    let z = HookPoint(.z, layer: golden.layer)
    let source = try model.activations(of: golden.source, at: [z])
    let head = Selection(positions: .at([-1]), heads: .only([golden.head]))
    func difference(_ hooks: [Hook]) throws -> Double {
      let logits = try model.nextTokenLogits(
        of: TokenBatch([golden.prompt]), hooks: hooks, in: model.makeWorkspace())
      return Double(logits[0, golden.answer]) - Double(logits[0, golden.against])
    }
    // Two logits of about 15, each within the parity of 1e-3 · |x| (docs/numerics.md); the effect is 12.8.
    #expect(abs(try difference([]) - golden.before) <= 0.03)
    #expect(abs(try difference([.patch(z, from: source, at: head)]) - golden.after) <= 0.03)
  }
}
