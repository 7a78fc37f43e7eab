import Foundation

/// SentencePiece's rewriting rules as its models carry them: a double-array trie of the spellings to rewrite, and
/// the spellings they become. T5's and XLM-R's `nmt_nfkc` is such a table.
///
/// As in the reference, which tries each grapheme cluster of fewer than six bytes as a whole (of the spellings
/// that begin it the shortest counts, and all of the cluster is replaced), then its scalars one by one.
///
/// The layout: the trie's size in bytes as a little-endian 32-bit number, the trie's 32-bit units, then the
/// replacements, each ended by a zero byte. Reference: google/sentencepiece, `normalizer.cc`; the units are
/// those of the Darts-clone library.
struct PrecompiledNormalizer: Sendable {
  /// The table as the file has it, for the fingerprint.
  let table: [UInt8]
  private let units: [UInt32]
  /// The replacements, as bytes.
  private let replacements: [UInt8]

  static let longestCluster = 5

  /// Reads the table. Everything that a walk could meet is checked on the way, so that a damaged trie rewrites
  /// oddly and never reads beyond its end.
  ///
  /// - Parameter complain: makes the error of what was expected and what was found.
  init(table: [UInt8], complain: (_ expected: String, _ found: String) -> TokenizerError) throws(TokenizerError)
  {
    guard table.count >= 4 else {
      throw complain("a size of four bytes, then a trie and replacements", "\(table.count) bytes")
    }
    let size = table[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size % 4 == 0, size >= 4, size <= table.count - 4 else {
      throw complain("a trie of whole 32-bit units within \(table.count - 4) bytes", "\(size) bytes")
    }
    units = (0..<size / 4).map { index in
      table[4 + index * 4..<8 + index * 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    replacements = Array(table[(4 + size)...])
    guard String(validating: replacements, as: UTF8.self) != nil else {
      throw complain("replacements in UTF-8", "bytes that are not")
    }
    self.table = table
  }

  /// The replacement of the shortest spelling that begins `part`; `nil` when none does.
  private func replacement(of part: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    guard var unit = units.first else { return nil }
    var node = Self.offset(unit)
    for byte in part {
      if byte == 0 { return nil }
      node ^= Int(byte)
      guard node < units.count else { return nil }
      unit = units[node]
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
      node ^= Self.offset(unit)
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { return nil }
        return string(at: Int(units[node] & (1 << 31 - 1)))
      }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }

  /// The replacement that begins at a byte; `nil` where none begins.
  private func string(at start: Int) -> Range<Int>? {
    guard start <= replacements.count else { return nil }
    guard start == replacements.count || replacements[start] & 0xC0 != 0x80 else { return nil }
    return start..<(replacements[start...].firstIndex(of: 0) ?? replacements.count)
  }

  /// Rewrites `text`.
  func apply(to text: inout AlignedText) {
    var builder = AlignedText.Builder(of: text)
    var changed = false
    var kept = 0
    func rewrite(_ range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
      guard let found = replacement(of: UnsafeBufferPointer(rebasing: bytes[range])) else { return false }
      builder.copy(kept..<range.lowerBound, of: text)
      builder.append(replacements[found], from: text.source(of: range))
      kept = range.upperBound
      changed = true
      return true
    }
    text.bytes.withUnsafeBufferPointer { bytes in
      Self.forEachCluster(bytes) { cluster in
        if cluster.count <= Self.longestCluster, rewrite(cluster, bytes) { return }
        // A cluster of one scalar was tried just now, if it was short.
        var index = cluster.lowerBound
        while index < cluster.upperBound {
          let length = scalarLength(bytes[index])
          if length < cluster.count || length > Self.longestCluster { _ = rewrite(index..<index + length, bytes) }
          index += length
        }
      }
    }
    guard changed else { return }
    builder.copy(kept..<text.bytes.count, of: text)
    text = builder.text
  }

  /// Calls `body` with the bytes of every extended grapheme cluster. Between two ASCII characters other than CR
  /// and LF there is always a boundary, which spares most texts the look-up.
  private static func forEachCluster(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    var index = 0
    while index < bytes.count {
      let isASCII = bytes[index] < 0x80
      if isASCII, bytes[index] != 0x0D, index + 1 == bytes.count || bytes[index + 1] < 0x80 {
        body(index..<index + 1)
        index += 1
        continue
      }
      // A stretch that ends where a boundary is sure: before an ASCII character that another one follows.
      var end = index + 1
      while end < bytes.count, !(bytes[end] < 0x80 && bytes[end - 1] < 0x80 && bytes[end - 1] != 0x0D) {
        end += 1
      }
      for character in String(decoding: bytes[index..<end], as: UTF8.self) {
        body(index..<index + character.utf8.count)
        index += character.utf8.count
      }
    }
  }
}

extension PrecompiledNormalizer {
  /// Reads `precompiled_charsmap`, in base64.
  init(_ node: JSONNode) throws(TokenizerError) {
    let charsmap = try node.required("precompiled_charsmap")
    let text = try charsmap.string()
    guard let data = Data(base64Encoded: text) else {
      throw charsmap.invalid(expected: "base64", found: "\(text.utf8.count) bytes that are not")
    }
    try self.init(table: Array(data)) { charsmap.invalid(expected: $0, found: $1) }
  }
}
