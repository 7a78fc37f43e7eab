import ProbeMath

@testable import ProbeAnalysis

/// Snippets whose trees lie in a known subspace of their leaves' vectors.
///
/// A leaf's place in the subspace is a walk: from one leaf to the next it moves by √height along the axis of the
/// gap's label, so that ‖pᵢ − pᵢ₋₁‖² is the height and its direction the label; a last axis holds the unary label.
/// Everything else is noise outside of the subspace.
struct PlantedSyntax {
  let task: SyntacticSubspaceFitter.Task
  /// The planted basis, `[width, rank]`.
  let basis: Tensor

  init(width: Int, labels: Int, snippets count: Int, noise: Double, seed: UInt64) {
    var stream = RandomStream(seed: seed, "planted")
    let rank = labels + 1
    basis = Self.orthonormal(width, rank, &stream)
    var vectors: [Float] = []
    var snippets: [SyntacticSnippet] = []
    var row = 0
    for _ in 0..<count {
      let gaps = 6 + stream.index(below: 10)
      let heights = Self.heights(gaps, &stream)
      let classes = heights.map { _ in stream.index(below: labels) }
      let unaries = (0...gaps).map { _ in stream.index(below: 2) }
      var place = [Double](repeating: 0, count: rank)
      for leaf in 0...gaps {
        if leaf > 0 { place[classes[leaf - 1]] += (2 * Double(heights[leaf - 1])).squareRoot() }
        var inside = place
        // Small, since a change of unary must not move a leaf as far as a level of the tree does.
        inside[labels] = unaries[leaf] == 0 ? -0.3 : 0.3
        vectors += Self.vector(inside, basis, noise: noise, &stream)
      }
      snippets.append(
        SyntacticSnippet(
          rows: row..<row + gaps + 1, heights: heights, labels: classes, unaries: unaries))
      row += gaps + 1
    }
    let train = count * 7 / 10
    task = .init(
      vectors: Tensor([row, width], vectors), snippets: snippets, train: Array(0..<train),
      validation: Array(train..<count), labels: labels, unaries: 2)
  }

  /// Heights of a random binary tree over `gaps` + 1 leaves, by the textbook's recursion.
  static func heights(_ gaps: Int, _ stream: inout RandomStream) -> [Int] {
    guard gaps > 0 else { return [] }
    let split = stream.index(below: gaps)
    let left = heights(split, &stream)
    let right = heights(gaps - 1 - split, &stream)
    return left + [1 + max(left.max() ?? 0, right.max() ?? 0)] + right
  }

  private static func vector(
    _ inside: [Double], _ basis: Tensor, noise: Double, _ stream: inout RandomStream
  ) -> [Float] {
    let outside = (0..<basis.rows).map { _ in noise * stream.normal() }
    let seen = inside.indices.map { k in
      outside.indices.reduce(0) { $0 + outside[$1] * Double(basis[$1, k]) }
    }
    return outside.indices.map { d in
      Float(
        inside.indices.reduce(outside[d]) { $0 + (inside[$1] - seen[$1]) * Double(basis[d, $1]) })
    }
  }

  /// Gram–Schmidt on normal draws.
  private static func orthonormal(_ rows: Int, _ columns: Int, _ stream: inout RandomStream) -> Tensor {
    var basis: [[Double]] = []
    while basis.count < columns {
      var next = (0..<rows).map { _ in stream.normal() }
      for other in basis {
        let along = zip(next, other).reduce(0) { $0 + $1.0 * $1.1 }
        for index in next.indices { next[index] -= along * other[index] }
      }
      let norm = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(next.map { $0 / norm })
    }
    return Tensor([rows, columns], (0..<rows).flatMap { row in basis.map { Float($0[row]) } })
  }
}
