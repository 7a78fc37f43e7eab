/// The pieces of a vocabulary as a tree of bytes: finds every piece that begins at a place in one walk.
///
/// The children of a node lie side by side, in the order of their bytes, so a node takes nine bytes and a step is
/// a scan of a few neighbours; the first step, where nearly every byte has a child, is a table.
struct PieceTrie: Sendable {
  /// By node: the byte that leads to it.
  private var labels: [UInt8] = [0]
  /// By node: the first of its children. They end where the next node's begin.
  private var children: [Int32] = []
  /// By node: the id of the piece that ends there, −1 if none does.
  private var ids: [Int32] = [-1]
  /// The root's children by byte, −1 for none.
  private var roots = [Int32](repeating: -1, count: 256)

  /// Builds the tree of all pieces that are not empty; the last of equal ones counts.
  init(_ pieces: [String]) {
    // Nodes are made level by level: each stands for a range of the sorted pieces.
    var arena: [UInt8] = []
    var offsets: [Int] = [0]
    offsets.reserveCapacity(pieces.count + 1)
    for piece in pieces {
      arena.append(contentsOf: piece.utf8)
      offsets.append(arena.count)
    }
    let sorted = Self.sorted(pieces.count, arena, offsets)
    var level: [(node: Int, range: Range<Int>)] = [(0, sorted.startIndex..<sorted.endIndex)]
    var depth = 0
    while !level.isEmpty {
      var next: [(node: Int, range: Range<Int>)] = []
      for (node, range) in level {
        children.append(Int32(labels.count))
        var index = range.lowerBound
        // Pieces that end here come first.
        while index < range.upperBound, offsets[sorted[index] + 1] - offsets[sorted[index]] == depth {
          if depth > 0 { ids[node] = Int32(sorted[index]) }
          index += 1
        }
        while index < range.upperBound {
          let byte = arena[offsets[sorted[index]] + depth]
          let start = index
          while index < range.upperBound, arena[offsets[sorted[index]] + depth] == byte { index += 1 }
          next.append((labels.count, start..<index))
          labels.append(byte)
          ids.append(-1)
        }
      }
      level = next
      depth += 1
    }
    children.append(Int32(labels.count))
    for node in Int(children[0])..<Int(children[1]) { roots[Int(labels[node])] = Int32(node) }
  }

  private static func sorted(_ count: Int, _ arena: [UInt8], _ offsets: [Int]) -> [Int] {
    arena.withUnsafeBufferPointer { arena in
      (0..<count).sorted { left, right in
        let first = UnsafeBufferPointer(rebasing: arena[offsets[left]..<offsets[left + 1]])
        let second = UnsafeBufferPointer(rebasing: arena[offsets[right]..<offsets[right + 1]])
        for index in 0..<min(first.count, second.count) where first[index] != second[index] {
          return first[index] < second[index]
        }
        return (first.count, left) < (second.count, right)
      }
    }
  }

  /// Gives the walk to `body`.
  @inline(__always)
  func withWalk<Result>(_ body: (Walk) -> Result) -> Result {
    labels.withUnsafeBufferPointer { labels in
      children.withUnsafeBufferPointer { children in
        ids.withUnsafeBufferPointer { ids in
          roots.withUnsafeBufferPointer { roots in
            body(Walk(labels: labels, children: children, ids: ids, roots: roots))
          }
        }
      }
    }
  }

  /// The tree, for as long as its memory is held.
  struct Walk {
    fileprivate let labels: UnsafeBufferPointer<UInt8>
    fileprivate let children: UnsafeBufferPointer<Int32>
    fileprivate let ids: UnsafeBufferPointer<Int32>
    fileprivate let roots: UnsafeBufferPointer<Int32>

    /// Calls `body` with the id and end of every piece that `text` holds at `start`, shortest first.
    @inline(__always)
    func forEachPiece(
      of text: UnsafeBufferPointer<UInt8>, at start: Int, _ body: (_ id: Int32, _ end: Int) -> Void
    ) {
      var node = Int(roots[Int(text[start])])
      var end = start + 1
      while node >= 0 {
        if ids[node] >= 0 { body(ids[node], end) }
        guard end < text.count else { return }
        node = child(of: node, at: text[end])
        end += 1
      }
    }

    @inline(__always)
    private func child(of node: Int, at byte: UInt8) -> Int {
      var index = Int(children[node])
      let end = Int(children[node + 1])
      while index < end {
        if labels[index] >= byte { return labels[index] == byte ? index : -1 }
        index += 1
      }
      return -1
    }
  }
}
