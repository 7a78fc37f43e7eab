/// One family of transformers: how its configuration and tensors are read.
///
/// A value, not a subclass: the forward pass is the same for all. A new family is one file with a
/// `static let` here, one line in ``all``, and a fixture that proves it.
public struct Architecture: Sendable {
  /// The family's name, as shown to people.
  public let name: String
  /// Values of `model_type` in `config.json` that mean this family.
  public let modelTypes: [String]
  /// Values of `general.architecture` in GGUF that mean this family.
  public let ggufNames: [String]
  /// Reads `config.json`.
  let config: @Sendable (ConfigReader) throws(ModelError) -> TransformerConfig
  /// Writes GGUF's metadata as the `config.json` it stands for; nil when the family is not read from GGUF.
  let ggufConfig: (@Sendable (GGUFConfigReader) throws(ModelError) -> JSONValue)?
  let naming: TensorNaming
  /// Reads the weights; `isGGUF` says that the tensors follow GGUF's orientation and row order.
  let weights:
    @Sendable (inout WeightReader, TransformerConfig, _ isGGUF: Bool) throws(ModelError) -> TransformerWeights

  /// All families.
  public static let all: [Architecture] = [.llama, .gpt2, .bert]

  /// The family a checkpoint belongs to, and its configuration.
  ///
  /// - Throws: ``ModelError`` `.unsupported` naming the families there are.
  static func identify(_ checkpoint: Checkpoint) throws(ModelError) -> (Architecture, TransformerConfig) {
    switch checkpoint.layout {
    case .huggingFace(let json, let folder):
      let reader = ConfigReader(json: json, path: "\(folder)/config.json")
      let type = try reader.string("model_type")
      guard let architecture = all.first(where: { $0.modelTypes.contains(type) }) else {
        throw unknown(type, at: "\(reader.path): model_type", all.flatMap { $0.modelTypes })
      }
      return (architecture, try architecture.validated(architecture.config(reader), at: reader.path))
    case .gguf(let gguf):
      let reader = GGUFConfigReader(gguf: gguf)
      guard let type = try reader.optionalString("general.architecture") else {
        throw ModelError(.missingKey, at: gguf.path, "the metadata key general.architecture is missing")
      }
      guard let architecture = all.first(where: { $0.ggufNames.contains(type) }),
        let read = architecture.ggufConfig
      else { throw unknown(type, at: "\(gguf.path): general.architecture", all.flatMap { $0.ggufNames }) }
      let config = ConfigReader(json: try read(reader), path: "\(gguf.path): metadata")
      return (architecture, try architecture.validated(architecture.config(config), at: gguf.path))
    }
  }

  private static func unknown(_ type: String, at location: String, _ known: [String]) -> ModelError {
    ModelError(
      .unsupported, at: location, "the architecture \(type) is not supported",
      advice: "Supported: \(known.joined(separator: ", "))")
  }

  /// Relations between dimensions that the forward pass relies on.
  private func validated(_ config: TransformerConfig, at path: String) throws(ModelError) -> TransformerConfig
  {
    guard config.nHeads.isMultiple(of: config.nKeyValueHeads) else {
      throw ModelError(
        .badValue, at: path,
        "\(config.nHeads) heads do not divide among \(config.nKeyValueHeads) key–value heads")
    }
    if case .rotary(_, let dimensions) = config.positions {
      guard dimensions > 0, dimensions.isMultiple(of: 2), dimensions <= config.dHead else {
        throw ModelError(
          .badValue, at: path, "\(dimensions) rotary dimensions in heads of width \(config.dHead)")
      }
    }
    return config
  }
}

extension ConfigReader {
  /// dModel / nHeads, which must divide.
  func headWidth(dModel: Int, nHeads: Int) throws(ModelError) -> Int {
    guard dModel.isMultiple(of: nHeads) else {
      throw ModelError(.badValue, at: path, "a width of \(dModel) does not divide into \(nHeads) heads")
    }
    return dModel / nHeads
  }

  /// The activation function under `key`, in Hugging Face's spelling.
  func activation(_ key: String, default fallback: String? = nil) throws(ModelError)
    -> TransformerConfig.Activation
  {
    let name: String
    if let fallback, json[key] == nil { name = fallback } else { name = try string(key) }
    switch name {
    case "silu", "swish": return .silu
    case "relu": return .relu
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    default:
      throw ModelError(
        .unsupported, at: "\(path): \(key)", "the activation function \(name) is not supported",
        advice: "Supported: silu, relu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast")
    }
  }
}
