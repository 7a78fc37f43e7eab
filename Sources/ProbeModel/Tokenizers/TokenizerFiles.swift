import Foundation

/// The files beside a checkpoint that make up a tokenizer when there is no `tokenizer.json`: `vocab.json` and
/// `merges.txt` of the GPT-2 kind, or `vocab.txt` of the BERT kind, with the settings in `tokenizer_config.json`,
/// `special_tokens_map.json` and `added_tokens.json`.
///
/// They are put together to the `tokenizer.json` that `transformers` makes of them, and read as such.
struct TokenizerFiles {
  /// The layouts that such files stand for.
  enum Layout: String, CaseIterable {
    case gpt2 = "GPT2Tokenizer"
    case roberta = "RobertaTokenizer"
    case bert = "BertTokenizer"
    case distilBERT = "DistilBertTokenizer"
  }

  let folder: String
  /// `tokenizer_config.json`, completed by `special_tokens_map.json`; an object.
  let settings: JSONNode

  /// - Throws: ``TokenizerError`` for settings that are not JSON; what reading a file throws.
  init(folder: String) throws {
    self.folder = folder
    var members: [JSONTree.Member] = []
    // The first to name a token wins.
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
      guard let node = try Self.json(folder, name) else { continue }
      for member in try node.members() where !members.contains(where: { $0.key == member.key }) {
        members.append(member)
      }
    }
    settings = JSONNode(.object(members), path: Self.path(folder, "tokenizer_config.json"), key: "")
  }

  /// The tokenizer, or nil when the folder has no vocabulary.
  ///
  /// - Throws: ``TokenizerError`` for files that are damaged or leave the layout open, and for a SentencePiece
  ///   model alone.
  func tokenizer() throws -> Tokenizer? {
    if let vocabulary = try Self.json(folder, "vocab.json") {
      guard let merges = try Self.lines(folder, "merges.txt") else {
        throw TokenizerError(
          .missingKey, path: Self.path(folder, "merges.txt"), key: "",
          expected: "the merges that go with vocab.json", found: "no such file",
          nextStep: "Fetch merges.txt of the same checkpoint, or its tokenizer.json.")
      }
      return try bytePair(vocabulary, merges)
    }
    if let lines = try Self.lines(folder, "vocab.txt") { return try wordPiece(lines) }
    for name in ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"] {
      let path = Self.path(folder, name)
      guard FileManager.default.fileExists(atPath: path) else { continue }
      throw TokenizerError(
        .unsupportedComponent, path: path, key: "", expected: "a tokenizer.json beside it",
        found: "a SentencePiece model alone",
        nextStep:
          "Write one with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).")
    }
    return nil
  }

  /// The layout that `tokenizer_class` names; nil when it is not given.
  func namedLayout() throws(TokenizerError) -> Layout? {
    guard let node = try settings.child("tokenizer_class") else { return nil }
    let name = try node.string()
    let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    // What older exports write when no class was named.
    if plain == "PreTrainedTokenizer" || plain == "TokenizersBackend" { return nil }
    guard let layout = Layout(rawValue: plain) else {
      throw TokenizerError(
        .unsupportedComponent, path: node.path, key: node.key,
        expected:
          "one of \(Layout.allCases.map { $0.rawValue }.joined(separator: ", ")), or a tokenizer.json",
        found: "\"\(name)\"",
        nextStep: "Write a tokenizer.json: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).")
    }
    return layout
  }

  // MARK: Files

  static func path(_ folder: String, _ name: String) -> String {
    (folder as NSString).appendingPathComponent(name)
  }

  static func json(_ folder: String, _ name: String) throws -> JSONNode? {
    let path = path(folder, name)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return JSONNode(try JSONTree.parse(Array(try readFile(path)), path: path), path: path, key: "")
  }

  /// The lines of a text file; the last one ends with the file.
  private static func lines(_ folder: String, _ name: String) throws -> [String]? {
    let path = path(folder, name)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let text = String(validating: try readFile(path), as: UTF8.self) else {
      throw TokenizerError(
        .malformedJSON, path: path, key: "", expected: "UTF-8 text", found: "bytes that are not UTF-8",
        nextStep: "Fetch the file again: it is damaged.")
    }
    // By bytes: a line feed after a carriage return is one character with it.
    var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      String(Substring(line.last == 0x0D ? line.dropLast() : line))
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
