import ProbeSyntax
import Testing

@Suite struct SyntaxTreeTests {
  @Test func leavesStandInTheOrderOfTheText() {
    let tree = SyntaxTree(nodes: [
      .init(kind: "sum", range: 0..<3, children: [1, 2, 3]), .init(kind: "a", range: 0..<1, children: []),
      .init(kind: "+", range: 1..<2, children: []), .init(kind: "b", range: 2..<3, children: []),
    ])
    #expect(tree.leaves == [1, 2, 3])
  }
}
