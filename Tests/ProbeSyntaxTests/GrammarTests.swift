import Foundation
import Testing

@testable import ProbeSyntax

/// Finding and loading grammars.
@Suite struct GrammarTests {
  private func library(_ named: String?, in folder: SourceFolder) -> GrammarLibrary {
    GrammarLibrary(
      environment: named.map { ["PROBE_GRAMMARS": $0] } ?? [:], workingDirectory: folder.path)
  }

  @Test func aMissingGrammarSaysHowToGetIt() throws {
    let folder = try SourceFolder()
    let error = #expect(throws: GrammarError.self) { try library(nil, in: folder).grammar(of: .python) }
    #expect(error?.reason == .notFound && error?.location == "grammar of python")
    #expect(error?.description.contains("scripts/fetch-grammars.sh") == true)
  }

  @Test func aPathThatLeadsNowhereIsNamed() throws {
    let folder = try SourceFolder()
    let path = folder.path + "/none.so"
    let error = #expect(throws: GrammarError.self) { try library(path, in: folder).grammar(of: .python) }
    #expect(error?.reason == .notFound && error?.location == path)
    #expect(error?.advice.contains("unset PROBE_GRAMMARS") == true)
  }

  @Test(arguments: ["", "no library", "\u{7f}ELF\u{2}\u{1}"]) func whatIsNoLibraryIsRefused(_ text: String)
    throws
  {
    let folder = try SourceFolder(["languages.so": text])
    let error = #expect(throws: GrammarError.self) {
      try library(folder.path, in: folder).grammar(of: .python)
    }
    #expect(error?.reason == .notALibrary && error?.location == folder.path + "/languages.so")
    #expect(error?.problem.contains("no shared library") == true)
  }

  @Test(.needsGrammars) func aLibraryThatWasCutShortIsRefusedBeforeItIsLoaded() throws {
    let whole = try Data(
      contentsOf: URL(fileURLWithPath: TestGrammar.of(.python).path), options: .alwaysMapped)
    let folder = try SourceFolder()
    let path = try folder.write("languages.so", whole.prefix(whole.count / 2))
    let error = #expect(throws: GrammarError.self) { try Grammar(of: .python, library: path) }
    #expect(error?.reason == .notALibrary && error?.problem.hasPrefix("cut short") == true)
    #expect(error?.problem.contains("the file has \(whole.count / 2)") == true)
  }

  @Test(.needsGrammars) func aLanguageThatTheLibraryLacksIsNamed() throws {
    let path = try TestGrammar.of(.python).path
    let unknown = SourceLanguage(
      name: "klingon", symbol: "tree_sitter_klingon", extensions: [], functionKinds: [], nameKinds: [],
      commentKinds: [])
    let error = #expect(throws: GrammarError.self) { try Grammar(of: unknown, library: path) }
    #expect(error?.reason == .missingSymbol && error?.location == path)
    #expect(error?.problem == "the library does not export tree_sitter_klingon")
  }

  @Test(arguments: [12, 15]) func grammarsOfAnotherABIAreRefused(_ abi: Int) throws {
    let folder = try SourceFolder([
      "g.c": "static unsigned table[64] = {\(abi)};\nvoid *tree_sitter_python(void) { return table; }\n"
    ])
    let path = folder.path + "/tree-sitter-python.so"
    _ = try output(of: "clang", ["-shared", "-fPIC", "-o", path, folder.path + "/g.c"])
    let error = #expect(throws: GrammarError.self) {
      try library(folder.path, in: folder).grammar(of: .python)
    }
    #expect(error?.reason == .unsupportedABI && error?.location == path)
    #expect(error?.problem == "tree_sitter_python has ABI \(abi); the system's tree-sitter takes 13 to 14")
  }

  @Test(.needsGrammars) func grammarsLieInFoldersAboveTheWorkingDirectory() throws {
    let folder = try SourceFolder(["a/b/c.txt": ""])
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.probe/grammars", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.probe/grammars/languages.so",
      withDestinationPath: TestGrammar.of(.python).path)
    let found = try GrammarLibrary(environment: [:], workingDirectory: folder.path + "/a/b")
      .grammar(of: .go)
    #expect(found.abi == 14)
  }

  @Test(.needsGrammars) func theIdentityIsTheDigestOfTheFile() throws {
    let grammar = try TestGrammar.of(.rust)
    let sum = try output(of: "sha256sum", [grammar.path])
    #expect(try grammar.identity().digest == String(sum.prefix(64)))
    #expect(try grammar.identity().language == "rust")
  }

  @Test func anUnknownLanguageListsThoseThatAreKnown() {
    let error = #expect(throws: GrammarError.self) { try SourceLanguages.named("cobol") }
    #expect(
      error?.description
        == "cobol: no language is called so. Known: python, javascript, go, java, c, rust")
  }
}
