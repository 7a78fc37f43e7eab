/// The pre-tokenizers that write words anew before they, or others, cut them.
extension PreTokenizer {
  /// A space before every word that does not begin with one.
  static func prependSpace(_ tokens: inout PreTokens) {
    guard tokens.words.contains(where: { tokens.text.bytes[$0.lowerBound] != 0x20 }) else { return }
    let continues = tokens.continuesBlankWord
    rewrite(&tokens) { word, text, builder in
      if text.bytes[word.lowerBound] != 0x20, !(continues && word.lowerBound == 0) {
        insert(" ", before: word.lowerBound, of: text, into: &builder)
      }
      builder.copy(word, of: text)
    }
  }

  /// Every byte as the character that GPT-2's alphabet gives it.
  static func spellBytes(_ tokens: inout PreTokens) {
    rewrite(&tokens) { word, text, builder in
      for index in word {
        builder.append(ByteAlphabet.scalars[Int(text.bytes[index])], from: text.source(of: index..<index + 1))
      }
    }
  }

  static func metaspace(
    _ tokens: inout PreTokens, _ replacement: Unicode.Scalar, _ scheme: PrependScheme
  ) {
    let spelled = Array(String(replacement).utf8)
    let continues = tokens.continuesBlankWord
    rewrite(&tokens) { word, text, builder in
      let starts = text.bytes[word].starts(with: spelled) || text.bytes[word.lowerBound] == 0x20
      let wanted =
        scheme == .always && !(continues && word.lowerBound == 0)
        || scheme == .first && text.source(of: word).lowerBound == 0
      if wanted, !starts { insert(replacement, before: word.lowerBound, of: text, into: &builder) }
      for index in word {
        if text.bytes[index] == 0x20 {
          builder.append(replacement, from: text.source(of: index..<index + 1))
        } else {
          builder.copy(index..<index + 1, of: text)
        }
      }
    }
  }

  private static func insert(
    _ scalar: Unicode.Scalar, before index: Int, of text: AlignedText, into builder: inout AlignedText.Builder
  ) {
    let place = Int(text.source(at: index).start)
    builder.append(scalar, from: place..<place)
  }

  /// Rebuilds the text word by word.
  private static func rewrite(
    _ tokens: inout PreTokens, _ body: (Range<Int>, AlignedText, inout AlignedText.Builder) -> Void
  ) {
    var builder = AlignedText.Builder(capacity: tokens.text.bytes.count * 2)
    for index in tokens.words.indices {
      let start = builder.count
      body(tokens.words[index], tokens.text, &builder)
      tokens.words[index] = start..<builder.count
    }
    tokens.text = builder.text
  }
}
