import Foundation
import Testing

@testable import ProbeModel

/// What the metadata of GGUF files means for each family, and what is refused.
@Suite struct GGUFFamilyTests {
  private func opened(
    _ fixture: String, _ values: [(String, GGUFBytes.Value)] = [], renaming names: [(String, String)] = []
  ) throws -> (result: Result<HookedTransformer, ModelError>, path: String) {
    var edit = try GGUFEdit(fixture)
    for (old, new) in names { try edit.rename(old, new) }
    if !values.isEmpty { try edit.set(values) }
    return try edit.open()
  }

  private func config(
    _ fixture: String, _ values: [(String, GGUFBytes.Value)] = [], renaming names: [(String, String)] = []
  ) throws -> TransformerConfig {
    try opened(fixture, values, renaming: names).result.get().config
  }

  private func failure(
    _ fixture: String, _ values: [(String, GGUFBytes.Value)] = [], renaming names: [(String, String)] = []
  ) throws -> (error: ModelError, path: String) {
    let (result, path) = try opened(fixture, values, renaming: names)
    return (try modelError { try result.get() }, path)
  }

  private static let no = GGUFBytes.Value.raw(7, Data([0]))
  private static let yes = GGUFBytes.Value.raw(7, Data([1]))
  private static let list = GGUFBytes.Value.raw(
    9, littleEndian(UInt32(4)) + littleEndian(UInt64(2)) + littleEndian(UInt32(0)) + littleEndian(UInt32(3)))

  @Test(
    arguments: [
      ("expert_count", .u32(8), "8"), ("expert_used_count", .u32(2), "2"),
      ("leading_dense_block_count", .u32(1), "1"), ("attention.clamp_kqv", .f32(8), "8.0"),
      ("attention.max_alibi_bias", .f32(8), "8.0"), ("attention.causal", no, "false"),
      ("attention.scale", .f32(0.5), "0.5"), ("attention.sliding_window", .u32(8), "8"),
      ("attention.not_yet_invented", .string("a"), "\"a\""), ("use_parallel_residual", yes, "true"),
      ("logit_scale", .f32(0.0625), "0.0625"), ("residual_scale", .f32(0.5), "0.5"),
      ("embedding_scale", .f32(12), "12.0"), ("attn_logit_softcapping", .f32(50), "50.0"),
      ("final_logit_softcapping", .f32(30), "30.0"), ("rope.freq_base_swa", .f32(10000), "10000.0"),
      ("rope.dimension_sections", list, "a list of 2 integers"), ("ssm.state_size", .u32(16), "16"),
      ("rope.scaling.attn_factor", .f32(1.5), "1.5"), ("rope.scaling.yarn_log_multiplier", .f32(0.1), "0.1"),
    ] as [(String, GGUFBytes.Value, String)])
  func aKeyThatMattersAndIsNotReadIsRefused(_ key: String, _ value: GGUFBytes.Value, _ text: String) throws {
    let (error, path) = try failure("qwen3-gguf", [("qwen3.\(key)", value)])
    #expect(error.reason == .unsupported && error.location == "\(path): qwen3.\(key)")
    #expect(error.problem.hasPrefix(text) && error.problem.contains("does not know the key"), "\(error)")
  }

  @Test(
    arguments: [
      ("expert_count", .u32(0)), ("attention.causal", yes), ("attention.max_alibi_bias", .f32(0)),
      ("use_parallel_residual", no), ("logit_scale", .f32(1)), ("attention.sliding_window", .u32(0)),
      ("rope.scaling.finetuned", yes), ("rope.scaling.type", .string("none")),
      ("rope.scaling.factor", .f32(1)),
      ("rope.scaling.attn_factor", .f32(1)), ("rope.dimension_count", .u32(12)), ("vocab_size", .u32(64)),
      ("pooling_type", .u32(3)),
    ] as [(String, GGUFBytes.Value)])
  func aKeyThatMeansNothingIsPassedOver(_ key: String, _ value: GGUFBytes.Value) throws {
    #expect(try config("qwen3-gguf", [("qwen3.\(key)", value)]) == config("qwen3-gguf"))
  }

  /// Keys of another architecture than the file's are nobody's.
  @Test func keysOfOtherArchitecturesAreIgnored() throws {
    #expect(try config("qwen3-gguf", [("llama.expert_count", .u32(8))]) == config("qwen3-gguf"))
  }

  @Test(arguments: ["dynamic", "su", "llama3", ""])
  func anUnknownScalingIsNamed(_ type: String) throws {
    let (error, path) = try failure("llama-gguf-linear", [("llama.rope.scaling.type", .string(type))])
    #expect(error.reason == .unsupported && error.location == "\(path): llama.rope.scaling.type")
    #expect(error.problem == "the scaling \(type) of rotary positions is not supported")
    #expect(error.advice == "Supported: none, linear, yarn, longrope")
  }

  @Test func aFactorWithoutATypeMeansLinearScaling() throws {
    let implied = try config(
      "llama-gguf-linear", renaming: [("llama.rope.scaling.type", "lama_.rope.scaling.type")])
    #expect(try implied == config("llama-gguf-linear"))
    #expect(try scaling(implied) == .linear(factor: 4))
    #expect(
      try scaling(config("llama-gguf-linear", [("llama.rope.scaling.type", .string("none"))]))
        == Rotary.Scaling.none)
  }

  private func scaling(_ config: TransformerConfig) throws -> Rotary.Scaling {
    guard case .rotary(let rotary) = config.positions else { throw TestError() }
    return rotary.scaling
  }

  private struct TestError: Error {}

  @Test(arguments: ["yarn_attn_factor", "yarn_log_multiplier", "yarn_ext_factor", "attn_factor"])
  func anAmplitudeOfYarnIsRefused(_ key: String) throws {
    let (error, path) = try failure("qwen2-gguf-yarn", [("qwen2.rope.scaling.\(key)", .f32(1.25))])
    #expect(error.reason == .unsupported && error.location == "\(path): qwen2.rope.scaling.\(key)")
    #expect(error.problem == "1.25: it means different things to different programs")
  }

  @Test func yarnNeedsItsFactor() throws {
    let (error, path) = try failure(
      "qwen2-gguf-yarn", renaming: [("qwen2.rope.scaling.factor", "qwen_.rope.scaling.factor")])
    #expect(
      error
        == ModelError(.missingKey, at: path, "the metadata key qwen2.rope.scaling.factor is missing"))
  }

  @Test func divisorsAndAScalingExcludeEachOther() throws {
    for (fixture, architecture) in [("llama-gguf-rope-freqs", "llama"), ("phi3-gguf-longrope", "phi3")] {
      let key = "\(architecture).rope.scaling.type"
      let (error, path) = try failure(
        fixture, [(key, .string("yarn")), ("\(architecture).rope.scaling.factor", .f32(2))])
      #expect(error.reason == .unsupported && error.location == "\(path): \(key)")
      #expect(error.problem == "yarn scaling, but the file has divisors of the frequencies as well")
    }
  }

  @Test func divisorsMustBeAsManyAsPairs() throws {
    let (error, path) = try failure("phi3-gguf-longrope", [("phi3.rope.dimension_count", .u32(8))])
    #expect(error.reason == .wrongShape && error.location == "\(path): tensor rope_factors_short.weight")
    #expect(error.problem == "expected a vector of 4 F32, found F32 of shape [6]")
  }

  @Test func partialRotaryPositionsAreRefusedWhereTheyDoNotBelong() throws {
    var (error, path) = try failure("llama-gguf-linear", [("llama.rope.dimension_count", .u32(8))])
    #expect(error.reason == .unsupported && error.location == "\(path): llama.rope.dimension_count")
    #expect(error.problem.hasPrefix("8 of 16 dimensions turn: partial rotary positions"))
    (error, path) = try failure("gpt-neox-gguf", [("gptneox.rope.dimension_count", .u32(17))])
    #expect(error.reason == .badValue && error.location == "\(path): gptneox.rope.dimension_count")
    #expect(error.problem == "17 rotary dimensions in heads of width 16")
  }

  /// The number of dimensions is kept exactly, although it travels as a fraction.
  @Test func everyNumberOfRotaryDimensionsSurvives() throws {
    for width in stride(from: 2, through: 16, by: 2) {
      let config = try config("gpt-neox-gguf", [("gptneox.rope.dimension_count", .u32(UInt32(width)))])
      guard case .rotary(let rotary) = config.positions else { throw TestError() }
      #expect(rotary.dimensions == width)
    }
  }

  @Test func valuesOfAnotherWidthAreRefused() throws {
    let (error, path) = try failure("qwen3-gguf", [("qwen3.attention.value_length", .u32(8))])
    #expect(error.reason == .unsupported && error.location == "\(path): qwen3.attention.value_length")
    #expect(error.problem == "8: values of another width than keys (12) are not supported")
  }

  @Test(arguments: [("gpt2-gguf", "gpt2"), ("gpt-neox-gguf", "gptneox")])
  func groupedHeadsAreRefusedWhereTheyDoNotBelong(_ fixture: String, _ architecture: String) throws {
    let key = "\(architecture).attention.head_count_kv"
    let (error, path) = try failure(fixture, [(key, .u32(1))])
    #expect(error.reason == .unsupported && error.location == "\(path): \(key)")
    #expect(error.problem.hasPrefix("1: the architecture has as many heads for keys and values"))
  }

  /// llama.cpp's rule, not Hugging Face's default of 128.
  @Test func withoutAKeyTheWidthOfAHeadIsThatOfTheStreamByHeads() throws {
    let (error, _) = try failure(
      "qwen3-gguf",
      renaming: ["key_length", "value_length"].map { ("qwen3.attention.\($0)", "qwen_.attention.\($0)") })
    #expect(error.reason == .wrongShape)
    #expect(error.problem == "shape [24, 16], the configuration gives [16, 16]")
  }

  /// The published models' values (Hugging Face's configurations of Gemma 2).
  @Test func gemma2HasItsDefaults() throws {
    let config = try config(
      "gemma2-gguf",
      renaming: [
        "attn_logit_softcapping", "final_logit_softcapping", "attention.sliding_window",
      ].map { ("gemma2.\($0)", "gemma_.\($0)") })
    #expect(config.scoreSoftCap == 50 && config.logitSoftCap == 30)
    #expect(config.windows == [4096, nil])
  }

  /// 2B, 9B and 27B: the last scales scores by dModel / nHeads instead of by dHead.
  @Test(arguments: [(26, 2304, 8, 256, 256), (42, 3584, 16, 256, 256), (46, 4608, 32, 128, 144)])
  func gemma2ScalesScoresAsPublished(
    _ blocks: UInt32, _ width: UInt32, _ heads: UInt32, _ dHead: UInt32, _ scalar: Int
  ) throws {
    var bytes = GGUFBytes(tensors: [.init(name: "token_embd.weight", dimensions: [8, 1])], dataCount: 32)
    bytes.metadata = [
      ("block_count", .u32(blocks)), ("context_length", .u32(8192)), ("embedding_length", .u32(width)),
      ("feed_forward_length", .u32(9)), ("attention.head_count", .u32(heads)),
      ("attention.key_length", .u32(dHead)), ("attention.layer_norm_rms_epsilon", .f32(1e-6)),
    ].map { ("gemma2.\($0)", $1) }
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let gguf = try GGUF(file: MappedFile(path: folder.write("m.gguf", bytes.data)))
    let layout = try #require(Architecture.gemma2.gguf)
    let json = try layout.config(GGUFConfigReader(gguf: gguf, architecture: "gemma2"))
    #expect(json["query_pre_attn_scalar"] == .integer(scalar))
  }

  /// 1.25 is not what the contexts of 64 and 16 would give, √(1 + ln 4 / ln 16) = √1.5.
  @Test func longropeTakesAmplitudeAndTrainedContextFromTheFile() throws {
    guard case .long(_, _, let trained, let amplitude) = try scaling(config("phi3-gguf-longrope")) else {
      throw TestError()
    }
    #expect(trained == 16 && amplitude == Float(1.5.squareRoot()))
    let edited = try config(
      "phi3-gguf-longrope",
      [("attn_factor", .f32(1.25)), ("original_context_length", .u32(32))].map {
        ("phi3.rope.scaling.\($0)", $1)
      })
    guard case .long(_, _, 32, 1.25) = try scaling(edited) else { throw TestError() }
  }

  @Test func aWindowOfZeroIsNone() throws {
    #expect(try config("phi3-gguf-longrope").windows == [12, 12])
    let config = try config("phi3-gguf-longrope", [("phi3.attention.sliding_window", .u32(0))])
    #expect(config.windows.allSatisfy { $0 == nil })
  }

  @Test(arguments: [
    ("gpt2-gguf", true), ("qwen2-gguf-yarn", true), ("gemma2-gguf", true), ("qwen3-gguf", false),
    ("phi3-gguf-longrope", false), ("gpt-neox-gguf", false), ("llama-gguf-linear", false),
  ])
  func theHeadIsTiedWhereTheFileHasNone(_ fixture: String, _ isTied: Bool) throws {
    #expect(try config(fixture).head == (isTied ? .tied : .untied))
    guard !isTied else { return }
    let (error, path) = try failure(fixture, renaming: [("output.weight", "outpux.weight")])
    #expect(error.reason == .unexpectedTensor && error.location == "\(path): tensor outpux.weight")
  }

  @Test(arguments: [
    ("gpt2-gguf", "blk.1.attn_qkv.bias", "blk.1.attn_qkv.bios"),
    ("gpt-neox-gguf", "blk.1.ffn_norm.weight", "blk.1.ffn_norn.weight"),
    ("llama-gguf-rope-freqs", "blk.1.attn_k.bias", "blk.1.attn_k.bios"),
    ("qwen2-gguf-yarn", "blk.0.attn_q.bias", "blk.0.attn_q.bios"),
    ("qwen3-gguf", "blk.0.attn_q_norm.weight", "blk.0.attn_q_morn.weight"),
    ("gemma2-gguf", "blk.1.post_ffw_norm.weight", "blk.1.post_ffw_norn.weight"),
    ("phi3-gguf-longrope", "blk.1.attn_qkv.weight", "blk.1.attn_qkw.weight"),
  ])
  func aMissingTensorIsNamed(_ fixture: String, _ name: String, _ other: String) throws {
    let (error, path) = try failure(fixture, renaming: [(name, other)])
    #expect(error.reason == .missingTensor && error.location.hasPrefix("\(path): tensor "))
    #expect(error.problem == "not in the checkpoint (as \(name))")
  }

  /// Llama's q and k may have biases; those of a file for a family without them would go unused.
  @Test func tensorsThatAFamilyHasNoPlaceForAreRefused() throws {
    let (error, path) = try failure(
      "llama-gguf-rope-freqs", renaming: [("blk.0.attn_q.bias", "blk.0.attn_q.bios")])
    #expect(error.reason == .unexpectedTensor && error.location == "\(path): tensor blk.0.attn_k.bias")
  }
}
