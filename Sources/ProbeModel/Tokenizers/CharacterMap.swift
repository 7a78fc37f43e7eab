import Foundation

/// The character map of a SentencePiece model, the `precompiled_charsmap` of a `Precompiled` normalizer.
///
/// Layout, little-endian: the size of the trie in bytes as 32 bits; the trie, a double array of 32-bit units; the
/// replacements as UTF-8, each ended by a NUL. A unit holds a label (bits 0–7), whether a value hangs on it
/// (bit 8), and the distance to its children (bits 10–30, in units of 256 if bit 9 is set); a unit with bit 31
/// set is a value, the place of a replacement.
/// Reference: the double-array trie of darts-clone, as SentencePiece's `Normalizer` reads it.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// The SHA-256 of the Base64 text that the map was read from, for the fingerprint.
  let digest: String

  /// Reads a map and checks every place that it can lead to.
  init(_ node: JSONNode) throws(TokenizerError) {
    let source = try node.string()
    digest = SHA256Digest.of(source)
    guard let data = Data(base64Encoded: source) else {
      throw node.invalid(expected: "Base64", found: "\(source.utf8.count) characters that are not")
    }
    let bytes = [UInt8](data)
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
    let size = bytes.count < 4 ? 0 : Int(word(0))
    guard size >= 4, size <= bytes.count - 4 else {
      throw node.invalid(
        expected: "a trie of 4 to \(max(bytes.count - 4, 4)) bytes",
        found: bytes.count < 4 ? "\(bytes.count) bytes in all" : "one of \(size)")
    }
    let units = (0..<size / 4).map { word(4 + 4 * $0) }
    let replacements = Array(bytes[(4 + size / 4 * 4)...])
    guard String(validating: replacements, as: UTF8.self) != nil else {
      throw node.invalid(expected: "replacements in UTF-8", found: "bytes that are not UTF-8")
    }
    self.units = units
    self.replacements = replacements
    try checkPlaces(node)
  }

  /// Every unit that leads somewhere must lead to a unit, and a value to the beginning of a character.
  private func checkPlaces(_ node: JSONNode) throws(TokenizerError) {
    for (index, unit) in units.enumerated() where unit >> 31 == 0 {
      let place = index ^ Self.offset(unit)
      guard place < units.count else {
        throw node.invalid(
          expected: "a trie of \(units.count) units", found: "unit \(index) that leads to unit \(place)")
      }
      guard Self.hasValue(unit) else { continue }
      let value = Int(units[place] & 0x7FFF_FFFF)
      guard value <= replacements.count, value == replacements.count || replacements[value] & 0xC0 != 0x80
      else {
        throw node.invalid(
          expected: "a place in \(replacements.count) bytes of replacements",
          found: "\(value) in unit \(place)")
      }
    }
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }
  private static func hasValue(_ unit: UInt32) -> Bool { unit & 0x100 != 0 }

  /// The replacement for the shortest beginning of `bytes[range]` that has one, as a range of the replacements.
  private func find(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var place = Self.offset(units[0])
    for index in range {
      let byte = bytes[index]
      if byte == 0 { return nil }
      place ^= Int(byte)
      guard place < units.count, units[place] & 0x8000_00FF == UInt32(byte) else { return nil }
      let unit = units[place]
      place ^= Self.offset(unit)
      if Self.hasValue(unit) {
        let start = Int(units[place] & 0x7FFF_FFFF)
        return start..<(replacements[start...].firstIndex(of: 0) ?? replacements.count)
      }
    }
    return nil
  }

  // MARK: Rewriting

  /// The longest grapheme cluster that is looked up as a whole, in bytes.
  private static let longestCluster = 5

  /// Rewrites `text` as the reference does: a short grapheme cluster becomes, as a whole, the replacement of its
  /// shortest beginning that has one; failing that, and in longer clusters, every character goes by itself.
  ///
  /// - Throws: ``TokenizerError`` `.endlessText` when the text would become longer than `longest`.
  func apply(to text: inout AlignedText, longest: Int) throws(TokenizerError) {
    var rewriter = Rewriter(map: self, text: text)
    var index = 0
    let bytes = text.bytes
    while index < bytes.count {
      // Between two ASCII characters there always is a boundary, save between CR and LF.
      var end = index + 1
      while end < bytes.count, bytes[end - 1] >= 0x80 || bytes[end] >= 0x80 || Self.isLineEnd(bytes, end) {
        end += 1
      }
      if bytes[index] < 0x80, end - index <= 2, bytes[end - 1] < 0x80 {
        rewriter.cluster(index..<end)
      } else {
        var start = index
        for character in String(decoding: bytes[index..<end], as: UTF8.self) {
          let next = start + character.utf8.count
          rewriter.cluster(start..<next)
          start = next
        }
      }
      index = end
      if let builder = rewriter.builder { try SplitPattern.check(builder.count, longest: longest) }
    }
    if let result = rewriter.result { text = result }
  }

  private static func isLineEnd(_ bytes: [UInt8], _ index: Int) -> Bool {
    bytes[index - 1] == 0x0D && bytes[index] == 0x0A
  }

  /// Copies what stays in one go, and nothing at all when everything stays.
  private struct Rewriter {
    let map: CharacterMap
    let text: AlignedText
    var builder: AlignedText.Builder?
    var kept = 0

    init(map: CharacterMap, text: AlignedText) {
      self.map = map
      self.text = text
    }

    mutating func cluster(_ range: Range<Int>) {
      if range.count <= CharacterMap.longestCluster, replace(range) { return }
      var start = range.lowerBound
      while start < range.upperBound {
        let end = start + scalarLength(text.bytes[start])
        _ = replace(start..<end)
        start = end
      }
    }

    private mutating func replace(_ range: Range<Int>) -> Bool {
      guard let found = map.find(text.bytes, range) else { return false }
      var next = builder ?? AlignedText.Builder(capacity: text.bytes.count)
      builder = nil
      next.copy(kept..<range.lowerBound, of: text)
      next.append(map.replacements[found], from: text.source(of: range))
      kept = range.upperBound
      builder = next
      return true
    }

    var result: AlignedText? {
      guard var builder else { return nil }
      builder.copy(kept..<text.bytes.count, of: text)
      return builder.text
    }
  }
}
