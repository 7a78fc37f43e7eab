/// The model of a tokenizer: what turns words into ids.
enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case wordPiece(WordPieceModel)
  case unigram(UnigramModel)
  case wordLevel(WordLevelModel)

  static let supported = ["BPE", "WordPiece", "Unigram", "WordLevel"]

  /// The model's own vocabulary, without the tokens added to it.
  var table: PieceTable {
    switch self {
    case .bytePair(let model): model.table
    case .wordPiece(let model): model.table
    case .unigram(let model): model.table
    case .wordLevel(let model): model.table
    }
  }

  /// Whether a word is spelled otherwise where it begins, or where it ends.
  var marksEndsOfWords: Bool {
    switch self {
    case .bytePair(let model): model.marksEnds
    case .wordPiece: true
    case .unigram, .wordLevel: false
    }
  }

  /// Encodes one word: the symbols end up in `merger`. One with the id −1 stands for text that the vocabulary
  /// cannot spell, not even as unknown.
  @inline(__always)
  func encode(_ word: UnsafeBufferPointer<UInt8>, _ ends: WordEnds, with merger: inout SymbolMerger) {
    switch self {
    case .bytePair(let model): model.encode(word, ends, with: &merger)
    case .wordPiece(let model): model.encode(word, ends, with: &merger)
    case .unigram(let model): model.encode(word, with: &merger)
    case .wordLevel(let model): model.encode(word, with: &merger)
    }
  }
}

// MARK: - Building

extension PieceTable {
  /// The table of a vocabulary that must not hold a piece twice.
  init(distinct pieces: [String], path: String, key: String) throws(TokenizerError) {
    var duplicate: (first: Int, second: Int)?
    self.init(pieces: pieces, duplicate: &duplicate)
    guard let duplicate else { return }
    throw TokenizerError(
      .corruptVocabulary, path: path, key: key, expected: "distinct tokens",
      found: "\"\(pieces[duplicate.first])\" with the ids \(duplicate.first) and \(duplicate.second)",
      nextStep: "Fetch or convert the checkpoint again: its vocabulary is damaged.")
  }
}

extension MergeTable {
  /// Looks the merges up in a vocabulary.
  ///
  /// - Parameters:
  ///   - merges: pairs of pieces, by rank.
  ///   - prefixLength: bytes of the right piece that the joined piece leaves out (a continuing-subword prefix).
  static func build(
    _ merges: [(left: Substring, right: Substring)], in table: PieceTable, prefixLength: Int = 0,
    path: String,
    key: String
  ) throws(TokenizerError) -> (table: MergeTable, pairs: [(Int32, Int32)]) {
    var result = MergeTable(capacity: merges.count)
    var pairs: [(Int32, Int32)] = []
    pairs.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      var (left, right) = merge
      let found = left.withUTF8 { head in
        right.withUTF8 { tail in
          let rest = tail.count >= prefixLength ? UnsafeBufferPointer(rebasing: tail[prefixLength...]) : tail
          return (left: table.find(head), right: table.find(tail), merged: table.find(head, rest))
        }
      }
      guard let leftID = found.left, let rightID = found.right, let merged = found.merged else {
        let missing = found.left == nil ? "\(left)" : found.right == nil ? "\(right)" : "\(left)\(right)"
        throw TokenizerError(
          .unknownMergeToken, path: path, key: "\(key)[\(rank)]",
          expected: "two tokens of the vocabulary that join to a third",
          found: "\"\(left) \(right)\", and no token \"\(missing)\"",
          nextStep: "Fetch or convert the checkpoint again: vocabulary and merges are of different models.")
      }
      result.insert(leftID, rightID, rank: Int32(rank), merged: merged)
      pairs.append((leftID, rightID))
    }
    return (result, pairs)
  }

  /// Cuts `"a b"` in two; `nil` unless there is exactly one blank with something on either side.
  static func split(_ merge: String) -> (left: Substring, right: Substring)? {
    let utf8 = merge.utf8
    guard let blank = utf8.firstIndex(of: 0x20), blank != utf8.startIndex else { return nil }
    let rest = utf8.index(after: blank)
    guard rest != utf8.endIndex, !utf8[rest...].contains(0x20) else { return nil }
    return (merge[..<blank], merge[rest...])
  }
}

// MARK: - Reading

extension TokenModel {
  /// Reads the `model` of a `tokenizer.json`.
  init(_ node: JSONNode, readsRawBytes: Bool) throws(TokenizerError) {
    switch try Self.type(node) {
    case "BPE": self = .bytePair(try Self.bytePair(node, readsRawBytes: readsRawBytes))
    case "WordPiece": self = .wordPiece(try Self.wordPiece(node))
    case "Unigram": self = .unigram(try UnigramModel(node))
    case "WordLevel": self = .wordLevel(try Self.wordLevel(node))
    case let type: throw node.unsupported("model", found: "\"\(type)\"", supported: Self.supported)
    }
  }

  /// The type, which the oldest files leave out.
  private static func type(_ node: JSONNode) throws(TokenizerError) -> String {
    if let type = try node.optionalString("type") { return type }
    if try node.child("merges") != nil { return "BPE" }
    if try node.child("max_input_chars_per_word") != nil { return "WordPiece" }
    if let vocabulary = try node.child("vocab"), case .array = vocabulary.tree { return "Unigram" }
    return try node.required("type").string()
  }

  private static func bytePair(_ node: JSONNode, readsRawBytes: Bool) throws(TokenizerError) -> BytePairModel
  {
    if let dropout = try node.child("dropout") {
      switch dropout.tree {
      case .integer(0), .number(0): break
      default: throw dropout.invalid(expected: "null or 0, since encoding is deterministic", found: "dropout")
      }
    }
    let table = try vocabulary(node)
    var options = BytePairModel.Options()
    // The oldest files say "" for none.
    options.unknownToken = try nonEmpty(node, "unk_token")
    options.continuingPrefix = try nonEmpty(node, "continuing_subword_prefix")
    options.wordSuffix = try nonEmpty(node, "end_of_word_suffix")
    options.fusesUnknown = try node.bool("fuse_unk", default: false)
    options.fallsBackToBytes = try node.bool("byte_fallback", default: false)
    options.ignoresMerges = try node.bool("ignore_merges", default: false)
    if let unknown = options.unknownToken { _ = try unknownID(unknown, table, node) }
    let byteTokens = ByteAlphabet.fallbackIDs(in: table).count { $0 >= 0 }
    // With some of them the reference puts unknown tokens behind the bytes that follow them.
    guard !options.fallsBackToBytes || byteTokens == 0 || byteTokens == 256 else {
      throw node.unsupported(
        "byte fallback", found: "\(byteTokens) of the 256 byte tokens", supported: ["all of them", "none"])
    }
    let merges = try node.required("merges")
    let (mergeTable, pairs) = try MergeTable.build(
      try pairs(merges), in: table, prefixLength: options.continuingPrefix?.utf8.count ?? 0, path: node.path,
      key: merges.key)
    return BytePairModel(
      table: table, merges: mergeTable, mergePairs: pairs, options: options, readsRawBytes: readsRawBytes)
  }

  private static func wordPiece(_ node: JSONNode) throws(TokenizerError) -> WordPieceModel {
    let table = try vocabulary(node)
    let unknown = try node.optionalString("unk_token") ?? "[UNK]"
    return WordPieceModel(
      table: table, unknownToken: unknown, unknownID: try unknownID(unknown, table, node),
      continuingPrefix: try node.optionalString("continuing_subword_prefix") ?? "##",
      maximumCharacters: try node.child("max_input_chars_per_word")?.count() ?? 100)
  }

  private static func wordLevel(_ node: JSONNode) throws(TokenizerError) -> WordLevelModel {
    let table = try vocabulary(node)
    let unknown = try node.required("unk_token").string()
    return WordLevelModel(table: table, unknownToken: unknown, unknownID: table.id(unknown))
  }

  private static func nonEmpty(_ node: JSONNode, _ name: String) throws(TokenizerError) -> String? {
    guard let text = try node.optionalString(name), !text.isEmpty else { return nil }
    return text
  }

  private static func unknownID(_ token: String, _ table: PieceTable, _ node: JSONNode) throws(TokenizerError)
    -> Int32
  {
    if let id = table.id(token) { return id }
    throw TokenizerError(
      .corruptVocabulary, path: node.path, key: "\(node.key).unk_token",
      expected: "a token of the vocabulary",
      found: "\"\(token)\"", nextStep: "Export the tokenizer again with its own library.")
  }

  /// Merges in either spelling: `"a b"`, or `["a", "b"]`.
  private static func pairs(_ node: JSONNode) throws(TokenizerError) -> [(left: Substring, right: Substring)]
  {
    guard case .array(let trees) = node.tree else { throw node.wrongType("an array") }
    var pairs: [(left: Substring, right: Substring)] = []
    pairs.reserveCapacity(trees.count)
    for (rank, tree) in trees.enumerated() {
      switch tree {
      case .string(let merge):
        if let pair = MergeTable.split(merge) {
          pairs.append(pair)
          continue
        }
      case .array(let parts):
        if parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] {
          pairs.append((left[...], right[...]))
          continue
        }
      default: break
      }
      throw JSONNode(tree, path: node.path, key: "\(node.key)[\(rank)]").invalid(
        expected: "\"a b\" or [\"a\", \"b\"]", found: tree.typeName)
    }
    return pairs
  }

  /// `vocab`: an object of pieces and ids.
  private static func vocabulary(_ node: JSONNode) throws(TokenizerError) -> PieceTable {
    let vocabulary = try node.required("vocab")
    let members = try vocabulary.members()
    var pieces: [String] = []
    pieces.reserveCapacity(members.count)
    let largest = PieceTable.largestID(among: members.count)
    for member in members {
      guard case .integer(let id) = member.value, 0...largest ~= id else {
        throw JSONNode(member.value, path: node.path, key: "\(vocabulary.key)[\"\(member.key)\"]").invalid(
          expected: "an id from 0 to \(largest)", found: describe(member.value))
      }
      while pieces.count <= id { pieces.append("") }
      guard pieces[id].isEmpty else {
        throw TokenizerError(
          .corruptVocabulary, path: node.path, key: vocabulary.key, expected: "one token an id",
          found: "\"\(pieces[id])\" and \"\(member.key)\" with the id \(id)",
          nextStep: "Fetch or convert the checkpoint again: its vocabulary is damaged.")
      }
      pieces[id] = member.key
    }
    return try PieceTable(distinct: pieces, path: node.path, key: vocabulary.key)
  }

  private static func describe(_ tree: JSONTree) -> String {
    if case .integer(let id) = tree { "\(id)" } else { tree.typeName }
  }
}
