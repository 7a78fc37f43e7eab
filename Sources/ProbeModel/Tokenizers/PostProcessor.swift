/// What a tokenizer does to a finished sequence: the `post_processor` of a `tokenizer.json`.
///
/// Two things can happen there: tokens are added around the text, and blanks are trimmed from spans. Only the
/// template for a single text is read; pairs of texts do not occur here.
struct PostProcessor: Sendable, Equatable {
  /// The ids put before the text.
  var prefix: [Int] = []
  /// The ids put after the text.
  var suffix: [Int] = []
  /// Whether blanks at either end of a token are left out of its span.
  var trimsSpans = false
  /// With `trimsSpans`: whether one blank that leads the first token stays, since it may be the tokenizer's own.
  var keepsFirstSpace = false

  static let supported = [
    "ByteLevel", "TemplateProcessing", "BertProcessing", "RobertaProcessing", "Sequence",
  ]

  /// Adds nothing.
  init() {}

  /// Reads the `post_processor` of a `tokenizer.json`.
  init(_ node: JSONNode, vocabulary: [String]) throws(TokenizerError) {
    let type = try node.required("type").string()
    switch type {
    case "ByteLevel": try readTrimming(node)
    case "BertProcessing": try readClassifier(node, vocabulary)
    case "RobertaProcessing":
      try readClassifier(node, vocabulary)
      try readTrimming(node)
    case "TemplateProcessing": try readTemplate(node, vocabulary)
    case "Sequence":
      for element in try node.required("processors").elements() {
        let next = try PostProcessor(element, vocabulary: vocabulary)
        prefix = next.prefix + prefix
        suffix += next.suffix
        if next.trimsSpans {
          trimsSpans = true
          keepsFirstSpace = next.keepsFirstSpace
        }
      }
    default: throw node.unsupported("post-processor", found: "\"\(type)\"", supported: Self.supported)
    }
  }

  private mutating func readTrimming(_ node: JSONNode) throws(TokenizerError) {
    trimsSpans = try node.bool("trim_offsets", default: true)
    keepsFirstSpace = try node.bool("add_prefix_space", default: true)
  }

  /// `"cls": ["[CLS]", 101], "sep": ["[SEP]", 102]`
  private mutating func readClassifier(_ node: JSONNode, _ vocabulary: [String]) throws(TokenizerError) {
    prefix = [try Self.pair(try node.required("cls"), vocabulary)]
    suffix = [try Self.pair(try node.required("sep"), vocabulary)]
  }

  private static func pair(_ node: JSONNode, _ vocabulary: [String]) throws(TokenizerError) -> Int {
    let elements = try node.elements()
    guard elements.count == 2 else {
      throw node.invalid(expected: "a token and its id", found: "\(elements.count) elements")
    }
    return try check(elements[1], spells: try elements[0].string(), vocabulary)
  }

  /// The id in `node`, once it is clear that the vocabulary agrees.
  private static func check(_ node: JSONNode, spells token: String, _ vocabulary: [String])
    throws(TokenizerError) -> Int
  {
    let id = try node.integer()
    guard vocabulary.indices.contains(id), vocabulary[id].utf8.elementsEqual(token.utf8) else {
      let held = vocabulary.indices.contains(id) ? "\"\(vocabulary[id])\"" : "no token"
      throw TokenizerError(
        .corruptVocabulary, path: node.path, key: node.key, expected: "the id of \"\(token)\"",
        found: "\(id), where the vocabulary has \(held)",
        nextStep: "Export the tokenizer again: vocabulary and post-processor are of different models.")
    }
    return id
  }

  private mutating func readTemplate(_ node: JSONNode, _ vocabulary: [String]) throws(TokenizerError) {
    let single = try node.required("single")
    var seenText = false
    for piece in try single.elements() {
      if let sequence = try piece.child("Sequence") {
        let name = try sequence.required("id").string()
        guard name == "A", !seenText else {
          throw single.invalid(
            expected: "a template with the text (A) once", found: "\(name) again or instead")
        }
        seenText = true
        continue
      }
      let name = try piece.required("SpecialToken").required("id").string()
      let ids = try Self.specialToken(name, node, vocabulary)
      if seenText { suffix += ids } else { prefix += ids }
    }
    guard seenText else { throw single.invalid(expected: "a template with the text (A) once", found: "none") }
  }

  private static func specialToken(_ name: String, _ node: JSONNode, _ vocabulary: [String])
    throws(TokenizerError) -> [Int]
  {
    let entry = try node.required("special_tokens").required(name)
    let ids = try entry.required("ids").elements()
    let tokens = try entry.required("tokens").elements()
    guard ids.count == tokens.count else {
      throw entry.invalid(expected: "one token an id", found: "\(tokens.count) tokens, \(ids.count) ids")
    }
    var result: [Int] = []
    for (id, token) in zip(ids, tokens) {
      result.append(try check(id, spells: try token.string(), vocabulary))
    }
    return result
  }
}
