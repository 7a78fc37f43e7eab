/// Reads GGUF metadata with the same care as ``ConfigReader`` reads JSON.
///
/// Keys are named without the architecture that begins them: `block_count` for `llama.block_count`. It remembers which
/// were asked for.
struct GGUFConfigReader {
  let gguf: GGUF
  let architecture: String
  private let log = ReadLog()

  /// The keys that were asked for.
  private final class ReadLog {
    var keys: Set<String> = []
  }

  init(gguf: GGUF, architecture: String) {
    (self.gguf, self.architecture) = (gguf, architecture)
  }

  /// Where the key is, for error messages.
  func location(_ key: String) -> String { "\(gguf.path): \(architecture).\(key)" }

  /// Throws ``ModelError`` `.unsupported` for a key that changes the maths of some family, was not read, and does not
  /// have a value that means nothing.
  func finish() throws(ModelError) {
    let prefix = "\(architecture)."
    for (name, value) in gguf.metadata.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
      let key = String(name.dropFirst(prefix.count))
      if log.keys.contains(key) || GGUFKeys.isNeutral(key, value) { continue }
      throw ModelError(
        .unsupported, at: location(key),
        "\(value.text): this architecture does not know the key, which changes the computation of others",
        advice: "Convert the original checkpoint anew, or open that")
    }
  }

  /// The JSON value at a required key.
  func value(_ key: String) throws(ModelError) -> JSONValue {
    guard let value = try optionalValue(key) else {
      throw ModelError(.missingKey, at: gguf.path, "the metadata key \(architecture).\(key) is missing")
    }
    return value
  }

  /// The value as JSON; nil when absent.
  func optionalValue(_ key: String) throws(ModelError) -> JSONValue? {
    log.keys.insert(key)
    return try gguf.singleValue("\(architecture).\(key)")
  }

  /// A positive integer at a required key.
  func dimension(_ key: String) throws(ModelError) -> Int {
    let value = try value(key)
    guard case .integer(let integer) = value, integer > 0, integer < 1 << 31 else {
      throw ModelError(.badValue, at: location(key), "expected a positive integer, found \(value.text)")
    }
    return integer
  }

  /// Throws ``ModelError`` `.unsupported` unless `key` is absent or `expected`.
  func require(_ key: String, is expected: Int, because reason: String) throws(ModelError) {
    guard let value = try optionalValue(key), value != .integer(expected) else { return }
    throw ModelError(.unsupported, at: location(key), "\(value.text): \(reason)")
  }

  func optionalString(_ key: String) throws(ModelError) -> String? {
    log.keys.insert(key)
    return try gguf.string("\(architecture).\(key)")
  }

  /// Rows of the tensor `name`.
  func rows(of name: String) throws(ModelError) -> Int {
    guard let rows = gguf.tensors[name]?.shape.first else {
      throw ModelError(.missingTensor, at: "\(gguf.path): tensor \(name)", "not in the checkpoint")
    }
    return rows
  }

  func hasTensor(_ name: String) -> Bool { gguf.tensors[name] != nil }

  /// The `count` values of a float32 tensor that belongs to the configuration; nil when it is not there.
  func numbers(of name: String, count: Int) throws(ModelError) -> [JSONValue]? {
    guard let tensor = gguf.tensors[name] else { return nil }
    guard tensor.format == .f32, tensor.shape == [count] else {
      throw ModelError(
        .wrongShape, at: "\(gguf.path): tensor \(name)",
        "expected a vector of \(count) F32, found \(tensor.format.rawValue) of shape \(tensor.shape)")
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
