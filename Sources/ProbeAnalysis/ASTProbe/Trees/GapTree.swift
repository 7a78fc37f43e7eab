/// The binary tree that numbers on the gaps between leaves stand for: the highest gap splits the leaves in two, and so
/// on in either part. Of equal gaps the first splits.
///
/// That is the Cartesian tree of the numbers (Vuillemin 1980), built with one stack in linear time.
public struct GapTree: Sendable, Equatable {
  /// The gap that splits the whole; nil when there is one leaf.
  public let root: Int?
  /// Per gap, the gap that splits the leaves left of it within its node; nil when that is one leaf.
  public let lefts: [Int?]
  /// Per gap, the gap that splits the leaves right of it within its node; nil when that is one leaf.
  public let rights: [Int?]
  /// Per gap, the gaps within its node, itself included. Its leaves are one more: from the range's lower bound up to
  /// and including its upper bound.
  public let spans: [Range<Int>]

  /// The tree of these numbers, one per gap. A NaN is below everything on its right and above nothing: the tree is
  /// then of no meaning, but whole.
  public init<Height: Comparable>(_ heights: [Height]) {
    var lefts = [Int?](repeating: nil, count: heights.count)
    var rights = lefts
    var starts = [Int](repeating: 0, count: heights.count)
    var ends = [Int](repeating: heights.count, count: heights.count)
    // The nodes from the root down along the right edge of the tree so far.
    var edge: [Int] = []
    for (gap, height) in heights.enumerated() {
      while let last = edge.last, heights[last] < height {
        lefts[gap] = last
        ends[last] = gap
        edge.removeLast()
      }
      if let above = edge.last {
        rights[above] = gap
        starts[gap] = above + 1
      }
      edge.append(gap)
    }
    root = edge.first
    spans = zip(starts, ends).map { $0..<$1 }
    (self.lefts, self.rights) = (lefts, rights)
  }

  /// Per gap, how many nodes stand above its own.
  public var depths: [Int] {
    var depths = [Int](repeating: 0, count: lefts.count)
    var open = root.map { [$0] } ?? []
    while let gap = open.popLast() {
      for child in [lefts[gap], rights[gap]] {
        guard let child else { continue }
        depths[child] = depths[gap] + 1
        open.append(child)
      }
    }
    return depths
  }
}
