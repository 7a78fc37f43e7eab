/// The patterns that nearly every byte-level tokenizer cuts words with, scanned by hand.
///
/// A regular-expression engine spends most of the time of a tokenizer. These patterns are a handful of
/// alternatives over letter, number, space and the rest, and each leaves nothing between its matches; the scanner
/// is chosen when a tokenizer spells one of them exactly.
struct PatternScanner: Sendable, Equatable {
  /// Two families of alternatives.
  enum Family: String, Sendable {
    /// GPT-2: `'s|'t|… | ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
    /// Reference: Radford et al. (2019), the encoder published with GPT-2.
    case gpt2
    /// The later one (Llama 3, Qwen 2): contractions in any case, one character of any kind before a word, runs
    /// of digits of bounded length, line ends kept with the punctuation before them.
    case bounded
  }

  let family: Family
  /// The longest run of digits that stays together; only for `.bounded`.
  let digits: Int
  /// Whether combining marks count as letters; only for `.bounded`.
  let marksAreLetters: Bool

  static let gpt2 = PatternScanner(family: .gpt2, digits: .max, marksAreLetters: false)
  static let llama3 = PatternScanner(family: .bounded, digits: 3, marksAreLetters: false)
  static let qwen2 = PatternScanner(family: .bounded, digits: 1, marksAreLetters: false)
  static let qwen35 = PatternScanner(family: .bounded, digits: 1, marksAreLetters: true)

  private static let known: [(regex: String, scanner: PatternScanner)] = [
    (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, gpt2),
    (#"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, gpt2),
    (bounded(letters: #"\p{L}"#, digits: #"\p{N}{1,3}"#), llama3),
    (bounded(letters: #"\p{L}"#, digits: #"\p{N}"#), qwen2),
    (bounded(letters: #"[\p{L}\p{M}]"#, digits: #"\p{N}"#), qwen35),
  ]

  private static func bounded(letters: String, digits: String) -> String {
    let others = letters == #"\p{L}"# ? #"\p{L}\p{N}"# : #"\p{L}\p{M}\p{N}"#
    return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\#(letters)+|\#(digits)"#
      + #"| ?[^\s\#(others)]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  private init(family: Family, digits: Int, marksAreLetters: Bool) {
    self.family = family
    self.digits = digits
    self.marksAreLetters = marksAreLetters
  }

  /// The scanner of a regular expression that is spelled exactly like a known one.
  init?(regex: String) {
    guard let entry = Self.known.first(where: { $0.regex == regex }) else { return nil }
    self = entry.scanner
  }

  /// The regular expression that this scanner stands for.
  var regex: String { Self.known.first { $0.scanner == self }?.regex ?? family.rawValue }

  /// Appends the matches in `range` of valid UTF-8, from left to right; they tile it.
  func appendMatches(of bytes: [UInt8], in range: Range<Int>, to words: inout [Range<Int>]) {
    bytes.withUnsafeBufferPointer { bytes in
      var text = ScannedText(bytes: bytes, end: range.upperBound, marksAreLetters: marksAreLetters)
      var start = range.lowerBound
      while start < range.upperBound {
        let end = family == .gpt2 ? text.gpt2(from: start) : text.bounded(from: start, digits: digits)
        words.append(start..<end)
        start = end
      }
    }
  }
}

/// The text under a scanner: where the match that begins at a byte ends.
private struct ScannedText {
  let bytes: UnsafeBufferPointer<UInt8>
  let end: Int
  let marksAreLetters: Bool

  mutating func gpt2(from start: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'"), let end = contraction(from: start, ignoresCase: false) {
      return end
    }
    var first = start
    if bytes[start] == 0x20, start + 1 < end { first += 1 }
    let (kind, length) = classify(first)
    switch kind {
    case .letter, .number, .other: return run(of: kind, from: first + length)
    case .space, .mark: return blanks(from: start, endsAtNewline: false)
    }
  }

  mutating func bounded(from start: Int, digits: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'"), let end = contraction(from: start, ignoresCase: true) { return end }
    let (kind, length) = classify(start)
    if kind == .letter { return run(of: .letter, from: start + length) }
    if kind == .number { return number(from: start, atMost: digits) }
    let next = start + length
    // One character of any other kind, line ends excepted, may lead a word.
    if !isNewline(start), next < end {
      let (following, size) = classify(next)
      if following == .letter { return run(of: .letter, from: next + size) }
    }
    var first = start
    if bytes[start] == 0x20, next < end { first = next }
    let (leading, size) = classify(first)
    if leading == .other {
      var end = run(of: .other, from: first + size)
      while end < self.end, isNewline(end) { end += 1 }
      return end
    }
    return blanks(from: start, endsAtNewline: true)
  }

  // MARK: Alternatives

  /// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`. Without regard to case the long s (U+017F) is an s, too.
  private func contraction(from start: Int, ignoresCase: Bool) -> Int? {
    guard start + 1 < end else { return nil }
    let fold: UInt8 = ignoresCase ? 0x20 : 0
    let first = letter(start + 1, fold)
    if "stmd".utf8.contains(first) { return start + 2 }
    guard start + 2 < end else { return nil }
    if ignoresCase, bytes[start + 1] == 0xC5, bytes[start + 2] == 0xBF { return start + 3 }
    switch (first, letter(start + 2, fold)) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }

  /// The byte at `index`, lower-cased if it is an ASCII letter and `fold` is set.
  private func letter(_ index: Int, _ fold: UInt8) -> UInt8 {
    let byte = bytes[index]
    return 0x41...0x5A ~= byte ? byte | fold : byte
  }

  private func number(from start: Int, atMost limit: Int) -> Int {
    var index = start
    var count = 0
    while index < end, count < limit {
      let (kind, length) = classify(index)
      guard kind == .number else { break }
      index += length
      count += 1
    }
    return index
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`, without the first alternative for GPT-2: up to the last line end; else all the
  /// blanks if nothing follows them; else all but the last, which belongs to the next word; else the only one.
  private func blanks(from start: Int, endsAtNewline: Bool) -> Int {
    var index = start
    var last = start
    var newline: Int?
    while index < end {
      let (kind, length) = classify(index)
      guard kind == .space else { break }
      last = index
      if endsAtNewline, isNewline(index) { newline = index + 1 }
      index += length
    }
    if let newline { return newline }
    return index == end || last == start ? index : last
  }

  private func run(of kind: ScalarClass, from start: Int) -> Int {
    var index = start
    while index < end {
      let (next, length) = classify(index)
      guard next == kind else { break }
      index += length
    }
    return index
  }

  // MARK: Characters

  /// The kind of the scalar at `index`, marks folded into letters or the rest, and its length.
  @inline(__always)
  private func classify(_ index: Int) -> (kind: ScalarClass, length: Int) {
    let (value, length) = decodeScalar(bytes, at: index)
    let kind = ScalarClass(value)
    return (kind == .mark ? (marksAreLetters ? .letter : .other) : kind, length)
  }

  private func isNewline(_ index: Int) -> Bool { bytes[index] == 0x0A || bytes[index] == 0x0D }
}
