/// One token of an encoded text.
public struct Token: Sendable, Equatable {
  /// The id in the vocabulary.
  public let id: Int
  /// The piece, as the vocabulary spells it: `Ġthe`, `##ing`, `[CLS]`.
  public let text: String
  /// The UTF-8 bytes of the input that the token stands for. Empty for tokens that the tokenizer adds.
  ///
  /// A byte-level token may cover a part of a character; the range is exact to the byte. Where a normalizer
  /// rewrote a character, every token made from it covers the whole of it.
  public let span: Range<Int>
  /// Whether the tokenizer added the token, as opposed to finding it in the text.
  public let isAdded: Bool

  init(id: Int, text: String, span: Range<Int>, isAdded: Bool) {
    self.id = id
    self.text = text
    self.span = span
    self.isAdded = isAdded
  }
}

/// An encoded text.
public struct Encoding: Sendable, Equatable {
  /// Where the beginning-of-sequence token of an encoding comes from.
  public enum Beginning: String, Sendable, Codable, CaseIterable {
    /// There is none: the policy adds none.
    case absent
    /// The tokenizer put it there.
    case added
    /// The text begins with it, so none was added to it.
    case inText
  }

  /// The tokens, from left to right.
  public let tokens: [Token]
  /// Where the beginning-of-sequence token comes from.
  public let beginning: Beginning

  /// How many tokens the tokenizer put after the text, or after the prompt of a chat format.
  public let appendedCount: Int

  init(tokens: [Token], beginning: Beginning, appendedCount: Int = 0) {
    self.tokens = tokens
    self.beginning = beginning
    self.appendedCount = appendedCount
  }

  /// The ids of the tokens.
  public var ids: [Int] { tokens.map { $0.id } }
}

/// What an encoder remembers between texts: words that it met before, and memory to work in.
///
/// Passing one to ``Tokenizer/encode(_:sentinel:parsesSpecialTokens:cache:)`` for a whole corpus is several times
/// faster on short texts than encoding each by itself. It changes no id. A cache that is handed to another
/// tokenizer is emptied.
public struct EncodingCache: Sendable {
  var words = WordCache()
  var merger = SymbolMerger()
  private var owner: Tokenizer.Identity?

  /// An empty cache.
  public init() {}

  /// Empties the cache unless it belongs to the tokenizer with this identity.
  mutating func claim(for identity: Tokenizer.Identity) {
    guard owner !== identity else { return }
    if owner != nil { words = WordCache() }
    owner = identity
  }
}
