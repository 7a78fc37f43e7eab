import Foundation
import Testing

@testable import ProbeModel

/// The same weights under all the names that files have used for them.
@Suite struct TensorNamingTests {
  /// What a fixture computes at the end after its tensors were renamed and others put in.
  private func last(
    _ fixture: String, rename: (String) -> String = { $0 }, adding extra: [String] = []
  ) throws -> [Float]? {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    var file = try SafetensorsBytes(path: folder.path + "/model.safetensors")
    file.header = Dictionary(
      uniqueKeysWithValues: file.header.map { ($0.key == "__metadata__" ? $0.key : rename($0.key), $0.value) }
    )
    for name in extra { file.header[name] = ["dtype": "F32", "shape": [0], "data_offsets": [0, 0]] }
    try folder.write("model.safetensors", file.encoded())
    let model = try HookedTransformer.open(folder.path)
    let batch = try Fixture(name: fixture).batch()
    let point = try #require(model.hookPoints.last)
    return try Observations(model, batch, at: [point])[point]
  }

  /// Fixtures whose names carry the base model's prefix, and the prefix.
  static let prefixed = [
    ("gpt-neo", "transformer."), ("gpt-neox", "gpt_neox."), ("gptj", "transformer."),
    ("codegen", "transformer."), ("opt", "model."), ("bloom", "transformer."), ("roberta", "roberta."),
    ("distilbert", "distilbert."),
  ]

  @Test(arguments: prefixed)
  func thePrefixMayBeMissing(_ fixture: String, _ prefix: String) throws {
    let expected = try last(fixture)
    var renamed = 0
    let found = try last(fixture) { name in
      guard name.hasPrefix(prefix) else { return name }
      renamed += 1
      return String(name.dropFirst(prefix.count))
    }
    #expect(renamed > 10 && sameBits(found, expected))
  }

  @Test(arguments: [
    ("opt-plain", "decoder.", "model.decoder."), ("roberta-bare", "", "roberta."),
    ("distilbert-bare", "", "distilbert."),
  ])
  func thePrefixMayBeThere(_ fixture: String, _ old: String, _ new: String) throws {
    let found = try last(fixture) { $0.hasPrefix(old) ? new + $0.dropFirst(old.count) : $0 }
    #expect(sameBits(found, try last(fixture)))
  }

  @Test(arguments: [
    ("gpt-neox", "embed_out.weight", "lm_head.weight"),
    ("roberta", "lm_head.bias", "lm_head.decoder.bias"),
    ("t5-encoder", "shared.weight", "encoder.embed_tokens.weight"),
  ])
  func aTensorMayGoByItsOtherName(_ fixture: String, _ name: String, _ other: String) throws {
    var renamed = false
    let found = try last(fixture) {
      guard $0 == name else { return $0 }
      renamed = true
      return other
    }
    let expected = try last(fixture)
    #expect(renamed && sameBits(found, expected))
    // A file that holds both names holds a copy, which is not read.
    #expect(sameBits(try last(fixture, adding: [other]), found))
  }

  /// Buffers of old checkpoints, and parts that do not belong to the stream.
  @Test(arguments: [
    (
      "gpt-neo",
      ["transformer.h.0.attn.attention.bias", "transformer.h.1.attn.attention.masked_bias"]
    ),
    (
      "gpt-neox",
      [
        "gpt_neox.layers.0.attention.bias", "gpt_neox.layers.0.attention.masked_bias",
        "gpt_neox.layers.1.attention.rotary_emb.inv_freq",
      ]
    ),
    ("gptj", ["transformer.h.0.attn.bias", "transformer.h.0.attn.masked_bias"]),
    (
      "codegen",
      [
        "transformer.h.0.attn.causal_mask", "transformer.h.1.attn.bias", "transformer.h.1.attn.masked_bias",
        "transformer.h.1.attn.embed_positions",
      ]
    ),
    ("opt", ["model.decoder.version"]), ("opt-plain", ["decoder.version"]),
    ("roberta", ["roberta.pooler.dense.weight", "roberta.embeddings.position_ids"]),
    ("distilbert", ["distilbert.embeddings.position_ids"]),
    ("t5-encoder", ["decoder.final_layer_norm.weight", "lm_head.weight"]),
  ])
  func whatDoesNotBelongToTheStreamIsLeftUnread(_ fixture: String, _ names: [String]) throws {
    #expect(sameBits(try last(fixture, adding: names), try last(fixture)))
  }

  /// The same tensors in a family that does not define them.
  @Test(arguments: [
    ("bloom", "transformer.h.0.self_attention.masked_bias"), ("opt", "model.decoder.layers.0.version"),
    ("gptj", "transformer.h.0.attn.q_proj.bias"),
    ("t5-encoder", "encoder.block.0.layer.0.SelfAttention.q.bias"),
    ("gpt-neo", "transformer.h.0.attn.attention.q_proj.bias"), ("roberta", "cls.seq_relationship.weight"),
    ("distilbert", "distilbert.pooler.dense.weight"), ("gpt-neox", "gpt_neox.layers.0.attention.scale"),
    ("opt-postnorm", "model.decoder.final_layer_norm.weight"),
  ])
  func othersAreNotLeftUnread(_ fixture: String, _ name: String) throws {
    let error = try modelError { try last(fixture, adding: [name]) }
    #expect(error.reason == .unexpectedTensor && error.location.hasSuffix(": tensor \(name)"))
  }

  /// A tied head with a bias of its own is absent where the bias is.
  @Test func aTiedHeadWithoutItsBiasIsNone() throws {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: "gptj"))
    try folder.editConfig(["tie_word_embeddings": "true"])
    var file = try SafetensorsBytes(path: folder.path + "/model.safetensors")
    file.header["lm_head.weight"] = nil
    try file.pack()
    try folder.write("model.safetensors", file.encoded())
    #expect(try HookedTransformer.open(folder.path).has(HookPoint(.logits)))
    file.header["lm_head.bias"] = nil
    try file.pack()
    try folder.write("model.safetensors", file.encoded())
    #expect(try !HookedTransformer.open(folder.path).has(HookPoint(.logits)))
  }
}
