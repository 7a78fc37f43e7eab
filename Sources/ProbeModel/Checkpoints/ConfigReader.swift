/// Reads a model's configuration key by key and remembers which keys were asked for.
///
/// A missing key, a wrong type and a value that is not supported are errors that name the file and the key.
public struct ConfigReader {
  private let json: JSONValue
  let path: String
  private let log = ReadLog()

  /// The keys that were asked for.
  private final class ReadLog {
    var keys: Set<String> = []
  }

  init(json: JSONValue, path: String) {
    (self.json, self.path) = (json, path)
  }

  /// The value at `key`; absent and null are the same.
  private func value(_ key: String) -> JSONValue? {
    log.keys.insert(key)
    return json[key]
  }

  /// The configuration as text; the same for the same keys and values.
  var text: String { json.text }

  /// Whether there are no keys.
  var isEmpty: Bool { json == .object([:]) }

  /// Whether the other object holds the same keys and values.
  func isSame(as other: ConfigReader?) -> Bool { json == other?.json }

  /// Whether `key` is there and not null.
  func has(_ key: String) -> Bool { value(key) != nil }

  /// Whether `key` is there with the value null, which for some keys differs from being absent.
  func isNull(_ key: String) -> Bool {
    guard case .object(let members) = json else { return false }
    return members[key] == .null
  }

  /// Throws ``ModelError`` `.unsupported` for a key that changes the maths of some family, was not read, and does not
  /// have a value that means nothing.
  ///
  /// The last step of reading a configuration: what is present, matters and was passed over must not go unnoticed.
  func finish() throws(ModelError) {
    guard case .object(let members) = json else { return }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where !log.keys.contains(key) {
      if ConfigKeys.isNeutral(key, value) { continue }
      throw ModelError(
        .unsupported, at: "\(path): \(key)",
        "\(value.text): this architecture does not know the key, which changes "
          + "the computation of others",
        advice: "Remove it only if the model was trained without it")
    }
  }

  /// Throws ``ModelError`` `.badValue` for any key that was not read, listing those that were: for a format of our own.
  func refuseUnreadKeys() throws(ModelError) {
    guard case .object(let members) = json else { return }
    guard let key = members.keys.filter({ !log.keys.contains($0) }).min() else { return }
    throw ModelError(
      .badValue, at: "\(path): \(key)", "not a key of this format",
      advice: "Known: \(log.keys.sorted().joined(separator: ", "))")
  }

  /// Throws ``ModelError`` `.badValue` unless `key` is absent or one of `accepted`.
  ///
  /// For keys whose other values change the maths beyond what a family here computes: present and different is an error.
  func require(_ key: String, isOneOf accepted: [JSONValue], because reason: String) throws(ModelError) {
    guard let value = value(key), !accepted.contains(value) else { return }
    throw ModelError(.unsupported, at: "\(path): \(key)", "\(value.text): \(reason)")
  }

  func integer(_ key: String) throws(ModelError) -> Int {
    guard let value = try optionalInteger(key) else { throw missing(key, "an integer") }
    return value
  }

  func optionalInteger(_ key: String) throws(ModelError) -> Int? {
    guard let value = value(key) else { return nil }
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
    !has(key) ? nil : try dimension(key)
  }

  func number(_ key: String) throws(ModelError) -> Double {
    guard let value = try optionalNumber(key) else { throw missing(key, "a number") }
    return value
  }

  func optionalNumber(_ key: String) throws(ModelError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.number else { throw wrong(key, value, "a number") }
    return number
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
    guard let value = value(key) else { throw missing(key, "a string") }
    guard case .string(let string) = value else { throw wrong(key, value, "a string") }
    return string
  }

  /// true or false at `key`, `fallback` when absent.
  func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    try optionalBool(key) ?? fallback
  }

  /// A list of strings; nil when absent.
  func optionalStrings(_ key: String) throws(ModelError) -> [String]? {
    guard let value = value(key) else { return nil }
    guard case .array(let elements) = value else { throw wrong(key, value, "a list of strings") }
    var strings: [String] = []
    for element in elements {
      guard case .string(let string) = element else { throw wrong(key, element, "strings") }
      strings.append(string)
    }
    return strings
  }

  /// A list of numbers above 0 and within float32, `count` of them; nil when absent.
  func optionalPositives(_ key: String, count: Int) throws(ModelError) -> [Float]? {
    guard let value = value(key) else { return nil }
    guard case .array(let elements) = value else { throw wrong(key, value, "a list of numbers") }
    guard elements.count == count else {
      throw ModelError(
        .badValue, at: "\(path): \(key)",
        "expected \(count) numbers, one for each pair that turns, found \(elements.count)")
    }
    var numbers: [Float] = []
    for element in elements {
      guard let number = element.number.map({ Float($0) }), number > 0, number.isFinite else {
        throw ModelError(.badValue, at: "\(path): \(key)", "expected positive numbers, found \(element.text)")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The elements of a list, as they are; nil when absent.
  func optionalArray(_ key: String) throws(ModelError) -> [JSONValue]? {
    guard let value = value(key) else { return nil }
    guard case .array(let elements) = value else { throw wrong(key, value, "a list") }
    return elements
  }

  func optionalBool(_ key: String) throws(ModelError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw wrong(key, value, "true or false") }
    return bool
  }

  /// The object at `key`, to read from in turn.
  func object(_ key: String) throws(ModelError) -> ConfigReader? {
    guard let value = value(key) else { return nil }
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
  /// The value of a number of either kind.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

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
