extension ConfigReader {
  /// The positive integer that families since GPT-2 spell in two ways, their own and the common one.
  func dimension(_ key: String, or other: String) throws(ModelError) -> Int {
    guard has(other) else { return try dimension(key) }
    let value = try dimension(other)
    guard has(key) else { return value }
    let own = try dimension(key)
    guard own == value else {
      throw ModelError(
        .badValue, at: "\(path): \(other)",
        "\(value), but \(key), which is the same by another name, is \(own)")
    }
    return own
  }

  /// The number of blocks, kept to what no model comes near: memory may be taken for each before a weight is seen.
  func blockCount(_ key: String, or other: String? = nil) throws(ModelError) -> Int {
    let count: Int
    if let other { count = try dimension(key, or: other) } else { count = try dimension(key) }
    guard count <= 1 << 16 else {
      let present = has(key) ? key : other ?? key
      throw ModelError(.badValue, at: "\(path): \(present)", "expected up to 65536 blocks, found \(count)")
    }
    return count
  }

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
    return try activation(named: name, at: key)
  }

  /// The activation function called `name`, which stands under `key`.
  func activation(named name: String, at key: String) throws(ModelError) -> TransformerConfig.Activation {
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
