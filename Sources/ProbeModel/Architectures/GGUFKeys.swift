/// Keys of GGUF's metadata that change the computation of some transformer somewhere, named without the architecture
/// that begins them.
///
/// As ``ConfigKeys`` for `config.json`: a family reads those it knows, and one that is present, means something and was
/// read by nobody is an error that names it (``GGUFConfigReader/finish()``). Gathered from the keys that the `gguf`
/// package can write.
enum GGUFKeys {
  /// Whether `key` with this value leaves the computation as it is, for a family that does not read it.
  static func isNeutral(_ key: String, _ value: GGUF.Value) -> Bool {
    guard consequential.contains(key) || groups.contains(where: { key.hasPrefix($0) }),
      !harmless.contains(key)
    else { return true }
    if let neutral = neutralValues[key] { return neutral.contains(value.number ?? .nan) }
    return value.isNothing
  }

  /// Keys that begin so matter, also those that are yet to be invented.
  private static let groups = [
    "attention.", "rope.", "expert", "moe_", "altup.", "ssm.", "wkv.", "kda.", "shortconv.", "swiglu_clamp_",
  ]

  /// Keys of those groups that say where the file is from.
  private static let harmless: Set<String> = ["rope.scaling.finetuned"]

  /// Keys with other values than 0 and false that mean nothing; true counts as 1.
  private static let neutralValues: [String: Set<Double>] = [
    "attention.causal": [1], "logit_scale": [0, 1], "residual_scale": [0, 1], "embedding_scale": [0, 1],
    "attention.output_scale": [0, 1], "rope.scaling.attn_factor": [1], "rope.scaling.factor": [0, 1],
    "rope.scale_linear": [0, 1],
  ]

  /// Keys outside the groups whose every other value than 0 and false matters.
  private static let consequential: Set<String> = [
    // Scales and caps.
    "logit_scale", "residual_scale", "embedding_scale", "attn_logit_softcapping", "final_logit_softcapping",
    "router_logit_softcapping", "activation_sparsity_scale",
    // Blocks.
    "use_parallel_residual", "leading_dense_block_count", "interleave_moe_layer_step",
    "full_attention_interval",
    "nextn_predict_layers", "n_deepstack_layers", "decoder_block_count", "rescale_every_n_layers",
    "swin_norm",
    "token_shift_count", "hidden_activation",
    // Widths.
    "embedding_length_per_layer_input", "embedding_length_out",
  ]
}

extension GGUF.Value {
  /// A number, or 0 and 1 for false and true.
  fileprivate var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .bool(let value): value ? 1 : 0
    case .string, .strings, .integers, .numbers, .other: nil
    }
  }

  /// Whether it is 0, false, empty, or a list of nothing else.
  fileprivate var isNothing: Bool {
    switch self {
    case .integer, .number, .bool: number == 0
    case .string(let text): text.isEmpty
    case .strings(let texts): texts.allSatisfy { $0.isEmpty }
    case .integers(let values): values.allSatisfy { $0 == 0 }
    case .numbers(let values): values.allSatisfy { $0 == 0 }
    case .other: false
    }
  }

  /// The value for an error message.
  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .strings(let values): "a list of \(values.count) strings"
    case .integers(let values): "a list of \(values.count) integers"
    case .numbers(let values): "a list of \(values.count) numbers"
    case .other: "a list"
    }
  }
}
