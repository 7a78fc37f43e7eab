/// Reads a model's configuration key by key and remembers which keys were asked for.
///
/// A missing key, a wrong type and a value that is not supported are errors that name the file and the key.
public struct ConfigReader {
  let json: JSONValue
  let path: String

  /// Throws ``ModelError`` `.badValue` unless `key` is absent or one of `accepted`.
  ///
  /// For keys that change the maths in a way that is not implemented: present and different is an error.
  func require(_ key: String, isOneOf accepted: [JSONValue], because reason: String) throws(ModelError) {
    guard let value = json[key], !accepted.contains(value) else { return }
    throw ModelError(.unsupported, at: "\(path): \(key)", "\(value.text): \(reason)")
  }

  func integer(_ key: String) throws(ModelError) -> Int {
    guard let value = try optionalInteger(key) else { throw missing(key, "an integer") }
    return value
  }

  func optionalInteger(_ key: String) throws(ModelError) -> Int? {
    guard let value = json[key] else { return nil }
    guard case .integer(let integer) = value else { throw wrong(key, value, "an integer") }
    return integer
  }

  /// A positive integer, as all dimensions are.
  func dimension(_ key: String) throws(ModelError) -> Int {
    let value = try integer(key)
    guard value > 0, value < 1 << 31 else {
      throw ModelError(.badValue, at: "\(path): \(key)", "expected a positive integer, found \(value)")
    }
    return value
  }

  func optionalDimension(_ key: String) throws(ModelError) -> Int? {
    json[key] == nil ? nil : try dimension(key)
  }

  func number(_ key: String) throws(ModelError) -> Double {
    guard let value = try optionalNumber(key) else { throw missing(key, "a number") }
    return value
  }

  func optionalNumber(_ key: String) throws(ModelError) -> Double? {
    guard let value = json[key] else { return nil }
    switch value {
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    default: throw wrong(key, value, "a number")
    }
  }

  /// A norm's ε: not negative, and within float32.
  func epsilon(_ key: String, default fallback: Double? = nil) throws(ModelError) -> Float {
    let value: Double
    if let fallback { value = try optionalNumber(key) ?? fallback } else { value = try number(key) }
    guard value >= 0, Float(value).isFinite else {
      throw ModelError(.badValue, at: "\(path): \(key)", "expected a number from 0 on, found \(value)")
    }
    return Float(value)
  }

  /// A number above 0 and within float32; nil when absent.
  func optionalPositive(_ key: String) throws(ModelError) -> Float? {
    guard let value = try optionalNumber(key) else { return nil }
    guard Float(value) > 0, Float(value).isFinite else {
      throw ModelError(.badValue, at: "\(path): \(key)", "expected a positive number, found \(value)")
    }
    return Float(value)
  }

  func string(_ key: String) throws(ModelError) -> String {
    guard let value = json[key] else { throw missing(key, "a string") }
    guard case .string(let string) = value else { throw wrong(key, value, "a string") }
    return string
  }

  func optionalBool(_ key: String) throws(ModelError) -> Bool? {
    guard let value = json[key] else { return nil }
    guard case .bool(let bool) = value else { throw wrong(key, value, "true or false") }
    return bool
  }

  /// The object at `key`, to read from in turn.
  func object(_ key: String) throws(ModelError) -> ConfigReader? {
    guard let value = json[key] else { return nil }
    guard case .object = value else { throw wrong(key, value, "an object") }
    return ConfigReader(json: value, path: "\(path): \(key)")
  }

  private func missing(_ key: String, _ expected: String) -> ModelError {
    ModelError(.missingKey, at: path, "the key \(key) is missing (expected \(expected))")
  }

  private func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> ModelError {
    ModelError(.badValue, at: "\(path): \(key)", "expected \(expected), found \(value.kind)")
  }
}

extension JSONValue {
  /// The value as JSON-like text, for error messages.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[\(values.map { $0.text }.joined(separator: ", "))]"
    case .object(let members):
      "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }
}
