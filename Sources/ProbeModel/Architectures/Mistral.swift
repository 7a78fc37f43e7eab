extension Architecture {
  /// Mistral: Llama with a sliding window in every block.
  ///
  /// GGUF files of Mistral say that they are Llamas, and hold no window.
  static let mistral = Architecture(
    name: "Mistral",
    modelTypes: ["mistral"],
    config: mistralConfig,
    naming: LlamaShape.naming,
    gguf: nil,
    weights: LlamaShape().weights)
}

private func mistralConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  var config = try LlamaShape.config(
    reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6)),
    defaults: LlamaShape.Defaults(nKeyValueHeads: 8))
  // A file without the key means the published model's window, null means none.
  let window =
    try reader.optionalDimension("sliding_window") ?? (reader.isNull("sliding_window") ? nil : 4096)
  if let window { config.windows = Array(repeating: window, count: config.nLayers) }
  return config
}
