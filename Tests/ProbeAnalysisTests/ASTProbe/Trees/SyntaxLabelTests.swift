import Foundation
import ProbeAnalysis
import Testing

struct SyntaxLabelTests {
  @Test func textFormsAreReadable() {
    #expect(SyntaxLabel.empty.description == "∅")
    #expect(SyntaxLabel(["module", "expression_statement"]).description == "module/expression_statement")
    #expect(SyntaxLabel("module/expression_statement")?.kinds == ["module", "expression_statement"])
    #expect(SyntaxLabel("∅") == .empty)
  }

  @Test func everyChainHasATextOfItsOwn() {
    let kinds = ["a", "/", "\\", "∅", "∅b", "b∅", "", "a/b", "\\/", "\\∅"]
    let chains = [[]] + kinds.map { [$0] } + kinds.flatMap { a in kinds.map { b in [a, b] } }
    let labels = chains.map(SyntaxLabel.init(_:))
    #expect(Set(labels.map(\.description)).count == chains.count)
    for label in labels { #expect(SyntaxLabel(label.description) == label) }
  }

  @Test func aTextThatEndsInAnEscapeIsRefused() throws {
    #expect(SyntaxLabel("a\\") == nil)
    let json = Data(#"["b", "a\\"]"#.utf8)
    let error = try #require(throws: DecodingError.self) {
      try JSONDecoder().decode([SyntaxLabel].self, from: json)
    }
    guard case .dataCorrupted(let context) = error else { throw error }
    #expect(context.debugDescription == #""a\\" is no syntax label: it ends in a lone \"#)
    #expect(context.codingPath.map(\.intValue) == [1])
  }

  @Test func labelsAreOrderedKindByKind() {
    let sorted = [[], ["a"], ["a", "b"], ["b"]].map(SyntaxLabel.init(_:))
    #expect(sorted.reversed().sorted() == sorted)
  }
}
