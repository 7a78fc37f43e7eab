import Foundation
import ProbeMath
import ProbeSyntax
import Testing

@testable import ProbeAnalysis

struct SyntaxTupleTests {
  @Test(arguments: GoldenTree.all.indices) func goldenVectorsAreExact(index: Int) throws {
    let golden = GoldenTree.all[index]
    let tuple = SyntaxTuple(golden.tree)
    #expect(try tuple == SyntaxTuple(golden.heights, golden.labels, golden.unaries))
    #expect(ConstituentTree(tuple).brackets == golden.tree.description)
  }

  @Test func tuplesAreThoseOfTheRecursiveDefinition() {
    var stream = RandomStream(seed: 1, "trees")
    var widest = 0
    for _ in 0..<2000 {
      let tree = NestedTree.random(&stream, depth: 1 + stream.index(below: 6))
      let expected = TextbookBinaryTree(tree).tuple
      let tuple = SyntaxTuple(tree)
      #expect(tuple.heights == expected.d)
      #expect(tuple.labels.map(\.kinds) == expected.c)
      #expect(tuple.unaries.map(\.kinds) == expected.u)
      widest = max(widest, tuple.leafCount)
    }
    #expect(widest > 100)
  }

  @Test func depthsAreThoseOfTheRecursiveDefinitionAndRestoreTheSameTree() {
    var stream = RandomStream(seed: 2, "trees")
    for _ in 0..<2000 {
      let tree = NestedTree.random(&stream, depth: 6, widest: 4)
      let tuple = SyntaxTuple(tree)
      #expect(tuple.depths == TextbookBinaryTree(tree).depths().map { -$0 })
      let restored = ConstituentTree(heights: tuple.depths, labels: tuple.labels, unaries: tuple.unaries)
      #expect(restored == ConstituentTree(tuple))
    }
  }

  @Test func aLeafHasNoGaps() throws {
    #expect(try SyntaxTuple(NestedTree.leaf("x")) == SyntaxTuple([], "", "E"))
    let chain = NestedTree.node("module", [.node("expression_statement", [.leaf("x")])])
    #expect(try SyntaxTuple(chain) == SyntaxTuple([], "", "module/expression_statement"))
    #expect(SyntaxTuple(chain).depths.isEmpty)
  }

  @Test func twoLeavesHaveOneGap() throws {
    let pair = NestedTree.node("module", [.node("pair", [.leaf("x"), .node("y", [.leaf("y")])])])
    #expect(try SyntaxTuple(pair) == SyntaxTuple([1], "module/pair", "E y"))
  }

  @Test func aParsedTextIsATree() throws {
    // `f()` in a module.
    let tree = SyntaxTree(nodes: [
      .init(kind: "module", range: 0..<3, children: [1]),
      .init(kind: "call", range: 0..<3, children: [2, 3]),
      .init(kind: "identifier", range: 0..<1, children: []),
      .init(kind: "argument_list", range: 1..<3, children: [4, 5]),
      .init(kind: "(", range: 1..<2, children: []), .init(kind: ")", range: 2..<3, children: []),
    ])
    #expect(try SyntaxTuple(tree) == SyntaxTuple([2, 1], "module/call argument_list", "E E E"))
    #expect(ConstituentTree(tree).brackets == "(module (call 0 (argument_list 1 2)))")
  }

  @Test func tuplesSurviveJSON() throws {
    var stream = RandomStream(seed: 3, "trees")
    for _ in 0..<50 {
      let tuple = SyntaxTuple(NestedTree.random(&stream, depth: 4))
      let prediction = TuplePrediction(tuple)
      let data = try JSONEncoder().encode(tuple)
      #expect(try JSONDecoder().decode(SyntaxTuple.self, from: data) == tuple)
      #expect(
        try JSONDecoder().decode(TuplePrediction.self, from: JSONEncoder().encode(prediction)) == prediction)
    }
  }

  @Test func tuplesOfLengthsThatDoNotFitAreRefused() throws {
    let json = Data(#"{"heights":[1,2],"labels":["a"],"unaries":["∅","∅"]}"#.utf8)
    for decode in [
      { _ = try JSONDecoder().decode(SyntaxTuple.self, from: json) },
      { _ = try JSONDecoder().decode(TuplePrediction.self, from: json) },
    ] {
      let error = try #require(throws: DecodingError.self, performing: decode)
      guard case .dataCorrupted(let context) = error else {
        Issue.record("\(error)")
        continue
      }
      #expect(context.debugDescription == "2 leaves need 1 heights and labels, found 2 and 1")
      #expect(context.codingPath.map(\.stringValue) == ["heights"])
    }
    let none = Data(#"{"heights":[],"labels":[],"unaries":[]}"#.utf8)
    let error = try #require(throws: DecodingError.self) {
      try JSONDecoder().decode(SyntaxTuple.self, from: none)
    }
    guard case .dataCorrupted(let context) = error else { throw error }
    #expect(context.debugDescription == "no leaves")
  }
}
