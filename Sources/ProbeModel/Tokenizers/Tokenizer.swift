/// Text to ids and back, exactly as the checkpoint's own tokenizer does it, with the bytes of the input that each
/// token stands for.
///
/// A value without state: the pipeline (normalizer, pre-tokenizer, model, post-processor, decoder) read from a
/// `tokenizer.json` or from GGUF metadata. Truncation and padding that such a file may set are left out on
/// purpose: sequences are never padded, and what to do with a text beyond the context is the caller's decision.
///
/// Names and meanings follow Hugging Face's `tokenizers`; golden ids in the tests come from there. Spans are
/// UTF-8 bytes where the reference counts characters.
public struct Tokenizer: Sendable {
  /// What is put before a text (and, for `tokenizer`, after it).
  public enum Sentinel: String, Sendable, Codable, CaseIterable {
    /// What the checkpoint's tokenizer adds by itself: its post-processor, or `add_bos_token`.
    case tokenizer
    /// Exactly one beginning-of-sequence token, and nothing after the text.
    case bos
    /// Nothing.
    case none
  }

  /// Stands for one loaded tokenizer, so that a cache knows whose words it holds.
  final class Identity: Sendable {}

  let identity = Identity()
  let path: String
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: TokenModel
  let postProcessor: PostProcessor
  let decoder: TokenDecoder?
  let vocabulary: Vocabulary
  /// Added tokens that are looked for in the text as it is.
  let rawMatcher: AddedTokenMatcher
  /// Added tokens that are looked for in normalized text.
  let normalizedMatcher: AddedTokenMatcher
  let specials: SpecialTokens
  /// Added tokens as they stand in normalized text, by id: decoding starts from there.
  private let normalizedForms: [Int: [UInt8]]

  /// Puts a tokenizer together from parts that were read.
  init(
    path: String, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel,
    postProcessor: PostProcessor, decoder: TokenDecoder?, vocabulary: Vocabulary, specials: SpecialTokens
  ) throws(TokenizerError) {
    self.path = path
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.postProcessor = postProcessor
    self.decoder = decoder
    self.vocabulary = vocabulary
    self.specials = specials
    rawMatcher = AddedTokenMatcher(
      vocabulary.added.filter { !$0.isNormalized }.map { ($0, Array($0.content.utf8)) })
    var normalized: [(token: AddedToken, bytes: [UInt8])] = []
    for token in vocabulary.added where token.isNormalized {
      var content = AlignedText(bytes: Array(token.content.utf8), base: 0)
      try normalizer?.apply(to: &content)
      normalized.append((token, content.bytes))
    }
    normalizedMatcher = AddedTokenMatcher(normalized)
    normalizedForms = Dictionary(normalized.map { ($0.token.id, $0.bytes) }) { first, _ in first }
  }

  // MARK: Vocabulary

  /// One more than the largest id, added tokens included. A model's `dVocab` may be larger: it is often rounded
  /// up.
  public var vocabularySize: Int { vocabulary.pieces.count }

  /// The piece of an id, as the vocabulary spells it; `nil` for an id that stands for nothing.
  public func piece(_ id: Int) -> String? {
    guard vocabulary.pieces.indices.contains(id), !vocabulary.pieces[id].isEmpty else { return nil }
    return vocabulary.pieces[id]
  }

  /// The id of a piece, spelled as the vocabulary spells it (`Ġthe`, `##ing`).
  public func id(_ piece: String) -> Int? { vocabulary.id(piece, model: model.table) }

  /// The beginning-of-sequence token that the checkpoint names.
  public var bosTokenID: Int? { specials.bos }
  /// The end-of-sequence token that the checkpoint names.
  public var eosTokenID: Int? { specials.eos }
  /// The padding token that the checkpoint names.
  public var padTokenID: Int? { specials.pad }
  /// The token for what the vocabulary cannot spell.
  public var unknownTokenID: Int? { specials.unknown }

  // MARK: Decoding

  /// The text of a sequence of ids. Ids that stand for nothing are passed over; bytes that are not UTF-8 become
  /// U+FFFD.
  ///
  /// - Parameter skipsSpecialTokens: leaves out special tokens such as BOS.
  /// - Throws: ``TokenizerError`` for a decoder whose pattern, or whose text, has no end.
  public func decode(_ ids: [Int], skipsSpecialTokens: Bool = false) throws(TokenizerError) -> String {
    var tokens: [[UInt8]] = []
    for id in ids {
      guard let piece = piece(id), !(skipsSpecialTokens && vocabulary.specialIDs.contains(id)) else {
        continue
      }
      tokens.append(normalizedForms[id] ?? Array(piece.utf8))
    }
    guard let decoder else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
    return String(decoding: Array(try decoder.apply(to: tokens).joined()), as: UTF8.self)
  }
}

/// All pieces of a tokenizer: the model's, and those added to it.
struct Vocabulary: Sendable {
  /// Pieces by id; an empty string where an id is unused.
  let pieces: [String]
  /// The added tokens, by id.
  let added: [AddedToken]
  /// The ids of special tokens.
  let specialIDs: Set<Int>
  private let addedIDs: Set<Int>
  /// The added tokens' contents; position `i` belongs to `added[i]`.
  private let addedTable: PieceTable

  init(model: PieceTable, added: [AddedToken], path: String) throws(TokenizerError) {
    var pieces = model.pieces
    let added = added.sorted { $0.id < $1.id }
    let largest = PieceTable.largestID(among: pieces.count + added.count)
    for token in added {
      guard token.id <= largest else {
        throw TokenizerError(
          .corruptVocabulary, path: path, key: "added_tokens",
          expected: "ids from 0 to \(largest) with this vocabulary",
          found: "\(token.id) of \"\(token.content)\"",
          nextStep: "Export the tokenizer again: the id of an added token is out of place.")
      }
      let held = model.id(token.content)
      let isFree = token.id >= pieces.count || pieces[token.id].isEmpty
      let isSame = token.id < pieces.count && pieces[token.id].utf8.elementsEqual(token.content.utf8)
      guard isSame || isFree && held == nil else {
        let found = isFree ? "id \(held ?? -1) in the vocabulary" : "\"\(pieces[token.id])\" under that id"
        throw TokenizerError(
          .corruptVocabulary, path: path, key: "added_tokens",
          expected: "\"\(token.content)\" with id \(token.id)",
          found: found,
          nextStep: "Export the tokenizer again: added tokens and vocabulary contradict each other.")
      }
      while pieces.count <= token.id { pieces.append("") }
      pieces[token.id] = token.content
    }
    self.pieces = pieces
    self.added = added
    addedIDs = Set(added.map { $0.id })
    specialIDs = Set(added.filter { $0.isSpecial }.map { $0.id })
    addedTable = try PieceTable(distinct: added.map { $0.content }, path: path, key: "added_tokens")
  }

  /// Whether an id is that of an added token.
  func isAdded(_ id: Int) -> Bool { addedIDs.contains(id) }

  func id(_ piece: String, model: PieceTable) -> Int? {
    addedTable.id(piece).map { added[Int($0)].id } ?? model.id(piece).map { Int($0) }
  }
}

/// The tokens with a role, and the one that begins a sequence.
struct SpecialTokens: Sendable {
  var bos: Int?
  var eos: Int?
  var pad: Int?
  var unknown: Int?
  /// The token that ``Tokenizer/Sentinel/bos`` puts first, and why this one.
  var beginning: (id: Int, reason: String)?
}
