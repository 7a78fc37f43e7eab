import ProbeAnalysis
import ProbeMath
import Testing

struct ShuffledTupleTests {
  private let gold = SyntaxTuple(GoldenTree.loop.tree)

  @Test func gapsAndUnariesAreThoseOfTheSnippet() {
    var stream = RandomStream(seed: 1, "shuffled")
    for place in 0..<300 {
      let tuple = SyntaxTuple(NestedTree.random(&stream, depth: 5))
      let shuffled = tuple.shuffled(seed: 7, name: "snippet \(place)")
      func gaps(_ tuple: SyntaxTuple) -> [String] {
        zip(tuple.heights, tuple.labels).map { "\($0) \($1)" }.sorted()
      }
      #expect(gaps(shuffled) == gaps(tuple))
      #expect(shuffled.unaries.sorted() == tuple.unaries.sorted())
      // A proper tree: the highest gap has kept its label.
      #expect(!ConstituentTree(shuffled).nodes.contains { $0.kind == ConstituentTree.badRoot })
    }
  }

  @Test func seedAndNameDecide() {
    let shuffled = gold.shuffled(seed: 7, name: "a")
    #expect(shuffled == gold.shuffled(seed: 7, name: "a"))
    #expect(shuffled != gold.shuffled(seed: 7, name: "b"))
    #expect(shuffled != gold.shuffled(seed: 8, name: "a"))
    #expect(shuffled != gold)
  }

  @Test func theRootMayComeToStandAnywhere() {
    var places = [Int](repeating: 0, count: gold.heights.count)
    for snippet in 0..<1800 {
      let heights = gold.shuffled(seed: 7, name: "\(snippet)").heights
      if let root = heights.firstIndex(of: 14) { places[root] += 1 }
    }
    // 100 each are expected, with a standard deviation of 9.7; the seed is fixed.
    #expect(places.allSatisfy { $0 > 50 && $0 < 150 })
  }

  @Test func unariesMoveApartFromGaps() {
    // `break` has the only unary, `block` is the label of one gap: 19 places and 18, any two together.
    let places = (0..<3420).map { snippet in
      let shuffled = gold.shuffled(seed: 7, name: "\(snippet)")
      return [
        shuffled.unaries.firstIndex { !$0.isEmpty },
        shuffled.labels.firstIndex(of: SyntaxLabel(kind: "block")),
      ]
    }
    // Ten of each are expected, so that hardly one is missing.
    #expect(Set(places).count > 330)
  }
}
