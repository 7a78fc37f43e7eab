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
    if let fallback, !has(key) { name = fallback } else { name = try string(key) }
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

  /// The window of every block: those that `isSliding`, or the explicit `layer_types`, name see `size` keys.
  func windows(
    _ size: Int, nLayers: Int, isSliding: (Int) -> Bool
  ) throws(ModelError) -> [Int?] {
    guard let types = try optionalStrings("layer_types") else {
      return (0..<nLayers).map { isSliding($0) ? size : nil }
    }
    guard types.count == nLayers else {
      throw ModelError(
        .badValue, at: "\(path): layer_types", "expected one type a block, \(nLayers), found \(types.count)")
    }
    var windows: [Int?] = []
    for type in types {
      switch type {
      case "full_attention": windows.append(nil)
      case "sliding_attention": windows.append(size)
      default:
        throw ModelError(
          .unsupported, at: "\(path): layer_types", "attention of the type \(type) is not supported",
          advice: "Supported: full_attention, sliding_attention")
      }
    }
    return windows
  }
}
