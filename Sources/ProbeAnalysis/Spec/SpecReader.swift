import ProbeModel
import Yams

/// Reads one mapping of a spec: typed access that names file, line and key, and refuses keys that nobody asked for.
public struct SpecReader {
  /// Key path from the top of the file, such as `analyze[0].linear-probe`.
  public let path: String
  let file: String
  private let node: Node
  private let members: [(key: String, value: Node)]

  /// Opens a mapping.
  ///
  /// - Throws: ``SpecError`` when `node` is none, or has a key twice.
  init(_ node: Node, path: String, file: String) throws(SpecError) {
    self.path = path
    self.file = file
    self.node = node
    guard case .mapping(let mapping) = node else {
      throw SpecError(
        .wrongType, at: Self.location(file, node, path), "expected keys and values, found \(Self.kind(node))")
    }
    var members: [(String, Node)] = []
    for (key, value) in mapping {
      guard let name = key.string else {
        throw SpecError(.wrongType, at: Self.location(file, key, path), "a key must be text")
      }
      guard !members.contains(where: { $0.0 == name }) else {
        throw SpecError(.duplicate, at: Self.location(file, key, path), "the key \(name) occurs twice")
      }
      members.append((name, value))
    }
    self.members = members
  }

  /// Parses a YAML (or JSON) document whose top is a mapping.
  static func parse(_ text: String, file: String) throws(SpecError) -> SpecReader {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw syntaxError(error, file)
    }
    // A document of comments alone, or of `---`, is a scalar without text.
    guard let node, node.scalar?.string != "" else { throw SpecError(.syntax, at: file, "the file is empty") }
    return try SpecReader(node, path: "", file: file)
  }

  /// What the parser says, in one line that begins with the place.
  private static func syntaxError(_ error: any Error, _ file: String) -> SpecError {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      let place = context.map { " \($0.text)" } ?? ""
      return SpecError(
        .syntax, at: "\(file):\(mark.line)", "not valid YAML: \(problem)\(place), column \(mark.column)")
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      return SpecError(
        .duplicate, at: "\(file):\(context.mark.line)",
        "the key \(duplicates.sorted().joined(separator: ", ")) occurs twice")
    default:
      let text = "\(error)".split(whereSeparator: { $0.isNewline }).joined(separator: " ")
      return SpecError(.syntax, at: file, "not valid YAML: \(text)")
    }
  }

  /// Whether `key` has a value; `key:` with nothing after it has none.
  public func has(_ key: String) -> Bool { self[key] != nil }

  /// The keys there are, in the order of the file.
  public var keys: [String] { members.map { $0.key } }

  /// Throws ``SpecError`` `.unknownKey` for a key that is not in `known`.
  public func allowOnly(_ known: [String]) throws(SpecError) {
    for (key, value) in members where !known.contains(key) {
      let near = known.min { editDistance($0, key) < editDistance($1, key) } ?? ""
      // A guess that shares no letter with the key would only confuse.
      let distance = editDistance(near, key)
      let guess = distance <= 3 && distance < max(near.count, key.count) ? "Did you mean \(near)? " : ""
      throw SpecError(
        .unknownKey, at: location(value, key), "the key \(key) is not known",
        advice: "\(guess)Known: \(known.joined(separator: ", "))")
    }
  }

  // MARK: Values

  /// Text at a required key.
  public func string(_ key: String) throws(SpecError) -> String {
    guard let value = try optionalString(key) else {
      throw SpecError(.missingKey, at: location(node, nil), "the key \(key) is missing")
    }
    return value
  }

  /// Text at a key that may be absent.
  public func optionalString(_ key: String) throws(SpecError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .scalar(let scalar) = value else { throw wrong(value, key, "text") }
    return scalar.string
  }

  /// A whole number at a key that may be absent.
  public func optionalInteger(_ key: String) throws(SpecError) -> Int? {
    guard let value = self[key] else { return nil }
    guard let integer = value.int else { throw wrong(value, key, "a whole number") }
    return integer
  }

  /// A whole number of a range, or its default.
  public func integer(
    _ key: String, in range: ClosedRange<Int>, default usual: Int
  ) throws(SpecError) -> Int {
    let number = try optionalInteger(key) ?? usual
    guard range.contains(number) else {
      throw error(.badValue, key, "expected \(range.lowerBound) to \(range.upperBound), found \(number)")
    }
    return number
  }

  /// Any of an enumeration's values, as a list that may be absent.
  public func cases<E: RawRepresentable & CaseIterable & Hashable>(
    _ key: String, of type: E.Type
  ) throws(SpecError) -> Set<E> where E.RawValue == String {
    var values: Set<E> = []
    for (index, text) in try (optionalStrings(key) ?? []).enumerated() {
      guard let value = E(rawValue: text) else {
        throw error(
          .badValue, key, item: index, "there is no part \(text)",
          advice: "Known: \(E.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      values.insert(value)
    }
    return values
  }

  /// Yes or no at a key that may be absent.
  public func optionalBool(_ key: String) throws(SpecError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let bool = value.bool else { throw wrong(value, key, "true or false") }
    return bool
  }

  /// One of an enumeration's values at a key that may be absent.
  public func optionalCase<E: RawRepresentable & CaseIterable>(
    _ key: String, of type: E.Type
  ) throws(SpecError) -> E? where E.RawValue == String {
    guard let text = try optionalString(key) else { return nil }
    guard let value = E(rawValue: text) else {
      let known = E.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw SpecError(
        .badValue, at: location(self[key] ?? node, key), "\(text) is not one of its values",
        advice: "Known: \(known)")
    }
    return value
  }

  /// A list of texts, or one text, at a key that may be absent.
  public func optionalStrings(_ key: String) throws(SpecError) -> [String]? {
    guard let value = self[key] else { return nil }
    if case .scalar(let scalar) = value { return [scalar.string] }
    guard case .sequence(let sequence) = value else { throw wrong(value, key, "a list of texts") }
    var strings: [String] = []
    for item in sequence {
      guard case .scalar(let scalar) = item else { throw wrong(item, key, "a list of texts") }
      strings.append(scalar.string)
    }
    return strings
  }

  /// A list of positive numbers at a key that may be absent.
  public func optionalNumbers(_ key: String) throws(SpecError) -> [Double]? {
    guard let value = self[key] else { return nil }
    guard case .sequence(let sequence) = value else { throw wrong(value, key, "a list of numbers") }
    var numbers: [Double] = []
    for item in sequence {
      guard let number = item.float, number.isFinite else { throw wrong(item, key, "a list of numbers") }
      numbers.append(number)
    }
    return numbers
  }

  /// A number at a key that may be absent.
  public func optionalNumber(_ key: String) throws(SpecError) -> Double? {
    guard let value = self[key] else { return nil }
    guard let number = value.float, number.isFinite else { throw wrong(value, key, "a number") }
    return number
  }

  /// A list of whole numbers at a key that may be absent.
  public func optionalIntegers(_ key: String) throws(SpecError) -> [Int]? {
    guard let value = self[key] else { return nil }
    guard case .sequence(let sequence) = value else { throw wrong(value, key, "a list of whole numbers") }
    var integers: [Int] = []
    for item in sequence {
      guard let integer = item.int else { throw wrong(item, key, "a list of whole numbers") }
      integers.append(integer)
    }
    return integers
  }

  /// The mapping at a key that may be absent.
  public func optionalMapping(_ key: String) throws(SpecError) -> SpecReader? {
    guard let value = self[key] else { return nil }
    return try SpecReader(value, path: path.isEmpty ? key : "\(path).\(key)", file: file)
  }

  /// The mappings of the list at a key; empty when absent.
  public func mappings(_ key: String) throws(SpecError) -> [SpecReader] {
    guard let value = self[key] else { return [] }
    guard case .sequence(let sequence) = value else { throw wrong(value, key, "a list") }
    var readers: [SpecReader] = []
    for (index, item) in sequence.enumerated() {
      readers.append(
        try SpecReader(item, path: "\(path.isEmpty ? "" : path + ".")\(key)[\(index)]", file: file))
    }
    return readers
  }

  /// Whether the value at `key` is plain text rather than a mapping or a list.
  public func isText(_ key: String) -> Bool { if case .scalar? = self[key] { true } else { false } }

  /// An error about this mapping as a whole.
  public func error(_ reason: SpecError.Reason, _ problem: String, advice: String = "") -> SpecError {
    SpecError(reason, at: location(node, nil), problem, advice: advice)
  }

  /// An error about item `index` of the list at `key`.
  public func error(
    _ reason: SpecError.Reason, _ key: String, item index: Int, _ problem: String, advice: String = ""
  ) -> SpecError {
    guard case .sequence(let sequence)? = self[key], sequence.indices.contains(index) else {
      return error(reason, key, problem, advice: advice)
    }
    return SpecError(reason, at: location(sequence[index], "\(key)[\(index)]"), problem, advice: advice)
  }

  /// An error about the value at `key`, for checks that only the caller can make.
  public func error(_ reason: SpecError.Reason, _ key: String, _ problem: String, advice: String = "")
    -> SpecError
  {
    SpecError(reason, at: location(self[key] ?? node, key), problem, advice: advice)
  }

  // MARK: Places

  private subscript(key: String) -> Node? {
    guard let value = members.first(where: { $0.key == key })?.value else { return nil }
    // `key:` with nothing after it counts as absent, like null.
    if case .scalar = value, value.null != nil { return nil }
    return value
  }

  private func wrong(_ node: Node, _ key: String, _ expected: String) -> SpecError {
    SpecError(.wrongType, at: location(node, key), "expected \(expected), found \(Self.kind(node))")
  }

  private func location(_ node: Node, _ key: String?) -> String {
    let full = [path, key ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
    return Self.location(file, node, full)
  }

  private static func location(_ file: String, _ node: Node, _ path: String) -> String {
    let line = node.mark.map { ":\($0.line)" } ?? ""
    return "\(file)\(line)" + (path.isEmpty ? "" : ": \(path)")
  }

  private static func kind(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "\"\(scalar.string)\""
    case .mapping: "keys and values"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}
