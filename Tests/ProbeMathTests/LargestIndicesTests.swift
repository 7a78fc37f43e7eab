import ProbeMath
import Testing

@Suite struct LargestIndicesTests {
  /// Against a stable sort of everything, with many equal values.
  @Test(arguments: [0, 1, 2, 7, 63, 64, 100, 500])
  func theyAreTheBeginningOfASort(_ count: Int) {
    var random = RandomStream(seed: 8, "largest")
    for distinct in [1, 3, 1000] {
      let values = (0..<100).map { _ in Float(random.index(below: distinct)) }
      let sorted = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
      #expect(indicesOfLargest(count, in: values) == Array(sorted.prefix(count)))
    }
  }

  @Test func infinitiesCountAndNaNDoesNot() {
    let values: [Float] = [.nan, 1, -.infinity, .infinity, .nan, 2]
    #expect(indicesOfLargest(9, in: values) == [3, 5, 1, 2])
    #expect(indicesOfLargest(2, in: [Float]()) == [])
  }
}
