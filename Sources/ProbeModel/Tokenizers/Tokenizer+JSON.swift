import Foundation

extension Tokenizer {
  /// Reads a `tokenizer.json` of Hugging Face's `tokenizers`.
  ///
  /// - Parameters:
  ///   - tokenizerJSON: the file's bytes.
  ///   - config: the bytes of the `tokenizer_config.json` beside it, which names the special tokens. An explicit
  ///     `add_bos_token` or `add_eos_token` there replaces the post-processor's additions, as `transformers` does.
  ///   - path: the file, for error texts.
  /// - Throws: ``TokenizerError`` for anything damaged or unsupported.
  public init(tokenizerJSON: Data, config: Data?, path: String) throws(TokenizerError) {
    let root = JSONNode(try JSONTree.parse(Array(tokenizerJSON), path: path), path: path, key: "")
    var settings: JSONNode?
    if let config {
      let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) + "/" : ""
      let file = folder + "tokenizer_config.json"
      settings = JSONNode(try JSONTree.parse(Array(config), path: file), path: file, key: "")
    }
    try self.init(root: root, settings: settings)
  }

  /// Reads a document of the `tokenizer.json` kind, with the settings of a `tokenizer_config.json`.
  init(root: JSONNode, settings: JSONNode?) throws(TokenizerError) {
    let path = root.path
    let normalizer: Normalizer? =
      if let node = try root.part("normalizer") { try Normalizer(node) } else { nil }
    let preTokenizer: PreTokenizer? =
      if let node = try root.part("pre_tokenizer") { try PreTokenizer(node) } else { nil }
    let model = try TokenModel(
      try root.required("model"), readsRawBytes: preTokenizer?.leavesRawBytes ?? false)
    let vocabulary = try Vocabulary(
      model: model.table, added: try AddedToken.read(try root.child("added_tokens")), path: path)
    var postProcessor = PostProcessor()
    if let node = try root.part("post_processor") {
      postProcessor = try PostProcessor(node, vocabulary: vocabulary.pieces)
    }
    let decoder: TokenDecoder? =
      if let node = try root.part("decoder") { try TokenDecoder(node) } else { nil }

    let names = try SpecialTokenNames(settings)
    var specials = SpecialTokens()
    let find = { (name: String?) in name.flatMap { vocabulary.id($0, model: model.table) } }
    specials.bos = find(names.bos)
    specials.eos = find(names.eos)
    specials.pad = find(names.pad)
    specials.unknown = find(names.unknown) ?? model.unknownID
    if specials.pad == nil, let padding = try root.child("padding"), let id = try padding.child("pad_id") {
      specials.pad = try id.integer()
    }
    if names.addsBOS != nil || names.addsEOS != nil {
      postProcessor.prefix = names.addsBOS == true ? specials.bos.map { [$0] } ?? [] : []
      postProcessor.suffix = names.addsEOS == true ? specials.eos.map { [$0] } ?? [] : []
    }
    specials.chooseBeginning(cls: find(names.cls), postProcessor, vocabulary)
    try self.init(
      path: path, normalizer: normalizer, preTokenizer: preTokenizer, model: model,
      postProcessor: postProcessor,
      decoder: decoder, vocabulary: vocabulary, specials: specials)
  }
}

extension AddedToken {
  /// Reads the `added_tokens` of a `tokenizer.json`.
  static func read(_ node: JSONNode?) throws(TokenizerError) -> [AddedToken] {
    guard let node else { return [] }
    var tokens: [AddedToken] = []
    for element in try node.elements() {
      let id = try element.required("id")
      guard 0...PieceTable.maximumID ~= (try id.integer()) else {
        throw id.invalid(expected: "an id from 0 to \(PieceTable.maximumID)", found: "\(try id.integer())")
      }
      let isSpecial = try element.bool("special", default: false)
      tokens.append(
        AddedToken(
          id: try id.integer(), content: try element.required("content").string(),
          isSingleWord: try element.bool("single_word", default: false),
          stripsLeft: try element.bool("lstrip", default: false),
          stripsRight: try element.bool("rstrip", default: false),
          isNormalized: try element.bool("normalized", default: !isSpecial), isSpecial: isSpecial))
    }
    return tokens
  }
}

extension TokenModel {
  /// The id of the unknown token.
  var unknownID: Int? {
    switch self {
    case .bytePair(let model): model.options.unknownToken.flatMap { model.table.id($0) }.map { Int($0) }
    case .wordPiece(let model): Int(model.unknownID)
    case .unigram(let model): model.unknownID.map { Int($0) }
    case .wordLevel(let model): model.unknownID.map { Int($0) }
    }
  }
}

/// What a `tokenizer_config.json` says about special tokens.
private struct SpecialTokenNames {
  var bos: String?
  var eos: String?
  var pad: String?
  var unknown: String?
  var cls: String?
  var addsBOS: Bool?
  var addsEOS: Bool?

  init(_ root: JSONNode?) throws(TokenizerError) {
    guard let root else { return }
    bos = try Self.token(root, "bos_token")
    eos = try Self.token(root, "eos_token")
    pad = try Self.token(root, "pad_token")
    unknown = try Self.token(root, "unk_token")
    cls = try Self.token(root, "cls_token")
    addsBOS = try root.child("add_bos_token")?.bool()
    addsEOS = try root.child("add_eos_token")?.bool()
  }

  /// A token is written as a string, or as an object with its content.
  private static func token(_ root: JSONNode, _ name: String) throws(TokenizerError) -> String? {
    guard let node = try root.child(name) else { return nil }
    if case .object = node.tree { return try node.required("content").string() }
    return try node.string()
  }
}

extension SpecialTokens {
  /// Chooses the token that ``Tokenizer/Sentinel/bos`` puts first: the checkpoint's BOS, else its CLS, else what
  /// its post-processor puts first, else a special token with a name that means a beginning.
  mutating func chooseBeginning(cls: Int?, _ postProcessor: PostProcessor, _ vocabulary: Vocabulary) {
    let names = ["<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "[CLS]", "<|endoftext|>"]
    if let bos {
      beginning = (bos, "the checkpoint's BOS token")
    } else if let cls {
      beginning = (cls, "the checkpoint's CLS token")
    } else if let first = postProcessor.prefix.first {
      beginning = (first, "the token that the post-processor puts first")
    } else {
      for name in names {
        guard let token = vocabulary.added.first(where: { $0.isSpecial && $0.content == name }) else {
          continue
        }
        beginning = (token.id, "a special token named like a beginning")
        return
      }
    }
  }
}

extension JSONNode {
  /// A part of the pipeline; nil when it is absent.
  ///
  /// A chain of very many parts is no tokenizer that anybody trained, and the time to read a vocabulary through it has no
  /// bound.
  fileprivate func part(_ name: String) throws(TokenizerError) -> JSONNode? {
    guard let node = try child(name) else { return nil }
    let count = node.tree.objectCount
    guard count <= Self.mostObjects else {
      throw node.invalid(expected: "at most \(Self.mostObjects) objects", found: "\(count)")
    }
    return node
  }

  /// Published pipelines have about a dozen; templates and patterns count, too.
  private static let mostObjects = 256
}

extension JSONTree {
  /// Objects in the tree, itself included.
  fileprivate var objectCount: Int {
    switch self {
    case .object(let members): members.reduce(1) { $0 + $1.value.objectCount }
    case .array(let elements): elements.reduce(0) { $0 + $1.objectCount }
    default: 0
    }
  }
}
