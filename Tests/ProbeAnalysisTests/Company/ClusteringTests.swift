import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct ClusteringTests {
  @Test func clustersThatLieApartAreFound() {
    var stream = RandomStream(seed: 1, "points")
    // Far from the origin: distances must not drown in the mean.
    let rows = (0..<90).map { item -> [Float] in
      [Float(item % 3) * 4 + 5000 + Float(stream.normal()) * 0.2, Float(stream.normal()) * 0.2 - 3000]
    }
    let points = Tensor(rows: rows)
    let made = KMeans(points, clusters: 3, RandomStream(seed: 1, "k-means"))
    for item in 3..<90 { #expect(made.assignments[item] == made.assignments[item % 3]) }
    #expect(Set(made.assignments).count == 3)
    // Centres are the means of their points, inertia the sum of squared distances to them.
    var inertia = 0.0
    for c in 0..<3 {
      let own = (0..<90).filter { made.assignments[$0] == c }
      for j in 0..<2 {
        let mean = own.reduce(0.0) { $0 + Double(points[$1, j]) } / Double(own.count)
        #expect(abs(Double(made.centres[c, j]) - mean) < 1e-3)
        inertia += own.reduce(0.0) { $0 + pow(Double(points[$1, j]) - mean, 2) }
      }
    }
    #expect(abs(made.inertia - inertia) < 1e-2 * inertia)
    #expect(made.nearest(rows[4]) == made.assignments[4])
  }

  @Test func equalPointsAreNoTrouble() {
    let made = KMeans(Tensor([6, 2], repeating: 3), clusters: 4, RandomStream(seed: 2, "k-means"))
    #expect(made.inertia == 0 && made.assignments.count == 6)
    #expect(made.centres.elements.allSatisfy { $0 == 3 })
  }

  @Test func wordsKeepTheirAngles() {
    // With as many dimensions as words nothing is lost: products of rows are those of tf · ln(N/df) at length 1.
    let bags = [["a", "b"], ["a", "c"], ["b", "b"], ["c", "c", "c"]]
    let embedded = LexicalEmbedding.features(bags, dimensions: 8, seed: 1)
    #expect(embedded.shape == [4, 3])
    // Each word is in two of four bags, so all weigh ln 2: rows (1, 1, 0)/√2, (1, 0, 1)/√2, (0, 1, 0), (0, 0, 1).
    let root = (1 / 2.0).squareRoot()
    let expected: [[Double]] = [
      [1, 0.5, root, 0], [0.5, 1, 0, root], [root, 0, 1, 0],
      [0, root, 0, 1],
    ]
    for a in 0..<4 {
      for b in 0..<4 {
        let product = zip(embedded[row: a], embedded[row: b]).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        #expect(abs(product - expected[a][b]) < 1e-5)
      }
    }
  }

  @Test func commonWordsWeighNothing() {
    let embedded = LexicalEmbedding.features([["the", "cat"], ["the", "dog"], ["the"]], seed: 1)
    #expect(embedded[row: 2].allSatisfy { abs($0) < 1e-6 })
    let product = zip(embedded[row: 0], embedded[row: 1]).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    #expect(abs(product) < 1e-5)
    #expect(LexicalEmbedding.features([[], []], seed: 1).shape == [2, 1])
  }
}
