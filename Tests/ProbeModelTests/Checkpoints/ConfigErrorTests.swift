import Foundation
import Testing

@testable import ProbeModel

/// Configurations that are incomplete, contradictory, or of a variant that would be computed wrongly.
@Suite struct ConfigErrorTests {
  /// The error of a fixture whose `config.json` was edited, and the config's path.
  private func failure(
    _ fixture: String, _ edits: [String: String]
  ) throws -> (error: ModelError, path: String) {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    try folder.editConfig(edits)
    return (try modelError { try HookedTransformer.open(folder.path) }, folder.path + "/config.json")
  }

  /// The error of a GGUF fixture in which one text was replaced by another of the same length.
  private func failure(gguf old: String, _ new: String) throws -> (error: ModelError, path: String) {
    let folder = try TemporaryFolder()
    var bytes = try Data(
      contentsOf: URL(fileURLWithPath: Fixture(name: "llama-gguf-f32").path + "/model.gguf"))
    let range = try #require(bytes.range(of: Data(old.utf8)), "the file does not say \(old)")
    try #require(old.utf8.count == new.utf8.count)
    bytes.replaceSubrange(range, with: Data(new.utf8))
    let path = try folder.write("m.gguf", bytes)
    return (try modelError { try HookedTransformer.open(path) }, path)
  }

  static let required: [(fixture: String, key: String)] = [
    (
      "llama-mha",
      [
        "model_type", "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size",
        "vocab_size", "max_position_embeddings",
      ]
    ),
    ("gpt2", ["model_type", "n_embd", "n_head", "n_layer", "vocab_size", "n_positions"]),
    (
      "bert",
      [
        "model_type", "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size",
        "vocab_size", "max_position_embeddings",
      ]
    ),
  ].flatMap { fixture, keys in keys.map { (fixture, $0) } }

  @Test(arguments: required)
  func aMissingKeyIsNamed(_ fixture: String, _ key: String) throws {
    for text in ["", "null"] {
      let (error, path) = try failure(fixture, [key: text])
      #expect(error.reason == .missingKey && error.location == path)
      #expect(error.problem.hasPrefix("the key \(key) is missing (expected "))
    }
  }

  @Test(arguments: required)
  func aKeyOfTheWrongTypeIsNamed(_ fixture: String, _ key: String) throws {
    let (error, path) = try failure(fixture, [key: "[1]"])
    #expect(error.reason == .badValue && error.location == "\(path): \(key)")
    #expect(error.problem.hasPrefix("expected a") && error.problem.hasSuffix(", found an array"))
  }

  @Test(
    arguments: required.filter { $0.key != "model_type" },
    ["0", "-4", "2147483648"])
  func dimensionsArePositive(_ entry: (fixture: String, key: String), _ value: String) throws {
    let (error, path) = try failure(entry.fixture, [entry.key: value])
    #expect(
      error
        == ModelError(
          .badValue, at: "\(path): \(entry.key)", "expected a positive integer, found \(value)"))
  }

  @Test func widthsThatAreNotWholeAreRefused() throws {
    let (error, path) = try failure("bert", ["hidden_size": "32.5"])
    #expect(error.reason == .badValue && error.location == "\(path): hidden_size")
  }

  @Test(arguments: [
    ("llama-mha", "hidden_act"), ("gpt2", "activation_function"), ("bert", "hidden_act"),
  ])
  func anUnknownActivationListsTheKnownOnes(_ fixture: String, _ key: String) throws {
    let (error, path) = try failure(fixture, [key: "\"quick_gelu\""])
    #expect(error.reason == .unsupported && error.location == "\(path): \(key)")
    #expect(error.problem == "the activation function quick_gelu is not supported")
    #expect(error.advice == "Supported: silu, relu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast")
  }

  /// What would be computed wrongly is refused, with the key and its value.
  @Test(arguments: [
    ("llama-mha", "rope_scaling", #"{"rope_type":"mrope"}"#, "rope_scaling", "the scaling mrope"),
    ("llama-mha", "rope_scaling", #"{"type":"ntk"}"#, "rope_scaling", "the scaling ntk"),
    (
      "llama-gqa", "rope_parameters", #"{"rope_theta":1e4,"partial_rotary_factor":0.5}"#,
      "partial_rotary_factor", "0.5: "
    ),
    ("llama-mha", "partial_rotary_factor", "0.25", "partial_rotary_factor", "0.25: "),
    ("gpt2", "add_cross_attention", "true", "add_cross_attention", "true: "),
    ("bert", "position_embedding_type", "\"relative_key\"", "position_embedding_type", "\"relative_key\": "),
    ("bert", "is_decoder", "true", "is_decoder", "true: "),
  ])
  func variantsAreRefused(
    _ fixture: String, _ key: String, _ json: String, _ location: String, _ value: String
  ) throws {
    let (error, path) = try failure(fixture, [key: json])
    #expect(error.reason == .unsupported && error.location == "\(path): \(location)")
    #expect(error.problem.hasPrefix(value), "\(error)")
  }

  /// Scalings of rotary positions that are incomplete or impossible.
  @Test(arguments: [
    (
      #"{"rope_type":"llama3","factor":8}"#, "the key low_freq_factor is missing (expected a positive number)"
    ),
    (#"{"rope_type":"linear"}"#, "the key factor is missing (expected a positive number)"),
    (#"{"rope_type":"linear","factor":-2}"#, "expected a positive number, found -2.0"),
    (#"{"rope_type":"linear","factor":1e30}"#, "a context of 64 stretched by 1e+30 is not a possible one"),
    (#"{"rope_type":"yarn","factor":4,"rope_theta":1}"#, "yarn needs a rope_theta above 1, found 1.0"),
    (#"{"rope_type":"yarn","factor":4,"beta_fast":-1}"#, "expected positive beta_fast and beta_slow"),
    (#"{"rope_type":"longrope","factor":4}"#, "longrope needs the lists short_factor and long_factor"),
    (
      #"{"rope_type":"longrope","factor":4,"short_factor":[1],"long_factor":[1]}"#,
      "expected 6 numbers, one for each pair that turns, found 1"
    ),
    (
      #"{"rope_type":"longrope","factor":4,"short_factor":[1,1,1,1,1,0],"long_factor":[1]}"#,
      "expected positive numbers, found 0"
    ),
  ])
  func scalingsThatCannotBeAreRefused(_ json: String, _ problem: String) throws {
    let (error, path) = try failure("llama-mha", ["rope_scaling": json, "rope_theta": "null"])
    #expect(error.problem == problem && error.location.hasPrefix(path))
  }

  @Test func twoThetasMustAgree() throws {
    let (error, path) = try failure("llama-gqa", ["rope_theta": "500.0"])
    #expect(error.reason == .badValue && error.location == "\(path): rope_theta")
    #expect(error.problem == "500.0 contradicts the 10000.0 of the rotary parameters")
  }

  /// A key that changes other families' computation is not passed over, unless its value means nothing.
  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func aKeyThatMattersElsewhereIsNotPassedOver(_ fixture: String) throws {
    for (key, value) in [
      ("residual_multiplier", "0.22"), ("quantization_config", #"{"quant_method":"gptq"}"#),
      ("num_local_experts", "8"), ("parallel_attn", "true"), ("kv_lora_rank", "512"), ("alibi", "true"),
      ("final_logit_softcapping", "30.0"), ("layer_types", #"["linear_attention"]"#),
    ] {
      let (error, path) = try failure(fixture, [key: value])
      #expect(error.reason == .unsupported && error.location == "\(path): \(key)", "\(error)")
      #expect(
        error.problem.hasSuffix(
          "this architecture does not know the key, which changes the computation of others"))
    }
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    try folder.editConfig([
      "residual_multiplier": "1.0", "num_local_experts": "0", "parallel_attn": "false",
      "quantization_config": "null", "layer_types": #"["full_attention", "full_attention"]"#,
      "summary_type": "\"cls_index\"",
    ])
    _ = try HookedTransformer.open(folder.path)
  }

  /// A θ in one of the two places must not hide the scaling in the other.
  @Test func bothPlacesOfRotarySettingsAreRead() throws {
    let (error, path) = try failure(
      "llama-gqa", ["rope_scaling": #"{"rope_theta":1e4}"#, "rope_parameters": #"{"rope_type":"llama3"}"#])
    #expect(error.reason == .unsupported && error.location == "\(path): rope_scaling")
    #expect(error.problem == "it contradicts rope_parameters")
  }

  @Test(arguments: [
    ("llama-mha", "rms_norm_eps", "-1e-5"), ("llama-mha", "rms_norm_eps", "1e300"),
    ("gpt2", "layer_norm_epsilon", "-1"), ("bert", "layer_norm_eps", "-0.1"),
    ("llama-mha", "rope_theta", "0"),
    ("llama-mha", "rope_theta", "-10000"),
  ])
  func numbersThatWouldGiveNaNAreRefused(_ fixture: String, _ key: String, _ value: String) throws {
    let (error, path) = try failure(fixture, [key: value])
    #expect(error.reason == .badValue && error.location == "\(path): \(key)")
  }

  @Test func anUnknownModelTypeListsTheKnownOnes() throws {
    let (error, path) = try failure("gpt2", ["model_type": "\"mamba\""])
    #expect(error.reason == .unsupported && error.location == "\(path): model_type")
    #expect(error.problem == "the architecture mamba is not supported")
    for known in Architecture.all.flatMap({ $0.modelTypes }) { #expect(error.advice.contains(known)) }
  }

  @Test(arguments: [("gpt2", "n_head"), ("bert", "num_attention_heads")])
  func headsThatDoNotDivideTheWidthAreRefused(_ fixture: String, _ key: String) throws {
    let (error, path) = try failure(fixture, [key: "5"])
    #expect(error == ModelError(.badValue, at: path, "a width of 32 does not divide into 5 heads"))
  }

  @Test func headsThatDoNotDivideAmongKeysAreRefused() throws {
    let (error, path) = try failure("llama-gqa", ["num_key_value_heads": "3"])
    #expect(error == ModelError(.badValue, at: path, "4 heads do not divide among 3 key–value heads"))
  }

  @Test func anOddRotaryWidthIsRefused() throws {
    let (error, path) = try failure("llama-mha", ["head_dim": "11"])
    #expect(error == ModelError(.badValue, at: path, "11 rotary dimensions in heads of width 11"))
  }

  @Test func anUnknownGGUFArchitectureListsTheKnownOnes() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "m.gguf", GGUFBytes(metadata: [("general.architecture", .string("mamba"))]).data)
    let error = try modelError { try HookedTransformer.open(path) }
    #expect(error.reason == .unsupported && error.location == "\(path): general.architecture")
    #expect(
      error.problem == "the architecture mamba is not supported"
        && error.advice.hasPrefix("Supported: gpt2, gptneox, llama, "))
  }

  @Test(arguments: [
    "general.architecture", "llama.block_count", "llama.context_length", "llama.embedding_length",
    "llama.feed_forward_length", "llama.attention.head_count", "llama.attention.layer_norm_rms_epsilon",
  ])
  func aMissingMetadataKeyIsNamed(_ key: String) throws {
    let (error, path) = try failure(gguf: key, String(key.dropLast()) + "?")
    #expect(error == ModelError(.missingKey, at: path, "the metadata key \(key) is missing"))
  }

  @Test func widthsThatDifferByLayerAreRefused() throws {
    let list = GGUFBytes.Value.raw(
      9, littleEndian(UInt32(4)) + littleEndian(UInt64(1)) + littleEndian(UInt32(2)))
    let error = try metadataFailure([("llama.attention.head_count_kv", list)])
    #expect(error.reason == .badValue && error.location.hasSuffix(": llama.attention.head_count_kv"))
    #expect(error.problem == "expected a single value, found an array")
  }

  @Test(arguments: [GGUFBytes.Value.u32(0), .u64(1 << 31), .string("8"), .f32(8)])
  func aWidthThatIsNoPositiveIntegerIsRefused(_ value: GGUFBytes.Value) throws {
    let error = try metadataFailure([("llama.attention.key_length", value)])
    #expect(error.reason == .badValue && error.location.hasSuffix(": llama.attention.key_length"))
    #expect(error.problem.hasPrefix("expected a positive integer, found "))
  }

  /// The error of a Llama GGUF with these settings beside the necessary ones.
  private func metadataFailure(_ extra: [(String, GGUFBytes.Value)]) throws -> ModelError {
    let folder = try TemporaryFolder()
    let needed: [(String, GGUFBytes.Value)] = [
      ("general.architecture", .string("llama")), ("llama.block_count", .u32(1)),
      ("llama.context_length", .u32(16)), ("llama.embedding_length", .u32(32)),
      ("llama.feed_forward_length", .u32(64)), ("llama.attention.head_count", .u32(4)),
      ("llama.attention.layer_norm_rms_epsilon", .f32(1e-5)),
    ]
    let bytes = GGUFBytes(
      metadata: needed + extra, tensors: [.init(name: "token_embd.weight", dimensions: [32, 8])],
      dataCount: 1024)
    let path = try folder.write("m.gguf", bytes.data)
    let error = try modelError { try HookedTransformer.open(path) }
    #expect(error.location.hasPrefix(path))
    return error
  }

  /// Without the extra settings the same file gets as far as its missing weights.
  @Test func theSmallGGUFFailsOnlyForItsWeights() throws {
    let error = try metadataFailure([("llama.rope.scaling.type", .string("none"))])
    #expect(
      error.reason == .missingTensor && error.location.hasSuffix("tensor layers.0.self_attn.q_proj.weight"))
    #expect(error.problem == "not in the checkpoint (as blk.0.attn_q.weight)")
  }
}
