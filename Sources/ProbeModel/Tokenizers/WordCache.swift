/// Words that were encoded before, with their symbols.
///
/// Half of all words of a text are among a few hundred; remembering them is most of the speed. The cache belongs
/// to one caller at a time, so it needs no lock.
struct WordCache: Sendable {
  private struct Entry: Sendable {
    var hash: UInt64
    var word: Int32
    var wordCount: Int32
    var symbols: Int32
    var symbolCount: Int32
  }

  /// Longer words hardly recur.
  static let longestWord = 64
  private static let maximumEntries = 1 << 16

  private var slots: [Int32]
  private var entries: [Entry] = []
  private var words: [UInt8] = []
  private(set) var symbols: [Symbol] = []

  init() { slots = [Int32](repeating: -1, count: 512) }

  /// Where the symbols of `word` lie in `symbols`, if it is remembered.
  @inline(__always)
  func find(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Range<Int>? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, Int(entry.wordCount) == word.count, equal(word, at: Int(entry.word)) {
        return Int(entry.symbols)..<Int(entry.symbols + entry.symbolCount)
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Remembers a word that is not in the cache; does nothing once it is full.
  mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, symbols new: [Symbol]) {
    guard entries.count < Self.maximumEntries else { return }
    if entries.count * 2 >= slots.count { grow() }
    place(Int32(entries.count), hash)
    entries.append(
      Entry(
        hash: hash, word: Int32(words.count), wordCount: Int32(word.count), symbols: Int32(symbols.count),
        symbolCount: Int32(new.count)))
    words.append(contentsOf: word)
    symbols.append(contentsOf: new)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 4)
    for (index, entry) in entries.enumerated() { place(Int32(index), entry.hash) }
  }

  private mutating func place(_ index: Int32, _ hash: UInt64) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = index
  }

  @inline(__always)
  private func equal(_ word: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
    words.withUnsafeBufferPointer { words in
      for index in 0..<word.count where words[start + index] != word[index] { return false }
      return true
    }
  }
}
