/// Reads GGUF metadata with the same care as ``ConfigReader`` reads JSON.
///
/// Keys are named without the architecture that begins them: `block_count` for `llama.block_count`.
struct GGUFConfigReader {
  let gguf: GGUF
  let architecture: String

  /// The JSON value at a required key.
  func value(_ key: String) throws(ModelError) -> JSONValue {
    guard let value = try optionalValue(key) else {
      throw ModelError(.missingKey, at: gguf.path, "the metadata key \(architecture).\(key) is missing")
    }
    return value
  }

  /// The value as JSON; nil when absent.
  func optionalValue(_ key: String) throws(ModelError) -> JSONValue? {
    try gguf.singleValue("\(architecture).\(key)")
  }

  func optionalString(_ key: String) throws(ModelError) -> String? {
    try gguf.string("\(architecture).\(key)")
  }

  /// Rows of the tensor `name`.
  func rows(of name: String) throws(ModelError) -> Int {
    guard let rows = gguf.tensors[name]?.shape.first else {
      throw ModelError(.missingTensor, at: "\(gguf.path): tensor \(name)", "not in the checkpoint")
    }
    return rows
  }

  func hasTensor(_ name: String) -> Bool { gguf.tensors[name] != nil }

  /// The values of a small float32 tensor that belongs to the configuration; nil when it is not there.
  func numbers(of name: String) throws(ModelError) -> [JSONValue]? {
    guard let tensor = gguf.tensors[name] else { return nil }
    guard tensor.format == .f32, tensor.shape.count == 1, tensor.count <= 1 << 16 else {
      throw ModelError(
        .wrongShape, at: "\(gguf.path): tensor \(name)",
        "expected a vector of F32, found \(tensor.format.rawValue) of shape \(tensor.shape)")
    }
    return (0..<tensor.count).map {
      .number(Double(tensor.bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)))
    }
  }
}

extension GGUF {
  /// The value as JSON; nil when absent. An array, such as widths that differ by layer, is refused: taken for absent it
  /// would give the default.
  func singleValue(_ key: String) throws(ModelError) -> JSONValue? {
    switch metadata[key] {
    case nil: return nil
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .bool(let value): return .bool(value)
    case .string(let value): return .string(value)
    case .strings, .integers, .numbers, .other:
      throw ModelError(.badValue, at: "\(path): \(key)", "expected a single value, found an array")
    }
  }

  /// The string at `key`; nil when absent.
  func string(_ key: String) throws(ModelError) -> String? {
    guard let value = try singleValue(key) else { return nil }
    guard case .string(let string) = value else {
      throw ModelError(.badValue, at: "\(path): \(key)", "expected a string, found \(value.kind)")
    }
    return string
  }
}
