import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Random-initialised twins of models.
@Suite struct TwinTests {
  static let tokens = [1, 5, 9, 17, 33, 2, 2, 47]

  /// The bits of every activation of a model at `points`.
  private func bits(
    _ model: HookedTransformer, at points: [HookPoint]? = nil
  ) throws -> [HookPoint: [UInt32]] {
    let points = points ?? model.hookPoints
    let cache = try model.activations(of: Self.tokens, at: points)
    var bits: [HookPoint: [UInt32]] = [:]
    for point in points { bits[point] = try #require(cache[point]).elements.map { $0.bitPattern } }
    return bits
  }

  /// Values and digest by `Tests/Fixtures/models/initial_draws.py`, which has the method a second time.
  @Test func aDrawnTensorIsTheOneOfTheMethodsDescription() throws {
    let rule = try Initialization(ConfigReader(json: .object([:]), path: "config.json"))
    let config = try Fixture(name: "gpt2").model().config
    let weights = InitialWeights(rule, config: config, seed: 7, path: "gpt2")
    let tensor = try weights.tensor("h.0.attn.c_attn.weight", [200, 700])
    var values = [Float](repeating: 0, count: tensor.count)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { tensor.decode(into: base) }
    }
    #expect(
      Array(values.prefix(4)) == [
        -0.019104918465018272, -0.01754344068467617, 0.04064350202679634, -0.004091959912329912,
      ])
    #expect(values.last == 0.021986020728945732)
    var digest = SHA256Digest()
    digest.update(tensor.bytes)
    #expect(digest.finish() == "1445441639584c09b8cffe325fa332db8b52a140e0e3a24f1228e4364e4ad6bd")
  }

  @Test(arguments: Fixture.all)
  func aTwinHasTheShapeOfItsModelAndOtherWeights(_ fixture: Fixture) throws {
    let (model, twin) = (try fixture.model(), try HookedTransformer.twin(of: fixture.path, seed: 1))
    #expect(twin.config == model.config && twin.architecture == model.architecture)
    #expect(twin.hookPoints == model.hookPoints)
    let last = [HookPoint(.residPost, layer: model.config.nLayers - 1)]
    let (own, drawn) = (try bits(model, at: last), try bits(twin, at: last))
    #expect(own != drawn)
    #expect(drawn.values.joined().allSatisfy { Float(bitPattern: $0).isFinite })
    #expect(try bits(HookedTransformer.twin(of: fixture.path, seed: 1), at: last) == drawn)
    #expect(try bits(HookedTransformer.twin(of: fixture.path, seed: 2), at: last) != drawn)
  }

  /// The weights are those of the configuration, whatever the file that it came from holds.
  @Test(arguments: ["gpt2", "llama-gqa", "bert-mlm", "gemma", "codegen", "t5-gated", "gpt-neox"])
  func aFolderWithoutWeightsHasTheSameTwin(_ name: String) throws {
    let (fixture, folder) = (Fixture(name: name), try TemporaryFolder())
    try folder.copy(fixture)
    try FileManager.default.removeItem(atPath: folder.path + "/model.safetensors")
    let bare = try HookedTransformer.twin(of: folder.path, seed: 3)
    #expect(try bits(bare) == bits(HookedTransformer.twin(of: fixture.path, seed: 3)))
    #expect(throws: ModelError.self) { try HookedTransformer.open(folder.path) }
  }

  /// GGUF's names and orders of rows have no part in a twin.
  @Test func aFileOfAnotherFormatHasTheSameTwin() throws {
    func gguf(_ name: String) throws -> HookedTransformer {
      let path = Fixture(name: name).path
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
      return try .twin(of: path + "/" + (try #require(files.first { $0.hasSuffix(".gguf") })), seed: 4)
    }
    let llama = try HookedTransformer.twin(of: Fixture(name: "llama-gqa").path, seed: 4)
    #expect(try bits(gguf("llama-gguf-f32")) == bits(llama))

    let folder = try TemporaryFolder()
    try folder.write(
      "config.json",
      """
      {"model_type": "gpt2", "n_layer": 2, "n_head": 3, "n_embd": 24, "n_positions": 48, "vocab_size": 64}
      """)
    let gpt2 = try HookedTransformer.twin(of: folder.path, seed: 4)
    let other = try gguf("gpt2-gguf")
    // Norms have another ε there, so that only what no norm has touched can be equal.
    let points = [HookPoint(.embed), HookPoint(.posEmbed)]
    #expect(try bits(other, at: points) == bits(gpt2, at: points))
  }

  /// What stored gains lack is added to drawn ones as well: a fresh norm is the plain one.
  @Test func aFreshNormOfGemmaHasGainOne() throws {
    let twin = try HookedTransformer.twin(of: Fixture(name: "gemma").path, seed: 1)
    let norm = try #require(twin.weights.finalNorm?.gain)
    #expect(norm.tensor.elements.allSatisfy { $0 == 1 })
  }

  @Test func aTiedHeadIsTheEmbedding() throws {
    // The checkpoint of a tied model may hold the head a second time, which must not become a draw of its own.
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "llama-mha"))
    try folder.editConfig(["tie_word_embeddings": "true"])
    let twin = try HookedTransformer.twin(of: folder.path, seed: 1)
    let points = [HookPoint(.finalNormalized), HookPoint(.logits)]
    let cache = try twin.activations(of: [3], at: points)
    let (hidden, logits) = (try #require(cache[points[0]]), try #require(cache[points[1]]))
    var row = [Float](repeating: 0, count: twin.config.dModel)
    for token in 0..<twin.config.dVocab {
      row.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { twin.weights.embedding.copy(token, to: base) }
      }
      let product = zip(row, hidden.elements).reduce(Double(0)) { $0 + Double($1.0) * Double($1.1) }
      // Some 30 float32 products of magnitude 0.1.
      #expect(abs(Double(logits.elements[token]) - product) < 1e-5)
    }
  }

  @Test func identitiesOfTwinsAreTheirOwn() throws {
    let path = Fixture(name: "llama-gqa").path
    let model = try HookedTransformer.open(path).identity()
    let twins = try (0..<3).map { try HookedTransformer.twin(of: path, seed: $0).identity() }
    #expect(Set((twins + [model]).map { $0.weightsDigest }).count == 4)
    #expect(twins.map { $0.name } == (0..<3).map { "llama-gqa (random, seed \($0))" })
    for (seed, twin) in twins.enumerated() {
      #expect(twin.path == path && twin.architecture == model.architecture)
      #expect(twin.tokenizerDigest == model.tokenizerDigest)
      #expect(try HookedTransformer.weightsDigest(ofTwinOf: path, seed: UInt64(seed)) == twin.weightsDigest)
    }
    // Another configuration, other weights.
    let other = try HookedTransformer.twin(of: Fixture(name: "llama-mha").path, seed: 0).identity()
    #expect(other.weightsDigest != twins[0].weightsDigest)
  }

  @Test func aTwinOfNothingIsNotFound() throws {
    let error = try modelError { try HookedTransformer.twin(of: "no/such/model", seed: 1) }
    #expect(error.reason == .notFound && error.location == "no/such/model")
  }

  @Test func moreWeightsThanMemoryAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "config.json",
      """
      {"model_type": "gpt2", "n_layer": 2, "n_head": 2, "n_embd": 1048576, "n_positions": 64,
       "vocab_size": 50000000, "n_inner": 64}
      """)
    let error = try modelError { try HookedTransformer.twin(of: folder.path, seed: 1) }
    #expect(error.reason == .unsupported && error.location.hasPrefix("\(folder.path): tensor "))
    #expect(error.problem.contains("bytes of random weights up to here, the machine has"))
  }
}
