extension Tokenizer {
  /// The text that one token adds to a sequence: `" Paris"`; the piece, as the vocabulary spells it, for a token that is
  /// no text by itself, such as a byte of a longer character.
  ///
  /// Decoders that drop the blank before the first word drop it only once: the token is decoded behind itself.
  public func text(of id: Int) -> String {
    let piece = piece(id) ?? ""
    guard let once = try? decode([id]).unicodeScalars, let twice = try? decode([id, id]).unicodeScalars,
      twice.starts(with: once)
    else { return piece }
    let text = String(twice.dropFirst(once.count))
    return text.isEmpty || text.contains("\u{FFFD}") ? piece : text
  }
}
