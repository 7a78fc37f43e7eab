import ProbeModel

extension HealthCheck {
  /// Texts survive the tokenizer, and every token knows its bytes:
  ///
  /// - decode(encode(text)) is the text, or, where a normalizer rewrites texts, one that encodes to the same ids;
  /// - no letter or digit of the text lies outside all tokens' spans, and spans run from left to right;
  /// - a text that begins with the beginning-of-sequence token gets no second one;
  /// - the model has an embedding for every id.
  ///
  /// Texts that the vocabulary cannot spell come back changed by design: with unknown tokens they are counted, no more; with
  /// none, what is gone leaves no trace in the ids, which is a warning.
  static let tokenizer = HealthCheck(
    "tokenizer", claim: "texts survive encoding and decoding, and spans cover them", readsActivations: false
  ) { patient in
    guard let tokenizer = patient.model.tokenizer else {
      return .notApplicable("the checkpoint has no tokenizer", advice: "Corpora of `token_ids` still work")
    }
    var trip = RoundTrip(tokenizer: tokenizer)
    for text in awkwardTexts { try trip.add(text) }
    try trip.addBeginning()
    let (size, rows) = (tokenizer.vocabularySize, patient.model.config.dVocab)
    let figures: [CheckResult.Figure] = [
      .init("texts", Double(awkwardTexts.count)), .init("same text", Double(trip.same)),
      .init("same ids after normalization", Double(trip.normalized)),
      .init("with unknown tokens", Double(trip.unknown)),
      .init("with lost characters", Double(trip.incomplete)),
    ]
    let expected =
      "each text, or one of the same ids; letters and digits inside spans; one BOS; ids below \(rows)"
    guard trip.problems.isEmpty else {
      return CheckResult(
        .failed, found: trip.problems.joined(separator: "; "), expected: expected,
        advice: "Token labels by span would be wrong: report this with the checkpoint's tokenizer files",
        figures: figures)
    }
    let normalized = trip.normalized > 0 ? ", \(trip.normalized) up to normalization" : ""
    let unknown = trip.unknown > 0 ? ", \(trip.unknown) with unknown tokens" : ""
    let found = "\(awkwardTexts.count) texts: \(trip.same) return unchanged\(normalized)\(unknown)"
    if trip.incomplete > 0 {
      return CheckResult(
        .warning, found: "\(found), \(trip.incomplete) lose characters", expected: expected,
        advice: "The vocabulary has neither pieces nor an unknown token for them: is it complete?",
        figures: figures)
    }
    guard size <= rows else {
      return CheckResult(
        .warning, found: "\(found); \(size) ids, the model embeds \(rows)", expected: expected,
        advice:
          "Texts with the last \(size - rows) tokens will be refused: is this the model's own tokenizer?",
        figures: figures)
    }
    return CheckResult(.ok, found: found, expected: expected, figures: figures)
  }

  static let awkwardTexts = [
    "The quick brown fox", " leading and trailing ", "two  spaces,\ttab\nand\n\nnewlines", "don't we'll I'm",
    "café naïve Ångström", "e\u{301}le\u{300}ve", "東京タワー", "Привет, мир", "مرحبا", "👩‍👩‍👧 🇫🇷 ✓",
    "x = {\"a\": [1, 2.5e-3]};  // 100%", "1234567890 3.14159", "ALLCAPS camelCase snake_case",
    "\u{FEFF}zero\u{200B}width",
    "…“quotes” – dashes", "<b>html & entities</b>",
  ]
}

/// What became of the texts.
struct RoundTrip {
  let tokenizer: Tokenizer
  private(set) var same = 0
  private(set) var normalized = 0
  private(set) var unknown = 0
  private(set) var incomplete = 0
  private(set) var problems: [String] = []

  init(tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  mutating func add(_ text: String) throws {
    let encoding = try tokenizer.encode(text, sentinel: .none)
    guard let isCovered = coverage(of: encoding, in: text) else {
      problems.append("a span of \(quoted(text)) is out of order")
      return
    }
    let decoded = try tokenizer.decode(encoding.ids)
    let uncovered = uncoveredLetter(of: text, isCovered)
    // Swift's == holds for canonically equivalent texts; the bytes decide.
    if decoded.utf8.elementsEqual(text.utf8), uncovered == nil {
      same += 1
    } else if let unknownID = tokenizer.unknownTokenID, encoding.ids.contains(unknownID) {
      unknown += 1
    } else if try uncovered == nil && tokenizer.encode(decoded, sentinel: .none).ids == encoding.ids {
      normalized += 1
    } else if decoded
      == String(decoding: zip(text.utf8, isCovered).filter { $0.1 }.map { $0.0 }, as: UTF8.self)
    {
      // Exactly the bytes that no token claims are gone: the vocabulary has nothing for them.
      incomplete += 1
    } else if let uncovered {
      problems.append("no token of \(quoted(text)) covers \(quoted(String(uncovered)))")
    } else {
      problems.append("\(quoted(text)) returns as \(quoted(decoded))")
    }
  }

  /// Which bytes lie in a token's span; nil when spans leave the text or do not run from left to right.
  private func coverage(of encoding: Encoding, in text: String) -> [Bool]? {
    var isCovered = [Bool](repeating: false, count: text.utf8.count)
    var start = 0
    for token in encoding.tokens {
      guard token.span.lowerBound >= start, token.span.upperBound <= isCovered.count else { return nil }
      start = token.span.lowerBound
      for byte in token.span { isCovered[byte] = true }
    }
    return isCovered
  }

  /// The first letter or digit outside all tokens.
  private func uncoveredLetter(of text: String, _ isCovered: [Bool]) -> Character? {
    var offset = 0
    for character in text {
      let range = offset..<offset + character.utf8.count
      offset = range.upperBound
      if character.isLetter || character.isNumber, !range.contains(where: { isCovered[$0] }) {
        return character
      }
    }
    return nil
  }

  /// The beginning-of-sequence token is put once, and not again before one that the text spells.
  mutating func addBeginning() throws {
    guard let bos = tokenizer.bosTokenID, let piece = tokenizer.piece(bos) else { return }
    for (text, sentinel) in [
      ("once", Tokenizer.Sentinel.bos), (piece + "once", .bos), (piece + "once", .tokenizer),
    ] {
      let ids = try tokenizer.encode(text, sentinel: sentinel).ids
      let count = ids.prefix { $0 == bos }.count
      if count != 1 {
        problems.append("\(quoted(text)) begins with \(count) × \(piece) (sentinel \(sentinel.rawValue))")
      }
    }
  }

  private func quoted(_ text: String) -> String { String(reflecting: text) }
}
