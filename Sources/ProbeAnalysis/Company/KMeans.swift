import ProbeMath

/// Points gathered around centres such that the sum of squared distances is small.
///
/// k-means++ chooses the first centres, each with probability proportional to its squared distance from those before
/// (Arthur & Vassilvitskii, SODA 2007); Lloyd's iterations follow until no point moves. The best of several starts.
struct KMeans: Sendable, Equatable {
  /// `[clusters, d]`.
  let centres: Tensor
  /// The nearest centre of each point, the first of equals.
  let assignments: [Int]
  /// Σ of squared distances to it.
  let inertia: Double

  /// Gathers `points`, `[n, d]`, around at most `clusters` centres, fewer only where there are fewer points.
  init(
    _ points: Tensor, clusters: Int, starts: Int = 4, mostIterations: Int = 60, _ stream: RandomStream
  ) {
    precondition(
      points.rows > 0 && clusters > 0 && starts > 0, "KMeans: \(points.rows) points, \(clusters) clusters")
    let space = PointSpace(points)
    var (stream, best) = (stream, Solution?.none)
    for _ in 0..<starts {
      var solution = space.solution(
        space.firstCentres(min(clusters, points.rows), &stream))
      for _ in 0..<mostIterations {
        let next = space.solution(space.means(solution))
        let isDone = next.assignments == solution.assignments
        solution = next
        if isDone { break }
      }
      if solution.inertia < best?.inertia ?? .infinity { best = solution }
    }
    let found = best ?? space.solution(space.firstCentres(1, &stream))
    (centres, assignments, inertia) = (space.original(found.centres), found.assignments, found.inertia)
  }

  /// The centre nearest to a point, the first of equals.
  func nearest(_ point: [Float]) -> Int {
    let distances = (0..<centres.rows).map { c in
      zip(centres[row: c], point).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    }
    return distances.indices.min { (distances[$0], $0) < (distances[$1], $1) } ?? 0
  }

  fileprivate struct Solution {
    let centres: Tensor
    let assignments: [Int]
    let distances: [Double]
    var inertia: Double { distances.reduce(0, +) }
  }
}

/// Points about their mean: squared distances by products lose digits to a large mean.
private struct PointSpace {
  let points: Tensor
  private let mean: [Float]
  private let squares: [Double]

  init(_ source: Tensor) {
    let (n, d) = (source.rows, source.width)
    var sums = [Double](repeating: 0, count: d)
    for row in 0..<n { for (j, x) in source[row: row].enumerated() { sums[j] += Double(x) } }
    let mean = sums.map { Float($0 / Double(n)) }
    var centred = source
    var squares = [Double](repeating: 0, count: n)
    centred.elements.withUnsafeMutableBufferPointer { x in
      for row in 0..<n {
        for j in 0..<d {
          x[row * d + j] -= mean[j]
          squares[row] += Double(x[row * d + j]) * Double(x[row * d + j])
        }
      }
    }
    (points, self.mean, self.squares) = (centred, mean, squares)
  }

  /// The nearest of `centres` for every point.
  func solution(_ centres: Tensor) -> KMeans.Solution {
    let products = BLAS.multiply(points, centres, transposeB: true)
    let norms = (0..<centres.rows).map { c in
      centres[row: c].reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    var assignments = [Int](repeating: 0, count: points.rows)
    var distances = [Double](repeating: 0, count: points.rows)
    for row in 0..<points.rows {
      var least = Double.infinity
      for c in norms.indices {
        let distance = norms[c] - 2 * Double(products[row, c])
        if distance < least { (least, assignments[row]) = (distance, c) }
      }
      distances[row] = max(0, least + squares[row])
    }
    return KMeans.Solution(centres: centres, assignments: assignments, distances: distances)
  }

  /// The mean of each centre's points; a centre without any moves to the point that is farthest from its own.
  func means(_ solution: KMeans.Solution) -> Tensor {
    let (k, d) = (solution.centres.rows, points.width)
    var sums = [Double](repeating: 0, count: k * d)
    var counts = [Int](repeating: 0, count: k)
    for row in 0..<points.rows {
      let c = solution.assignments[row]
      counts[c] += 1
      for (j, x) in points[row: row].enumerated() { sums[c * d + j] += Double(x) }
    }
    var means = Tensor([k, d])
    var farthest = solution.distances.indices.sorted {
      (solution.distances[$1], $0) < (solution.distances[$0], $1)
    }[...]
    for c in 0..<k {
      let lost = counts[c] == 0 ? farthest.popFirst() : nil
      for j in 0..<d {
        means[c, j] = lost.map { points[$0, j] } ?? Float(sums[c * d + j] / Double(max(counts[c], 1)))
      }
    }
    return means
  }

  func firstCentres(_ count: Int, _ stream: inout RandomStream) -> Tensor {
    var chosen = [stream.index(below: points.rows)]
    var distances = [Double](repeating: .infinity, count: points.rows)
    while chosen.count < count {
      let last = chosen[chosen.count - 1]
      let fresh = solution(points.selecting(rows: [last])).distances
      for row in distances.indices { distances[row] = min(distances[row], fresh[row]) }
      var rest = stream.uniform() * distances.reduce(0, +)
      let next = distances.indices.first { row in
        rest -= distances[row]
        return rest < 0
      }
      // All points lie on a centre: any will do.
      chosen.append(next ?? stream.index(below: points.rows))
    }
    return points.selecting(rows: chosen)
  }

  /// Centres where the points were before they were centred.
  func original(_ centres: Tensor) -> Tensor {
    var moved = centres
    for c in 0..<centres.rows { for j in mean.indices { moved[c, j] += mean[j] } }
    return moved
  }
}
