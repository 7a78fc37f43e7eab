/// The merges of a byte-pair encoding: for a pair of ids, its rank and the id of the two together.
///
/// Open addressing over 16-byte entries keyed by both ids in one integer: one cache line answers nearly every
/// look-up, and look-ups are where encoding spends its time.
struct MergeTable: Sendable {
  /// One merge.
  struct Entry: Sendable {
    var key: UInt64
    var rank: Int32
    var merged: Int32
  }

  private static let free = UInt64.max
  private var entries: [Entry]
  private let shift: UInt64

  /// A table with room for `count` merges.
  init(capacity count: Int) {
    var bits: UInt64 = 4
    while 1 << bits < count * 2 { bits += 1 }
    shift = 64 - bits
    entries = [Entry](repeating: Entry(key: Self.free, rank: 0, merged: 0), count: 1 << Int(bits))
  }

  /// Sets the merge of a pair; a later one replaces an earlier one, as in the reference.
  mutating func insert(_ left: Int32, _ right: Int32, rank: Int32, merged: Int32) {
    let key = Self.key(left, right)
    var slot = Self.slot(key, shift)
    while entries[slot].key != Self.free, entries[slot].key != key { slot = (slot + 1) & (entries.count - 1) }
    entries[slot] = Entry(key: key, rank: rank, merged: merged)
  }

  /// Gives the look-up to `body`.
  @inline(__always)
  func withLookup<Result>(_ body: (Lookup) -> Result) -> Result {
    entries.withUnsafeBufferPointer { body(Lookup(entries: $0, shift: shift)) }
  }

  /// The table, for as long as its memory is held.
  struct Lookup {
    fileprivate let entries: UnsafeBufferPointer<Entry>
    fileprivate let shift: UInt64

    /// The rank of a pair and the id of the two together; rank `Int32.max` when they do not merge.
    @inline(__always)
    func find(_ left: Int32, _ right: Int32) -> (rank: Int32, merged: Int32) {
      let key = MergeTable.key(left, right)
      var slot = MergeTable.slot(key, shift)
      while true {
        let entry = entries[slot]
        if entry.key == key { return (entry.rank, entry.merged) }
        if entry.key == MergeTable.free { return (.max, -1) }
        slot = (slot + 1) & (entries.count - 1)
      }
    }
  }

  @inline(__always)
  fileprivate static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  fileprivate static func slot(_ key: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }
}

/// A symbol of a word: an id and the bytes of the word it covers.
struct Symbol: Sendable, Equatable {
  var id: Int32
  var start: Int32
  var end: Int32
}

/// Merges the symbols of one word: the pair of lowest rank first, the leftmost of equals.
///
/// Short words (nearly all) are rescanned after each merge over ranks kept at hand; long ones, which a text
/// without blanks makes, go through a heap, so that a word of n symbols costs O(n log n).
/// Reference: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (ACL 2016).
struct SymbolMerger: Sendable {
  /// The symbols of the word: filled by the caller, merged in place.
  var symbols: [Symbol] = []
  private var ranks: [Int32] = []
  private var merges: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [UInt64] = []

  private static let longWord = 48

  /// Merges until no pair of neighbours has a rank.
  mutating func merge(_ table: MergeTable) {
    guard symbols.count > 1 else { return }
    table.withLookup { lookup in
      if symbols.count <= Self.longWord { mergeShort(lookup) } else { mergeLong(lookup) }
    }
  }

  private mutating func mergeShort(_ lookup: MergeTable.Lookup) {
    var count = symbols.count
    ranks.removeAll(keepingCapacity: true)
    merges.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 {
      let (rank, merged) = lookup.find(symbols[index].id, symbols[index + 1].id)
      ranks.append(rank)
      merges.append(merged)
    }
    symbols.withUnsafeMutableBufferPointer { symbols in
      ranks.withUnsafeMutableBufferPointer { ranks in
        merges.withUnsafeMutableBufferPointer { merges in
          while count > 1 {
            var best = 0
            for index in 1..<max(count - 1, 1) where ranks[index] < ranks[best] { best = index }
            guard ranks[best] < .max else { break }
            symbols[best].id = merges[best]
            symbols[best].end = symbols[best + 1].end
            count -= 1
            for index in best + 1..<max(count, best + 1) { symbols[index] = symbols[index + 1] }
            for index in best..<max(count - 1, best) {
              ranks[index] = ranks[index + 1]
              merges[index] = merges[index + 1]
            }
            if best > 0 {
              (ranks[best - 1], merges[best - 1]) = lookup.find(symbols[best - 1].id, symbols[best].id)
            }
            if best < count - 1 {
              (ranks[best], merges[best]) = lookup.find(symbols[best].id, symbols[best + 1].id)
            }
          }
        }
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  private mutating func mergeLong(_ lookup: MergeTable.Lookup) {
    let count = symbols.count
    next = (0..<Int32(count)).map { $0 + 1 < Int32(count) ? $0 + 1 : -1 }
    previous = (0..<Int32(count)).map { $0 - 1 }
    ranks = [Int32](repeating: .max, count: count)
    merges = [Int32](repeating: -1, count: count)
    heap.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 { rank(index, lookup) }
    while let (rank, index) = popLowest() {
      // An entry is stale once its pair has changed.
      guard ranks[index] == rank else { continue }
      let right = Int(next[index])
      symbols[index].id = merges[index]
      symbols[index].end = symbols[right].end
      ranks[right] = .max
      next[index] = next[right]
      if next[right] >= 0 { previous[Int(next[right])] = Int32(index) }
      self.rank(index, lookup)
      if previous[index] >= 0 { self.rank(Int(previous[index]), lookup) }
    }
    var kept: [Symbol] = []
    var index = 0
    while index >= 0 {
      kept.append(symbols[index])
      index = Int(next[index])
    }
    symbols = kept
  }

  /// Looks up the pair that begins at `index` and queues it.
  private mutating func rank(_ index: Int, _ lookup: MergeTable.Lookup) {
    guard next[index] >= 0 else {
      ranks[index] = .max
      return
    }
    (ranks[index], merges[index]) = lookup.find(symbols[index].id, symbols[Int(next[index])].id)
    if ranks[index] < .max { push(UInt64(UInt32(ranks[index])) << 32 | UInt64(index)) }
  }

  // MARK: Heap of (rank, position)

  private mutating func push(_ entry: UInt64) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func popLowest() -> (rank: Int32, index: Int)? {
    guard let lowest = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        guard heap[child] < heap[parent] else { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return (Int32(truncatingIfNeeded: lowest >> 32), Int(lowest & 0xFFFF_FFFF))
  }
}
