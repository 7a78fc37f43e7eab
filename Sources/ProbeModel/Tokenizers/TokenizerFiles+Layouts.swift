extension TokenizerFiles {
  /// The byte-level BPE of GPT-2 and RoBERTa.
  func bytePair(_ vocabulary: JSONNode, _ lines: [String]) throws -> Tokenizer {
    let layout = try bytePairLayout(vocabulary)
    let isRoberta = layout == .roberta
    let defaults: [(name: String, content: String)] =
      isRoberta
      ? [
        ("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"),
        ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>"),
      ]
      : [
        ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"),
      ]
    let roles = try SpecialRoles(settings, defaults)
    let prefix = try settings.bool("add_prefix_space", default: false)
    let trims = try settings.bool("trim_offsets", default: true)
    var post: JSONTree = .null
    if isRoberta {
      post = .object([
        ("type", .string("RobertaProcessing")),
        ("sep", try pair(roles.content("sep_token"), in: vocabulary)),
        ("cls", try pair(roles.content("cls_token"), in: vocabulary)),
        ("trim_offsets", .bool(trims)), ("add_prefix_space", .bool(prefix)),
      ])
    }
    return try assemble(
      [
        (
          "pre_tokenizer",
          .object([("type", .string("ByteLevel")), ("add_prefix_space", .bool(prefix))])
        ),
        (
          "model",
          .object([
            ("type", .string("BPE")), ("vocab", vocabulary.tree), ("merges", try merges(lines)),
          ])
        ), ("post_processor", post), ("decoder", .object([("type", .string("ByteLevel"))])),
      ], vocabulary, roles, maskStripsLeft: isRoberta)
  }

  /// The class that the settings name, else the special tokens of the vocabulary.
  private func bytePairLayout(_ vocabulary: JSONNode) throws -> Layout {
    if let named = try namedLayout() {
      guard named == .gpt2 || named == .roberta else {
        throw undecided("a class that reads vocab.json", found: "\(named.rawValue), which reads vocab.txt")
      }
      return named
    }
    let members = try vocabulary.members()
    func holds(_ names: String...) -> Bool {
      names.allSatisfy { name in members.contains { $0.key.utf8.elementsEqual(name.utf8) } }
    }
    if holds("<s>", "</s>", "<mask>") { return .roberta }
    if holds("<|endoftext|>") { return .gpt2 }
    throw undecided(
      "GPT2Tokenizer or RobertaTokenizer, since the vocabulary has neither <s>, </s> and <mask> nor <|endoftext|>",
      found: "nothing")
  }

  /// BERT's WordPiece.
  func wordPiece(_ lines: [String]) throws -> Tokenizer {
    let path = Self.path(folder, "vocab.txt")
    let named = try namedLayout()
    guard named == nil || named == .bert || named == .distilBERT else {
      throw undecided("a class that reads vocab.txt", found: named?.rawValue ?? "")
    }
    let lowercases = try settings.child("do_lower_case")?.bool()
    if lowercases == nil, named == nil, lines.contains(where: Self.isCased) {
      throw TokenizerError(
        .missingKey, path: settings.path, key: "do_lower_case", expected: "true or false",
        found: "nothing, and a vocabulary with upper-case letters",
        nextStep: "Fetch tokenizer_config.json of the same checkpoint, or its tokenizer.json.")
    }
    let roles = try SpecialRoles(
      settings,
      [
        ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]"),
      ])
    let members = lines.enumerated().filter { !$0.element.isEmpty }.map { id, piece in
      JSONTree.Member(key: piece, value: .integer(id))
    }
    let vocabulary = JSONNode(.object(members), path: path, key: "")
    let model: JSONTree = .object([
      ("type", .string("WordPiece")), ("vocab", vocabulary.tree),
      ("unk_token", .string(roles.content("unk_token"))), ("max_input_chars_per_word", .integer(100)),
    ])
    let normalizer: JSONTree = .object([
      ("type", .string("BertNormalizer")), ("clean_text", .bool(true)),
      ("handle_chinese_chars", .bool(try settings.bool("tokenize_chinese_chars", default: true))),
      ("strip_accents", try settings.child("strip_accents")?.tree ?? .null),
      ("lowercase", .bool(lowercases ?? true)),
    ])
    let post: JSONTree = .object([
      ("type", .string("BertProcessing")),
      ("sep", try pair(roles.content("sep_token"), in: vocabulary)),
      ("cls", try pair(roles.content("cls_token"), in: vocabulary)),
    ])
    return try assemble(
      [
        ("normalizer", normalizer), ("pre_tokenizer", .object([("type", .string("BertPreTokenizer"))])),
        ("model", model), ("post_processor", post), ("decoder", .object([("type", .string("WordPiece"))])),
      ], vocabulary, roles, maskStripsLeft: false)
  }

  /// Whether a piece, unless it is a special one such as `[CLS]`, has an upper-case letter.
  private static func isCased(_ piece: String) -> Bool {
    !piece.hasPrefix("[") && piece.unicodeScalars.contains { $0.properties.isUppercase }
  }

  // MARK: Parts

  private func merges(_ lines: [String]) throws(TokenizerError) -> JSONTree {
    var merges: [JSONTree] = []
    for (index, line) in lines.enumerated() where !line.isEmpty && !(index == 0 && line.hasPrefix("#version"))
    {
      guard MergeTable.split(line) != nil else {
        throw TokenizerError(
          .invalidValue, path: Self.path(folder, "merges.txt"), key: "line \(index + 1)",
          expected: "two pieces with a blank between", found: "\"\(line)\"",
          nextStep: "Fetch the file again: it is damaged.")
      }
      merges.append(.string(line))
    }
    return .array(merges)
  }

  /// `["</s>", 2]`
  private func pair(_ content: String, in vocabulary: JSONNode) throws(TokenizerError) -> JSONTree {
    guard let id = try TokenizerFiles.id(of: content, in: vocabulary) else {
      throw TokenizerError(
        .missingKey, path: vocabulary.path, key: content, expected: "the id of the token put around a text",
        found: "nothing", nextStep: "Fetch the vocabulary and the settings of one and the same checkpoint.")
    }
    return .array([.string(content), .integer(id)])
  }

  private func undecided(_ expected: String, found: String) -> TokenizerError {
    TokenizerError(
      .missingKey, path: settings.path, key: "tokenizer_class", expected: expected, found: found,
      nextStep: "Fetch tokenizer_config.json of the same checkpoint, or its tokenizer.json.")
  }
}

extension JSONTree {
  /// An object from names and values.
  static func object(_ members: [(String, JSONTree)]) -> JSONTree {
    .object(members.map { Member(key: $0.0, value: $0.1) })
  }
}
