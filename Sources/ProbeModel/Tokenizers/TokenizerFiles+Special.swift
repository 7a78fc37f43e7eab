/// The tokens with a role, as the settings name them or else as the tokenizer's class does.
struct SpecialRoles {
  /// One token: its role, its spelling, and how it is looked for.
  struct Role {
    let name: String
    let content: String
    /// The object that spells it out; nil when the settings have a plain string, or nothing.
    let node: JSONNode?
  }

  private(set) var roles: [Role] = []

  init(_ settings: JSONNode, _ defaults: [(name: String, content: String)]) throws(TokenizerError) {
    let names = [
      "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    for name in names {
      if let node = try settings.child(name) {
        roles.append(try Self.role(name, node))
      } else if let known = defaults.first(where: { $0.name == name }) {
        roles.append(Role(name: name, content: known.content, node: nil))
      }
    }
    for key in ["additional_special_tokens", "extra_special_tokens"] {
      guard let list = try settings.child(key), case .array = list.tree else { continue }
      for node in try list.elements() { roles.append(try Self.role("", node)) }
    }
  }

  private static func role(_ name: String, _ node: JSONNode) throws(TokenizerError) -> Role {
    guard case .object = node.tree else { return Role(name: name, content: try node.string(), node: nil) }
    return Role(name: name, content: try node.required("content").string(), node: node)
  }

  /// The spelling of a role's token; empty when nothing has that role.
  func content(_ name: String) -> String { roles.first { $0.name == name }?.content ?? "" }
}

extension TokenizerFiles {
  static func id(of content: String, in vocabulary: JSONNode) throws(TokenizerError) -> Int? {
    for member in try vocabulary.members() where member.key.utf8.elementsEqual(content.utf8) {
      return try JSONNode(member.value, path: vocabulary.path, key: content).integer()
    }
    return nil
  }

  /// Puts the `tokenizer.json` together and reads it.
  func assemble(
    _ parts: [(String, JSONTree)], _ vocabulary: JSONNode, _ roles: SpecialRoles, maskStripsLeft: Bool
  ) throws -> Tokenizer {
    let added = try addedTokens(vocabulary, roles, maskStripsLeft: maskStripsLeft)
    var names = try settings.members()
    for role in roles.roles where !role.name.isEmpty {
      names.removeAll { $0.key == role.name }
      names.append(JSONTree.Member(key: role.name, value: .string(role.content)))
    }
    return try Tokenizer(
      root: JSONNode(.object(parts + [("added_tokens", .array(added))]), path: vocabulary.path, key: ""),
      settings: JSONNode(.object(names), path: settings.path, key: ""))
  }

  /// `added_tokens`: those of the settings' `added_tokens_decoder`, those of `added_tokens.json`, and the tokens
  /// with a role. A token that no file gives an id has none, and is left out.
  private func addedTokens(_ vocabulary: JSONNode, _ roles: SpecialRoles, maskStripsLeft: Bool) throws
    -> [JSONTree]
  {
    var taken: Set<[UInt8]> = []
    var tokens: [JSONTree] = []
    func add(_ content: String, _ id: Int, _ node: JSONNode?, isSpecial: Bool, stripsLeft: Bool = false)
      throws
    {
      guard !content.isEmpty, taken.insert(Array(content.utf8)).inserted else { return }
      let isSpecial = try node?.bool("special", default: isSpecial) ?? isSpecial
      tokens.append(
        .object([
          ("id", .integer(id)), ("content", .string(content)), ("special", .bool(isSpecial)),
          ("single_word", .bool(try node?.bool("single_word", default: false) ?? false)),
          ("lstrip", .bool(try node?.bool("lstrip", default: stripsLeft) ?? stripsLeft)),
          ("rstrip", .bool(try node?.bool("rstrip", default: false) ?? false)),
          ("normalized", .bool(try node?.bool("normalized", default: !isSpecial) ?? !isSpecial)),
        ]))
    }
    if let decoder = try settings.child("added_tokens_decoder") {
      for member in try decoder.members() {
        let node = JSONNode(member.value, path: decoder.path, key: "\(decoder.key).\(member.key)")
        guard let id = Int(member.key) else {
          throw node.invalid(expected: "an id as the key", found: "\"\(member.key)\"")
        }
        try add(try node.required("content").string(), id, node, isSpecial: false)
      }
    }
    let extra = try Self.json(folder, "added_tokens.json")
    for role in roles.roles {
      var id = try Self.id(of: role.content, in: vocabulary)
      if id == nil, let extra { id = try Self.id(of: role.content, in: extra) }
      guard let id else { continue }
      let isMask = role.name == "mask_token"
      try add(role.content, id, role.node, isSpecial: true, stripsLeft: isMask && maskStripsLeft)
    }
    for member in try extra?.members() ?? [] {
      let node = JSONNode(member.value, path: extra?.path ?? "", key: member.key)
      try add(member.key, try node.integer(), nil, isSpecial: false)
    }
    return tokens
  }
}
