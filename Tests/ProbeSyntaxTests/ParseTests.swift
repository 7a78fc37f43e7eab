import ProbeModel
import Testing

@testable import ProbeSyntax

/// Trees of single texts.
@Suite(.needsGrammars) struct ParseTests {
  /// In-order labels of the binarised tree, without a tree of its own: for neighbouring leaves, the chain of labels of
  /// the lowest common ancestor's binary node, ∅ for a node that binarisation makes.
  private func labels(_ tree: SyntaxTree) -> [String] {
    func walk(_ index: Int, _ chain: [String]) -> (labels: [String], count: Int) {
      let node = tree.nodes[index]
      if node.children.isEmpty { return ([], 1) }
      let chain = chain + [node.kind]
      if node.children.count == 1 { return walk(node.children[0], chain) }
      var labels: [String] = []
      for (place, child) in node.children.enumerated() {
        if place > 0 { labels.append(place == 1 ? chain.joined(separator: "/") : "∅") }
        labels += walk(child, []).labels
      }
      return (labels, 0)
    }
    return walk(0, []).labels
  }

  /// Golden labels c of the AST-Probe specification, made with tree-sitter-python 0.25.0: this grammar parses alike.
  @Test func theGoldenVectorsOfTheSpecificationHold() throws {
    let grammar = try TestGrammar.of(.python)
    let call = try #require(try grammar.parse("x = f(y)").tree)
    #expect(leafTexts(call, "x = f(y)") == ["x", "=", "f", "(", "y", ")"])
    #expect(
      labels(call) == ["module/expression_statement/assignment", "∅", "call", "argument_list", "∅"])

    let maximum = "def maximum(a, b):\n    if a > b:\n        return a\n    return b\n"
    let function = try #require(try grammar.parse(maximum).tree)
    #expect(function.leaves.count == 17)
    #expect(
      labels(function) == [
        "module/function_definition", "∅", "parameters", "∅", "∅", "∅", "∅", "∅", "if_statement",
        "comparison_operator", "∅", "∅", "∅", "block/return_statement", "block", "return_statement",
      ])

    let loop =
      "for element in l:\n    if element > 0:\n        c+=1\n    else:\n        selected = element\n        break\n"
    let statement = try #require(try grammar.parse(loop).tree)
    #expect(statement.leaves.count == 19)
    #expect(
      labels(statement) == [
        "module/for_statement", "∅", "∅", "∅", "∅", "block/if_statement", "comparison_operator", "∅", "∅",
        "∅",
        "block/expression_statement/augmented_assignment", "∅", "∅", "else_clause", "∅",
        "expression_statement/assignment", "∅", "block",
      ])
  }

  @Test func stringsAreLeavesWhateverTheyHold() throws {
    let text = "x = f'{a + b}' \"\"\"c\n\nd\"\"\""
    let tree = try #require(try TestGrammar.of(.python).parse(text).tree)
    #expect(leafTexts(tree, text) == ["x", "=", "f'{a + b}'", "\"\"\"c\n\nd\"\"\""])
    let go = "var x = \"a\\n\"\n"
    let other = try #require(try TestGrammar.of(.go).parse(go).tree)
    #expect(leafTexts(other, go) == ["var", "x", "=", "\"a\\n\""])
  }

  @Test func lineBreaksThatEndGoStatementsAreNoLeaves() throws {
    let text = "func f() {\n\tx := 1\n\treturn\n}"
    let tree = try #require(try TestGrammar.of(.go).parse(text).tree)
    #expect(leafTexts(tree, text) == ["func", "f", "(", ")", "{", "x", ":=", "1", "return", "}"])
    #expect(tree.nodes[0].kind == "source_file")
  }

  @Test func theWrappedMethodIsTheRoot() throws {
    let text = "int f(int a) { return a; }"
    let tree = try #require(try TestGrammar.of(.java).parse(text).tree)
    #expect(
      tree.nodes[0] == .init(kind: "method_declaration", range: 0..<26, children: tree.nodes[0].children))
    #expect(leafTexts(tree, text).joined() == "intf(inta){returna;}")
    guard case .broken(let place) = try TestGrammar.of(.java).parse("} class X {") else {
      Issue.record("it parses")
      return
    }
    #expect(place.reason == .leavesFrame)
  }

  @Test func theFirstBreakHasALineAndAColumn() throws {
    guard case .broken(let place) = try TestGrammar.of(.python).parse("x = 1\ny = = 2\n") else {
      Issue.record("it parses")
      return
    }
    #expect(place.line == 2)
    guard case .broken(let missing) = try TestGrammar.of(.c).parse("int a") else {
      Issue.record("it parses")
      return
    }
    #expect(missing.reason == .missing(";") && missing.description == "line 1, column 6: expected ;")
  }

  @Test(arguments: ["\n", "\r\n"]) func tabsCarriageReturnsAndOtherAlphabetsAreParsed(_ end: String) throws {
    let text = ["def größe(变量, été):", "\tif 变量:", "\t\treturn \"ж\"", "\treturn été"].joined(separator: end)
    let tree = try #require(try TestGrammar.of(.python).parse(text).tree)
    let leaves = leafTexts(tree, text)
    #expect(
      leaves == [
        "def", "größe", "(", "变量", ",", "été", ")", ":", "if", "变量", ":", "return", "\"ж\"", "return", "été",
      ])
  }

  @Test func fiveThousandLeavesInAComb() throws {
    let text = "x = " + Array(repeating: "a", count: 2_500).joined(separator: "+")
    let tree = try #require(try TestGrammar.of(.python).parse(text).tree)
    #expect(tree.leaves.count == 2 + 2_500 + 2_499)
  }

  @Test func leavesBecomeSpansOfTheirKind() throws {
    let example = Example(id: "a", text: "f(é)", labels: ["x": .bool(true)], group: "g", split: "test")
    let tree = try #require(try TestGrammar.of(.python).parse("f(é)").tree)
    let marked = example.withLeaves(of: tree)
    #expect(
      marked.spans == [
        LabelledSpan(start: 0, end: 1, label: "leaf", value: .string("identifier")),
        LabelledSpan(start: 1, end: 2, label: "leaf", value: .string("(")),
        LabelledSpan(start: 2, end: 4, label: "leaf", value: .string("identifier")),
        LabelledSpan(start: 4, end: 5, label: "leaf", value: .string(")")),
      ])
    #expect(marked.group == "g" && marked.split == "test" && marked.labels == example.labels)
    #expect(throws: Never.self) { try Corpus([marked]) }
  }

  /// Written down by hand from the rule in ``TextLimits``, two to begin with.
  @Test func tokensAreCountedFromAbove() {
    #expect(TextLimits.tokens("".utf8) == 2)
    #expect(TextLimits.tokens("ab1 + c_d(2)\n".utf8) == 2 + 2 + 1 + 1 + 1 + 1 + 1 + 2)
  }
}
