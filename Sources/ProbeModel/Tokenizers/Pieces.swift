/// How a text is tokenized around its leaves, the smallest parts of a tree over it (the words of a syntax tree).
///
/// A tokenizer knows nothing of trees: `):` is one token of most, and two leaves of Python. Leaves that share a
/// token share a vector, and nothing that is read from vectors can tell them apart.
public enum Pieces: String, Sendable, Codable, CaseIterable {
  /// The text as the model would see it; a token may belong to several leaves.
  case whole
  /// The text, cut at the end of each leaf before it is tokenized: blanks before a leaf go with the leaf, what
  /// stands behind the last one is a piece of its own. No token belongs to two leaves, and the model still reads
  /// the whole text.
  case cut
  /// Each leaf's text by itself, the first without and each later one with a space before it; a token of that
  /// space alone is left out. The model reads no other blank.
  /// Reference: López et al., "AST-Probe" (ASE 2022).
  case alone
}

/// What stands around a part of a text that is tokenized by itself, as far as tokenizers care.
struct PieceEnds: Sendable {
  /// Text of the same stretch stands before it: what a tokenizer puts before a text is not put before the part,
  /// and blanks that lead it are not stripped.
  var followsText = false
  /// Text of the same stretch stands behind it: blanks at its end are not stripped.
  var precedesText = false
  /// It begins within what is one word where the pre-tokenizer puts blanks before words.
  var continuesBlankWord = false
  /// It begins within a word of the text.
  var continuesWord = false
  /// It ends within a word of the text.
  var breaksWord = false

  /// The ends of the part of a piece between added tokens: what lies within the piece is as in any text.
  func ends(first: Bool, last: Bool) -> PieceEnds {
    PieceEnds(
      followsText: first && followsText, precedesText: last && precedesText,
      continuesBlankWord: first && continuesBlankWord, continuesWord: first && continuesWord,
      breaksWord: last && breaksWord)
  }
}

/// Whether a word that the model encodes begins and ends where its text does.
struct WordEnds: Sendable {
  static let both = WordEnds(begins: true, ends: true)

  /// False for what continues a word: WordPiece spells it with `##`.
  let begins: Bool
  /// False for what is continued: a BPE with a suffix for the ends of words does not write it.
  let ends: Bool

  var isWhole: Bool { begins && ends }
}
