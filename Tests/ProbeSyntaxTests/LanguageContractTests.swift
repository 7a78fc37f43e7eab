import Foundation
import Testing

@testable import ProbeSyntax

/// What every language promises, whichever are in the list.
@Suite(.needsGrammars) struct LanguageContractTests {
  @Test(arguments: SourceLanguages.all) func kindsExistInItsGrammar(_ language: SourceLanguage) throws {
    let kinds = Set(try TestGrammar.of(language).kinds)
    // Grammars of other years call some kinds otherwise, so a set may name kinds that this one lacks.
    #expect(!language.functionKinds.isDisjoint(with: kinds))
    #expect(!language.nameKinds.isDisjoint(with: kinds))
    #expect(!language.commentKinds.isDisjoint(with: kinds))
    #expect(language.docstringKinds.isSubset(of: kinds))
    #expect(kinds.contains { SourceLanguage.isStringLeaf($0) })
  }

  @Test(arguments: SourceLanguages.all) func namesAreUniqueAndFindIt(_ language: SourceLanguage) throws {
    #expect(try SourceLanguages.named(language.name) == language)
    #expect(SourceLanguages.all.filter { $0.name == language.name }.count == 1)
    let others = SourceLanguages.all.filter { $0.name != language.name }
    #expect(others.allSatisfy { Set($0.extensions).isDisjoint(with: language.extensions) })
  }

  /// A function `f` that returns its argument, with a comment, in a file of the language.
  private static let sources = [
    "python": "def f(a):\n    # c\n    return a\n",
    "javascript": "function f(a) {\n    // c\n    return a;\n}\n",
    "go": "package p\n\nfunc f(a int) int {\n    // c\n    return a\n}\n",
    "java": "class C {\n    int f(int a) {\n        // c\n        return a;\n    }\n}\n",
    "c": "int f(int a) {\n    // c\n    return a;\n}\n",
    "rust": "fn f(a: i32) -> i32 {\n    // c\n    return a;\n}\n",
  ]

  @Test(arguments: SourceLanguages.all) func aFunctionIsFoundCleanedAndParses(_ language: SourceLanguage)
    throws
  {
    let grammar = try TestGrammar.of(language)
    let source = try #require(Self.sources[language.name], "give the contract test a function")
    let functions = try FunctionExtractor(grammar).functions(in: source)
    #expect(functions.map(\.name) == ["f"])
    guard case .text(let text, let tree) = functions.first?.content else {
      Issue.record("\(functions)")
      return
    }
    #expect(!text.contains("// c") && !text.contains("# c") && text.contains("return a"))
    #expect(!text.hasPrefix(" ") && !text.contains("        return"))
    // All of the text but blanks is leaves.
    #expect(leafTexts(tree, text).joined() == text.filter { !$0.isWhitespace })
    #expect(try CodeCleaner(grammar).clean(text) == text)
  }

  @Test(arguments: SourceLanguages.all) func leavesNeitherOverlapNorAreEmpty(_ language: SourceLanguage)
    throws
  {
    let source = try #require(Self.sources[language.name])
    let tree = try #require(try TestGrammar.of(language).parse(source).tree)
    var end = 0
    for leaf in tree.leaves.map({ tree.nodes[$0].range }) {
      #expect(!leaf.isEmpty && leaf.lowerBound >= end)
      end = leaf.upperBound
    }
  }

  @Test(arguments: SourceLanguages.all) func brokenTextsAreTold(_ language: SourceLanguage) throws {
    let grammar = try TestGrammar.of(language)
    for text in ["", " \n\t\r\n", "\u{c}"] {
      guard case .broken(let place) = try grammar.parse(text) else {
        Issue.record("\(text.debugDescription) parses")
        continue
      }
      #expect(place.reason == .empty && place.description.hasSuffix("there is nothing to parse"))
    }
    for text in ["} ) ]", "((((", "\u{0}\u{1}".replacingOccurrences(of: "\0", with: "`")] {
      #expect(try grammar.parse(text).tree == nil, "\(text.debugDescription)")
    }
  }

  @Test(arguments: SourceLanguages.all) func deepAndLongTextsAreParsedOrRefused(_ language: SourceLanguage)
    throws
  {
    let grammar = try TestGrammar.of(language)
    let deep = String(repeating: "(", count: 30_000) + "x" + String(repeating: ")", count: 30_000)
    _ = try grammar.parse(deep)
    _ = try grammar.parse(String(repeating: "[", count: 60_000))
    _ = try grammar.parse(String(repeating: "if ( x ]", count: 2_000))
    let error = #expect(throws: GrammarError.self) {
      try grammar.parse(String(repeating: "(", count: 100_000))
    }
    #expect(error?.reason == .badInput && error?.problem.contains("tree-sitter can hold 65535") == true)
    let zero = #expect(throws: GrammarError.self) { try grammar.parse("a\u{0}b") }
    #expect(zero?.location == "byte 1 of the text")
  }
}
