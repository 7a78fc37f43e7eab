import Testing

@testable import ProbeMath

@Suite struct IndexPermutationTests {
  @Test(arguments: [0, 1, 2, 3, 5, 16, 17, 1_000, 4_097])
  func everyIndexIsTheImageOfExactlyOne(count: Int) {
    let permutation = IndexPermutation(count, seed: 11)
    #expect(Set((0..<count).map { permutation[$0] }) == Set(0..<count))
  }

  @Test func theSeedAndTheNameDecide() {
    let images = { (permutation: IndexPermutation) in (0..<200).map { permutation[$0] } }
    #expect(images(IndexPermutation(200, seed: 1, "a")) == images(IndexPermutation(200, seed: 1, "a")))
    #expect(images(IndexPermutation(200, seed: 1, "a")) != images(IndexPermutation(200, seed: 2, "a")))
    #expect(images(IndexPermutation(200, seed: 1, "a")) != images(IndexPermutation(200, seed: 1, "b")))
  }

  @Test func largeDomainsAreReachedWithoutMemory() {
    let count = 1 << 40
    let permutation = IndexPermutation(count, seed: 3)
    let images = (0..<1_000).map { permutation[count - 1 - $0] }
    #expect(Set(images).count == 1_000)
    #expect(images.allSatisfy { (0..<count).contains($0) })
  }

  /// Where index 0 … 6 go under 14,000 seeds: each of the 49 cells expects 2,000. χ² has 36 degrees of freedom
  /// (rows and columns sum up); its 99.99th percentile is 76.4, so that a sound permutation fails once in 10,000 —
  /// and the seeds are fixed.
  @Test func everyImageIsEquallyLikely() {
    var counts = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 7)
    for seed in 0..<14_000 {
      let permutation = IndexPermutation(7, seed: UInt64(seed))
      for index in 0..<7 { counts[index][permutation[index]] += 1 }
    }
    let chiSquared = counts.joined().reduce(0) { $0 + ($1 - 2_000) * ($1 - 2_000) / 2_000 }
    #expect(chiSquared < 76.4, "\(chiSquared)")
  }

  /// Neighbours are not kept together: |image(i + 1) − image(i)| averages a third of the domain, as for two
  /// independent uniform values. Its standard deviation over 100,000 pairs is below 0.001 of the domain.
  @Test func neighboursPartCompany() {
    let count = 100_000
    let permutation = IndexPermutation(count, seed: 5)
    let sum = (0..<(count - 1)).reduce(0.0) { $0 + Double(abs(permutation[$1 + 1] - permutation[$1])) }
    #expect(abs(sum / Double(count - 1) / Double(count) - 1.0 / 3) < 0.005)
  }
}
