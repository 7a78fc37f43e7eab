/// Python snippets of the method's golden vectors, as tree-sitter-python 0.25 parses them, with their tuples.
struct GoldenTree {
  let tree: NestedTree
  let heights: [Int]
  /// In text form, E for ∅.
  let labels: String
  let unaries: String

  /// The paper's own example: `selected = element` and `break` in a block.
  static let paper = GoldenTree(
    tree: .node(
      "block",
      [
        .node(
          "expression_statement", [.node("assignment", [.leaf("selected"), .leaf("="), .leaf("element")])]),
        .node("break_statement", [.leaf("break")]),
      ]),
    heights: [2, 1, 3], labels: "expression_statement/assignment E block", unaries: "E E E break_statement")

  /// `x = f(y)`
  static let call = GoldenTree(
    tree: .node(
      "module",
      [
        .node(
          "expression_statement",
          [
            .node(
              "assignment",
              [
                .leaf("x"), .leaf("="),
                .node(
                  "call",
                  [.leaf("f"), .node("argument_list", [.leaf("("), .leaf("y"), .leaf(")")])]),
              ])
          ])
      ]),
    heights: [5, 4, 3, 2, 1], labels: "module/expression_statement/assignment E call argument_list E",
    unaries: "E E E E E E")

  /// `def maximum(a, b):`, `if a > b:`, `return a`, `return b`
  static let function = GoldenTree(
    tree: .node(
      "module",
      [
        .node(
          "function_definition",
          [
            .leaf("def"), .leaf("maximum"),
            .node("parameters", [.leaf("("), .leaf("a"), .leaf(","), .leaf("b"), .leaf(")")]), .leaf(":"),
            .node(
              "block",
              [
                .node(
                  "if_statement",
                  [
                    .leaf("if"), .node("comparison_operator", [.leaf("a"), .leaf(">"), .leaf("b")]),
                    .leaf(":"),
                    .node("block", [.node("return_statement", [.leaf("return"), .leaf("a")])]),
                  ]), .node("return_statement", [.leaf("return"), .leaf("b")]),
              ]),
          ])
      ]),
    heights: [9, 8, 4, 3, 2, 1, 7, 6, 4, 2, 1, 3, 2, 1, 5, 1],
    labels: """
      module/function_definition E parameters E E E E E if_statement comparison_operator E E E \
      block/return_statement block return_statement
      """, unaries: "E E E E E E E E E E E E E E E E E")

  /// `for element in l:` with an if that adds one, and an else that assigns and breaks
  static let loop = GoldenTree(
    tree: .node(
      "module",
      [
        .node(
          "for_statement",
          [
            .leaf("for"), .leaf("element"), .leaf("in"), .leaf("l"), .leaf(":"),
            .node(
              "block",
              [
                .node(
                  "if_statement",
                  [
                    .leaf("if"), .node("comparison_operator", [.leaf("element"), .leaf(">"), .leaf("0")]),
                    .leaf(":"),
                    .node(
                      "block",
                      [
                        .node(
                          "expression_statement",
                          [.node("augmented_assignment", [.leaf("c"), .leaf("+="), .leaf("1")])])
                      ]), .node("else_clause", [.leaf("else"), .leaf(":"), paper.tree]),
                  ])
              ]),
          ])
      ]),
    heights: [14, 13, 12, 11, 10, 9, 2, 1, 8, 7, 2, 1, 6, 5, 4, 2, 1, 3],
    labels: """
      module/for_statement E E E E block/if_statement comparison_operator E E E \
      block/expression_statement/augmented_assignment E E else_clause E expression_statement/assignment E block
      """, unaries: "E E E E E E E E E E E E E E E E E E break_statement")

  static let all = [paper, call, function, loop]
}
