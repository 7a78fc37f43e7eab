/// Reads GGUF metadata with the same care as ``ConfigReader`` reads JSON.
struct GGUFConfigReader {
  let gguf: GGUF

  /// The JSON value at a required key.
  func value(_ key: String) throws(ModelError) -> JSONValue {
    guard let value = optionalValue(key) else {
      throw ModelError(.missingKey, at: gguf.path, "the metadata key \(key) is missing")
    }
    return value
  }

  /// The value as JSON; nil when absent or an array.
  func optionalValue(_ key: String) -> JSONValue? {
    switch gguf.metadata[key] {
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    default: nil
    }
  }

  func optionalString(_ key: String) throws(ModelError) -> String? {
    guard let value = optionalValue(key) else { return nil }
    guard case .string(let string) = value else {
      throw ModelError(.badValue, at: "\(gguf.path): \(key)", "expected a string, found \(value.kind)")
    }
    return string
  }

  /// Rows of the tensor `name`, when it is there.
  func rows(of name: String) -> Int? { gguf.tensors[name]?.shape.first }

  func hasTensor(_ name: String) -> Bool { gguf.tensors[name] != nil }
}
