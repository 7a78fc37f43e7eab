/// A place in a JSON document: a value together with the file and the key path that lead to it, so that every
/// complaint can say where it comes from.
struct JSONNode {
  let tree: JSONTree
  let path: String
  let key: String

  init(_ tree: JSONTree, path: String, key: String) {
    self.tree = tree
    self.path = path
    self.key = key
  }

  // MARK: Stepping down

  /// The value under `name`; `nil` when it is absent or `null`.
  func child(_ name: String) throws(TokenizerError) -> JSONNode? {
    for member in try members() where member.key == name {
      if case .null = member.value { return nil }
      return JSONNode(member.value, path: path, key: key.isEmpty ? name : "\(key).\(name)")
    }
    return nil
  }

  /// The value under `name`; an error when it is absent or `null`.
  func required(_ name: String) throws(TokenizerError) -> JSONNode {
    if let child = try child(name) { return child }
    throw TokenizerError(
      .missingKey, path: path, key: key.isEmpty ? name : "\(key).\(name)", expected: "a value",
      found: "nothing",
      nextStep: "Export the tokenizer again with its own library: this file is incomplete.")
  }

  /// The members of an object, in file order.
  func members() throws(TokenizerError) -> [JSONTree.Member] {
    guard case .object(let members) = tree else { throw wrongType("an object") }
    return members
  }

  /// The elements of an array, each with its index in the key path.
  func elements() throws(TokenizerError) -> [JSONNode] {
    guard case .array(let trees) = tree else { throw wrongType("an array") }
    return trees.enumerated().map { JSONNode($1, path: path, key: "\(key)[\($0)]") }
  }

  // MARK: Leaves

  func string() throws(TokenizerError) -> String {
    guard case .string(let text) = tree else { throw wrongType("a string") }
    return text
  }

  func bool() throws(TokenizerError) -> Bool {
    guard case .bool(let flag) = tree else { throw wrongType("a boolean") }
    return flag
  }

  func integer() throws(TokenizerError) -> Int {
    guard case .integer(let number) = tree else { throw wrongType("an integer") }
    return number
  }

  /// A number that stands for a count: an error when it is negative.
  func count() throws(TokenizerError) -> Int {
    let number = try integer()
    guard number >= 0 else { throw invalid(expected: "a count", found: "\(number)") }
    return number
  }

  /// A string of exactly one Unicode scalar.
  func scalar() throws(TokenizerError) -> Unicode.Scalar {
    let text = try string()
    guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      throw invalid(expected: "one character", found: "\"\(text)\"")
    }
    return scalar
  }

  func optionalString(_ name: String) throws(TokenizerError) -> String? {
    guard let node = try child(name) else { return nil }
    return try node.string()
  }

  func bool(_ name: String, default fallback: Bool) throws(TokenizerError) -> Bool {
    guard let node = try child(name) else { return fallback }
    return try node.bool()
  }

  // MARK: Complaints

  func wrongType(_ expected: String) -> TokenizerError {
    TokenizerError(
      .wrongType, path: path, key: key, expected: expected, found: tree.typeName,
      nextStep: "Export the tokenizer again with its own library.")
  }

  func invalid(expected: String, found: String) -> TokenizerError {
    TokenizerError(
      .invalidValue, path: path, key: key, expected: expected, found: found,
      nextStep: "Export the tokenizer again with its own library.")
  }

  /// A component whose type nobody here knows.
  func unsupported(_ kind: String, found: String, supported: [String]) -> TokenizerError {
    TokenizerError(
      .unsupportedComponent, path: path, key: key,
      expected: "a \(kind) among \(supported.joined(separator: ", "))",
      found: found, nextStep: "Pass token ids instead of text, or ask for this \(kind) to be added.")
  }
}
