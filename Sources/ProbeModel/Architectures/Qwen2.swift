extension Architecture {
  /// Qwen2 and Qwen2.5: Llama with biases on q, k and v, and windows in the upper blocks where a file asks for them.
  static let qwen2 = Architecture(
    name: "Qwen2",
    modelTypes: ["qwen2"],
    config: { (reader) throws(ModelError) in
      var config = try LlamaShape.config(
        reader, normalization: .rmsNorm(epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6)),
        defaults: LlamaShape.Defaults(nKeyValueHeads: 32))
      config.windows = try reader.qwenWindows(nLayers: config.nLayers)
      config.biases = .queryKeyValue
      return config
    },
    naming: LlamaShape.naming,
    gguf: .llamaShape("qwen2", modelType: "qwen2"),
    weights: LlamaShape().weights)
}

extension ConfigReader {
  /// Windows of Qwen's upper blocks, those from `max_window_layers` on; none unless `use_sliding_window` says so.
  func qwenWindows(nLayers: Int) throws(ModelError) -> [Int?] {
    let size = try optionalDimension("sliding_window") ?? (isNull("sliding_window") ? nil : 4096)
    let first = try optionalInteger("max_window_layers") ?? 28
    guard try bool("use_sliding_window", default: false), let size else {
      let windows = try windows(1, nLayers: nLayers) { _ in false }
      guard windows.allSatisfy({ $0 == nil }) else {
        throw ModelError(
          .badValue, at: "\(path): layer_types", "sliding_attention, but use_sliding_window is false")
      }
      return []
    }
    return try windows(size, nLayers: nLayers) { $0 >= first }
  }
}
