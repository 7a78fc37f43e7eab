/// Reads GGUF metadata with the same care as ``ConfigReader`` reads JSON.
struct GGUFConfigReader {
  let gguf: GGUF

  /// The JSON value at a required key.
  func value(_ key: String) throws(ModelError) -> JSONValue {
    guard let value = try optionalValue(key) else {
      throw ModelError(.missingKey, at: gguf.path, "the metadata key \(key) is missing")
    }
    return value
  }

  /// The value as JSON; nil when absent. An array, such as widths that differ by layer, is refused: taken for absent it
  /// would give the default.
  func optionalValue(_ key: String) throws(ModelError) -> JSONValue? {
    switch gguf.metadata[key] {
    case nil: return nil
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .bool(let value): return .bool(value)
    case .string(let value): return .string(value)
    case .strings, .integers, .numbers, .other:
      throw ModelError(.badValue, at: "\(gguf.path): \(key)", "expected a single value, found an array")
    }
  }

  func optionalString(_ key: String) throws(ModelError) -> String? {
    guard let value = try optionalValue(key) else { return nil }
    guard case .string(let string) = value else {
      throw ModelError(.badValue, at: "\(gguf.path): \(key)", "expected a string, found \(value.kind)")
    }
    return string
  }

  /// Rows of the tensor `name`, when it is there.
  func rows(of name: String) -> Int? { gguf.tensors[name]?.shape.first }

  func hasTensor(_ name: String) -> Bool { gguf.tensors[name] != nil }
}
