/// The vocabulary: pieces and their ids, both ways, compared byte by byte.
///
/// Swift's `String` equality is canonical equivalence, under which a composed and a decomposed "é" are one key;
/// a vocabulary may hold both. So the pieces' UTF-8 lies end to end in one array, and an open-addressing table
/// (FNV-1a, linear probing) finds them.
struct PieceTable: Sendable {
  /// The pieces by id; an empty string where an id is unused.
  private(set) var pieces: [String]
  private var arena: [UInt8] = []
  /// Where piece `id` begins in the arena; one longer than `pieces`.
  private var offsets: [Int32]
  /// Ids by hash, −1 for a free slot.
  private var slots: [Int32]
  private let mask: Int

  /// Ids beyond this are taken for damage: no published vocabulary comes near, and memory grows with the
  /// largest id.
  static let maximumID = 1 << 23

  /// The largest id that `count` tokens may have: published vocabularies leave gaps, and memory grows with the gaps, so
  /// that one token with a wild id would take what a large vocabulary does.
  static func largestID(among count: Int) -> Int { min(maximumID, 2 * count + 0xFFFF) }

  /// Builds the table. Pieces must be distinct; empty ones cannot be found.
  ///
  /// - Returns: the ids of the first two equal pieces in `duplicate`, if there are any.
  init(pieces: [String], duplicate: inout (first: Int, second: Int)?) {
    self.pieces = pieces
    var capacity = 16
    while capacity < pieces.count * 2 { capacity *= 2 }
    mask = capacity - 1
    slots = [Int32](repeating: -1, count: capacity)
    offsets = [0]
    offsets.reserveCapacity(pieces.count + 1)
    for piece in pieces {
      arena.append(contentsOf: piece.utf8)
      offsets.append(Int32(arena.count))
    }
    for id in pieces.indices where offsets[id + 1] > offsets[id] {
      if let earlier = insert(id), duplicate == nil { duplicate = (earlier, id) }
    }
  }

  var count: Int { pieces.count }

  /// The id of a piece, spelled as the vocabulary spells it.
  func id(_ piece: String) -> Int32? {
    var piece = piece
    return piece.withUTF8 { find($0) }
  }

  /// The id of the piece whose bytes are `head` followed by `tail`.
  func find(
    _ head: UnsafeBufferPointer<UInt8>, _ tail: UnsafeBufferPointer<UInt8> = .init(start: nil, count: 0)
  )
    -> Int32?
  {
    find(hash: Self.hash(tail, from: Self.hash(head)), head, tail)
  }

  /// As above, for callers that already have the hash of both parts.
  func find(hash: UInt64, _ head: UnsafeBufferPointer<UInt8>, _ tail: UnsafeBufferPointer<UInt8>) -> Int32? {
    arena.withUnsafeBufferPointer { arena in
      var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
      while true {
        let id = slots[slot]
        if id < 0 { return nil }
        let start = Int(offsets[Int(id)])
        let length = Int(offsets[Int(id) + 1]) - start
        if length == head.count + tail.count, Self.equal(arena, start, head),
          Self.equal(arena, start + head.count, tail)
        {
          return id
        }
        slot = (slot + 1) & mask
      }
    }
  }

  /// FNV-1a over 64 bits. It folds byte by byte, so the hash of a longer piece continues that of a shorter one.
  static func hash(_ bytes: UnsafeBufferPointer<UInt8>, from seed: UInt64 = hashSeed) -> UInt64 {
    var hash = seed
    for byte in bytes { hash = extend(hash, byte) }
    return hash
  }

  static let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325

  @inline(__always)
  static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

  private static func equal(
    _ arena: UnsafeBufferPointer<UInt8>, _ start: Int, _ part: UnsafeBufferPointer<UInt8>
  )
    -> Bool
  {
    for index in 0..<part.count where arena[start + index] != part[index] { return false }
    return true
  }

  /// Puts `id` into the table; returns the id that already stands for the same bytes, if one does.
  private mutating func insert(_ id: Int) -> Int? {
    let range = Int(offsets[id])..<Int(offsets[id + 1])
    return arena.withUnsafeBufferPointer { arena in
      let piece = UnsafeBufferPointer(rebasing: arena[range])
      let hash = Self.hash(piece)
      var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
      while slots[slot] >= 0 {
        let other = Int(slots[slot])
        let start = Int(offsets[other])
        if Int(offsets[other + 1]) - start == piece.count, Self.equal(arena, start, piece) { return other }
        slot = (slot + 1) & mask
      }
      slots[slot] = Int32(id)
      return nil
    }
  }
}
