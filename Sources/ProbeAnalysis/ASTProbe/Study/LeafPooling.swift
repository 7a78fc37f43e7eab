import ProbeMath

/// Makes vectors of leaves from rows of tokens: the mean over a leaf's tokens (López et al. 2022, §3.2).
///
/// Rows come in any order and in parts; a row may belong to several leaves.
struct LeafPooling: Sendable {
  /// Number of leaves.
  let leafCount: Int
  /// Of each row, where its leaves begin in ``leaves``.
  private let starts: [Int]
  private let leaves: [Int32]
  /// 1 / number of tokens, by leaf.
  private let weights: [Float]

  /// Pools `rowCount` rows.
  ///
  /// - Parameter rows: of each leaf, the rows of its tokens.
  init(rows: [[Int]], rowCount: Int) {
    leafCount = rows.count
    weights = rows.map { 1 / Float(max($0.count, 1)) }
    var starts = [Int](repeating: 0, count: rowCount + 1)
    for row in rows.lazy.joined() { starts[row + 1] += 1 }
    for row in 0..<rowCount { starts[row + 1] += starts[row] }
    var next = starts
    var leaves = [Int32](repeating: 0, count: starts[rowCount])
    for (leaf, rows) in rows.enumerated() {
      for row in rows {
        leaves[next[row]] = Int32(leaf)
        next[row] += 1
      }
    }
    (self.starts, self.leaves) = (starts, leaves)
  }

  /// Adds the share of `rows`, whose values lie one after the other at `values`, to `vectors`, `[leafCount, width]`.
  func add(
    _ values: UnsafePointer<Float>, rows: Range<Int>, width: Int, to vectors: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let source = values + (row - rows.lowerBound) * width
      for place in starts[row]..<starts[row + 1] {
        let leaf = Int(leaves[place])
        let (target, weight) = (vectors + leaf * width, weights[leaf])
        for index in 0..<width { target[index] += weight * source[index] }
      }
    }
  }
}
