import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Twins that have the embeddings of their models.
@Suite struct KeptEmbeddingsTests {
  /// The bits of the weights of all blocks, and of the final norm.
  private func blocks(_ model: HookedTransformer) -> [[UInt32]] {
    var bits: [[UInt32]] = []
    func add(_ weight: Weight?) {
      if let weight { bits.append(weight.tensor.elements.map { $0.bitPattern }) }
    }
    func add(_ linear: Linear?) {
      if let linear { bits.append(linear.matrix.elements.map { $0.bitPattern }) }
      add(linear?.bias)
    }
    func add(_ norm: Norm?) {
      add(norm?.gain)
      add(norm?.bias)
    }
    for block in model.weights.blocks {
      for map in [block.attention.q, block.attention.k, block.attention.v, block.attention.o] { add(map) }
      for norm in [block.attention.queryNorm, block.attention.keyNorm] { add(norm) }
      for map in [block.mlp?.input, block.mlp?.up, block.mlp?.output] { add(map) }
      for norm in [block.ln1, block.ln1Post, block.ln2, block.ln2Post] { add(norm) }
    }
    add(model.weights.finalNorm)
    add(model.weights.relativeBias)
    return bits
  }

  /// What enters the first block, norm and projection of the embeddings included.
  private func entry(_ model: HookedTransformer) throws -> [[UInt32]] {
    let wanted: [HookPoint] = [HookPoint(.embed), HookPoint(.posEmbed), HookPoint(.residPre, layer: 0)]
    let points = wanted.filter { model.has($0) }
    let cache = try model.activations(of: TwinTests.tokens, at: points)
    return try points.map { try #require(cache[$0]).elements.map { $0.bitPattern } }
  }

  /// Safetensors, PyTorch and GGUF of every family; a twin of few layers is enough for an embedding to be wrong in.
  @Test(arguments: Fixture.all)
  func embeddingsAreTheModelsAndBlocksThePlainTwins(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let plain = try HookedTransformer.twin(of: fixture.path, seed: 3)
    let kept = try HookedTransformer.twin(of: fixture.path, seed: 3, keeps: .embeddings)
    #expect(kept.config == model.config && kept.hookPoints == model.hookPoints)
    #expect(try entry(kept) == entry(model))
    #expect(try entry(kept) != entry(plain))
    #expect(blocks(kept) == blocks(plain))
    #expect(blocks(kept) != blocks(model))
    if let types = model.weights.tokenTypeEmbedding {
      #expect(kept.weights.tokenTypeEmbedding?.tensor.elements == types.tensor.elements)
    }
  }

  /// A tied head reads with the vectors that write; another one is drawn.
  @Test(arguments: ["gpt2", "llama-mha", "llama-gqa", "bert-mlm", "llama-gguf-f32", "gemma2-gguf"])
  func aHeadIsKeptWhereItIsTheEmbedding(_ name: String) throws {
    let fixture = Fixture(name: name)
    let kept = try HookedTransformer.twin(of: fixture.path, seed: 3, keeps: .embeddings)
    let head = try #require(kept.weights.unembedding)
    if kept.config.head == .tied {
      var row = [Float](repeating: 0, count: kept.config.dModel)
      for token in [0, 7, kept.config.dVocab - 1] {
        row.withUnsafeMutableBufferPointer {
          if let base = $0.baseAddress { kept.weights.embedding.copy(token, to: base) }
        }
        let column = (0..<row.count).map { head.matrix.elements[$0 * head.outputs + token] }
        #expect(column == row)
      }
    } else {
      let plain = try HookedTransformer.twin(of: fixture.path, seed: 3)
      #expect(head.matrix.elements == plain.weights.unembedding?.matrix.elements)
    }
  }

  @Test func identitiesAreTheirOwn() throws {
    let path = Fixture(name: "llama-gqa").path
    func digest(_ seed: UInt64, _ keeps: TwinKeeps) throws -> String {
      try HookedTransformer.weightsDigest(ofTwinOf: path, seed: seed, keeps: keeps)
    }
    let kept = try HookedTransformer.twin(of: path, seed: 1, keeps: .embeddings).identity()
    #expect(kept.name == "llama-gqa (random blocks, seed 1)")
    #expect(try kept.weightsDigest == digest(1, .embeddings))
    let all = try [digest(1, .embeddings), digest(2, .embeddings), digest(1, .nothing)]
    #expect(Set(all + [try HookedTransformer.open(path).identity().weightsDigest]).count == 4)
  }

  /// Other embeddings under the same configuration: another twin, which its digest says.
  @Test func theDigestIncludesTheModelsOwn() throws {
    let (fixture, folder) = (Fixture(name: "llama-gqa"), try TemporaryFolder())
    try folder.copy(fixture)
    func digests(_ keeps: TwinKeeps) throws -> [String] {
      try [fixture.path, folder.path].map {
        try HookedTransformer.weightsDigest(ofTwinOf: $0, seed: 1, keeps: keeps)
      }
    }
    #expect(Set(try digests(.embeddings)).count == 1)
    let file = folder.path + "/model.safetensors"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    bytes[bytes.count - 1] ^= 1
    try folder.write("model.safetensors", bytes)
    #expect(Set(try digests(.embeddings)).count == 2)
    #expect(Set(try digests(.nothing)).count == 1)
  }

  @Test func aFolderWithoutWeightsHasNoneToKeep() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "gpt2"))
    try FileManager.default.removeItem(atPath: folder.path + "/model.safetensors")
    let error = try modelError {
      try HookedTransformer.twin(of: folder.path, seed: 1, keeps: .embeddings)
    }
    #expect(error.reason == .notFound && error.location.hasPrefix(folder.path))
  }
}
