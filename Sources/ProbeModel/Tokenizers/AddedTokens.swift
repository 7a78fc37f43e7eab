/// A token that stands beside the model's vocabulary and is looked for in the text before the model sees it.
struct AddedToken: Sendable, Equatable {
  var id: Int
  var content: String
  /// Matches only where no word character adjoins.
  var isSingleWord = false
  /// Takes the blanks before it along.
  var stripsLeft = false
  /// Takes the blanks after it along.
  var stripsRight = false
  /// Is looked for in normalized text, in its own normalized form.
  var isNormalized = false
  /// Is left out of decoded text on request, and not looked for unless special tokens are parsed.
  var isSpecial = false
}

/// Finds added tokens in text: leftmost first, the longest of those that begin at one place.
struct AddedTokenMatcher: Sendable {
  private struct Entry: Sendable {
    let token: AddedToken
    let bytes: [UInt8]
  }

  /// A stretch of text: an added token, or what lies between.
  struct Segment {
    let range: Range<Int>
    let token: AddedToken?
  }

  private let entries: [Entry]
  /// By first byte: indices of entries, longest first.
  private let byFirst: [[Int]]

  /// - Parameter tokens: tokens, each with the bytes to look for.
  init(_ tokens: [(token: AddedToken, bytes: [UInt8])]) {
    entries = tokens.filter { !$0.bytes.isEmpty }.map { Entry(token: $0.token, bytes: $0.bytes) }
    var table = [[Int]](repeating: [], count: entries.isEmpty ? 0 : 256)
    for (index, entry) in entries.enumerated() { table[Int(entry.bytes[0])].append(index) }
    for first in table.indices {
      let entries = entries
      table[first].sort { (entries[$1].bytes.count, $0) < (entries[$0].bytes.count, $1) }
    }
    byFirst = table
  }

  var isEmpty: Bool { entries.isEmpty }

  /// Cuts text into added tokens and what lies between; the segments tile the text.
  ///
  /// - Parameter findsSpecial: whether special tokens count; if not, a place where one stands is passed over as
  ///   the reference does, other added tokens inside it included.
  func segments(of bytes: [UInt8], findsSpecial: Bool) -> [Segment] {
    guard !entries.isEmpty else { return [Segment(range: 0..<bytes.count, token: nil)] }
    var segments: [Segment] = []
    var covered = 0
    var index = 0
    while let (entry, position) = nextMatch(in: bytes, from: index) {
      var start = position
      var end = position + entry.bytes.count
      index = end
      if entry.token.isSpecial, !findsSpecial { continue }
      if entry.token.isSingleWord, !standsAlone(start..<end, in: bytes) { continue }
      if entry.token.stripsLeft {
        while start > covered, let before = scalar(before: start, in: bytes), before.isBlank {
          start -= before.length
        }
        start = max(start, covered)
      }
      if entry.token.stripsRight {
        while let after = scalar(at: end, in: bytes), after.isBlank { end += after.length }
      }
      if covered < start { segments.append(Segment(range: covered..<start, token: nil)) }
      segments.append(Segment(range: start..<end, token: entry.token))
      covered = end
      index = end
    }
    if covered < bytes.count { segments.append(Segment(range: covered..<bytes.count, token: nil)) }
    return segments
  }

  private func nextMatch(in bytes: [UInt8], from start: Int) -> (entry: Entry, position: Int)? {
    bytes.withUnsafeBufferPointer { bytes in
      var index = start
      while index < bytes.count {
        for candidate in byFirst[Int(bytes[index])] {
          let entry = entries[candidate]
          if index + entry.bytes.count <= bytes.count,
            entry.bytes.withUnsafeBufferPointer({ $0.elementsEqual(bytes[index..<index + $0.count]) })
          {
            return (entry, index)
          }
        }
        index += 1
      }
      return nil
    }
  }

  // MARK: Neighbours

  private func standsAlone(_ range: Range<Int>, in bytes: [UInt8]) -> Bool {
    let before = scalar(before: range.lowerBound, in: bytes)
    let after = scalar(at: range.upperBound, in: bytes)
    return before?.isWord != true && after?.isWord != true
  }

  private struct Neighbour {
    let length: Int
    let isBlank: Bool
    let isWord: Bool

    init(_ decoded: (value: UInt32, length: Int)) {
      let scalar = Unicode.Scalar(decoded.value) ?? "\u{FFFD}"
      length = decoded.length
      isBlank = scalar.isBlank
      isWord = scalar.isWord
    }
  }

  private func scalar(at index: Int, in bytes: [UInt8]) -> Neighbour? {
    guard index < bytes.count else { return nil }
    return bytes.withUnsafeBufferPointer { Neighbour(decodeScalar($0, at: index)) }
  }

  private func scalar(before index: Int, in bytes: [UInt8]) -> Neighbour? {
    guard index > 0 else { return nil }
    var start = index - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start, in: bytes)
  }
}
