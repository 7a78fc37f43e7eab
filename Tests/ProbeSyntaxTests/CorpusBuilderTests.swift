import Foundation
import ProbeModel
import Testing

@testable import ProbeSyntax

/// Corpora of functions.
@Suite(.needsGrammars) struct CorpusBuilderTests {
  private func build(
    _ folder: SourceFolder, _ change: (inout CorpusSettings) -> Void = { _ in }
  ) throws -> CorpusBuilder.Outcome {
    var settings = CorpusSettings(folders: [folder.path])
    change(&settings)
    return try CorpusBuilder(try TestGrammar.of(.python), settings).build()
  }

  /// `count` functions of different shapes: one more term in each.
  private func functions(_ count: Int, from first: Int = 0) -> String {
    (first..<(first + count)).map { number in
      "def f\(number)(a):\n    return a" + String(repeating: " + a", count: number)
    }.joined(separator: "\n\n") + "\n"
  }

  @Test func copiesAreKeptOnceAcrossFiles() throws {
    let folder = try SourceFolder([
      "a.py": "def f(x):\n    return x + 1\n", "b.py": "def f(x):\n    # copy\n    return x + 1\n",
      "c.py": "def other(name):\n    return name + 2\n", "d.py": "def f(x):\n    return x - 1\n",
    ])
    let outcome = try build(folder)
    #expect(outcome.functions.map(\.id) == ["a.py:1 f", "d.py:1 f"])
    #expect(outcome.tally.count(.duplicate) == 1 && outcome.tally.count(.nearDuplicate) == 1)
    #expect(outcome.tally.kept == 2 && outcome.tally.files == 4)
  }

  @Test func everyFunctionIsAccountedFor() throws {
    let folder = try SourceFolder([
      "a.py": functions(5) + "def long(a):\n    return a" + String(repeating: " * a", count: 300)
        + "\n\ndef only():\n    'doc'\n\ndef out(a):\n    def inner(b): return b\n    return inner\n",
      "b.py": "def g(:\n    return = 1\n", "c.txt": "def no(): pass\n",
    ])
    try folder.write("d.py", Data([0x64, 0xff, 0xfe]))
    try folder.write("e.py", Data("def z():\n    return '\u{0}'\n".utf8))
    let outcome = try build(folder) { $0.maximumPerFile = 4 }
    let tally = outcome.tally
    #expect(tally.files == 4 && tally.notUTF8 == 1 && tally.refused == 1)
    #expect(tally.functions == tally.kept + CorpusTally.Reason.allCases.reduce(0) { $0 + tally.count($1) })
    #expect(tally.count(.tooLong) == 1 && tally.count(.onlyDocstring) == 1 && tally.count(.nested) == 1)
    #expect(tally.count(.overPerFile) == 2 && tally.kept == 4)
  }

  @Test func theLimitCountsCharactersThatAreNotBlank() throws {
    // "deff(é):returné" is 15 characters and 17 bytes.
    let folder = try SourceFolder(["a.py": "def f(é):\n    return é\n"])
    #expect(try build(folder) { $0.maximumCharacters = 15 }.tally.kept == 1)
    #expect(try build(folder) { $0.maximumCharacters = 14 }.tally.count(.tooLong) == 1)
  }

  @Test func leavesBelowTheLimitAreTooFew() throws {
    // def f ( ) : pass
    let folder = try SourceFolder(["a.py": "def f(): pass\n"])
    #expect(try build(folder) { $0.minimumLeaves = 6 }.tally.kept == 1)
    #expect(try build(folder) { $0.minimumLeaves = 7 }.tally.count(.tooFewLeaves) == 1)
  }

  @Test func aLimitTakesManyFilesAndTheSeedDecides() throws {
    let folder = try SourceFolder(
      Dictionary(uniqueKeysWithValues: (0..<6).map { ("f\($0).py", functions(8, from: $0 * 8)) }))
    let one = try build(folder) { ($0.limit, $0.seed) = (6, 1) }
    #expect(Set(one.functions.map(\.path)).count == 6 && one.tally.count(.overLimit) == 42)
    #expect(try build(folder) { ($0.limit, $0.seed) = (6, 1) }.functions == one.functions)
    let seeds = try (2..<6).map { seed in
      try build(folder) { ($0.limit, $0.seed) = (6, UInt64(seed)) }.functions.map(\.id)
    }
    #expect(seeds.contains { $0 != one.functions.map(\.id) })
    #expect(one.functions.map(\.path) == one.functions.map(\.path).sorted())
  }

  @Test func theSplitIsTheFilesDigest() throws {
    let text = "def f(a):\n    return a\n"
    let folder = try SourceFolder(["a.py": text])
    let function = try #require(try build(folder).functions.first)
    let sum = try output(of: "sha256sum", [folder.path + "/a.py"])
    let number = try #require(UInt64(sum.prefix(8), radix: 16)) % 10
    #expect(function.part == (number < 7 ? .train : number == 7 ? .validation : .test))
    // 2,000 digests: shares within four standard deviations.
    let parts = (0..<2_000).map { CollectedFunction.Part(digest: SHA256Digest.of("\($0)")) }
    for (part, share) in [(CollectedFunction.Part.train, 0.7), (.validation, 0.1), (.test, 0.2)] {
      let found = Double(parts.count { $0 == part }) / 2_000
      #expect(abs(found - share) < 4 * (share * (1 - share) / 2_000).squareRoot(), "\(part)")
    }
  }

  @Test func theFileIsACorpus() throws {
    let folder = try SourceFolder(["p/a.py": functions(4), "p/b.py": functions(4, from: 4)])
    let outcome = try build(folder) { $0.license = "MIT" }
    let corpus = try Corpus.parse([UInt8](try outcome.jsonLines()), as: .jsonLines, path: "x")
    #expect(corpus.examples == outcome.functions.map(\.example) && corpus.ignoredFields == [])
    #expect(corpus.examples[0].group == "p/a.py" && corpus.examples[0].id == "p/a.py:1 f0")
    let line = String(decoding: try outcome.jsonLines().prefix { $0 != 0x0a }, as: UTF8.self)
    #expect(line.contains(#""meta":{"license":"MIT","line":1,"path":"p/a.py"}"#))
  }

  @Test func licencesAreThoseOfTheNearestFolder() throws {
    let mit = "Permission is hereby granted, free of charge, to any person"
    let folder = try SourceFolder([
      "LICENSE": "Redistributions in binary form must reproduce\nthis", "a.py": functions(1),
      "p/LICENSE.md": mit, "p/q/b.py": functions(1, from: 1), "r/package.json": #"{"license": "ISC"}"#,
      "r/c.py": functions(1, from: 2),
    ])
    let outcome = try build(folder)
    #expect(outcome.functions.map(\.license) == ["BSD-2-Clause", "MIT", "ISC"])
    #expect(outcome.licenses.map(\.file) == ["LICENSE", "p/LICENSE.md"])
    #expect(outcome.notices.contains("=== p/LICENSE.md\n\n\(mit)\n"))
    #expect(try build(try SourceFolder(["a.py": functions(1)])).tally.unlicensed == 1)
  }

  @Test func linksHiddenAndExcludedNamesAreLeftOut() throws {
    let folder = try SourceFolder([
      "a.py": functions(1), ".b.py": functions(1, from: 1), "tests/c.py": functions(1, from: 2),
      "d_test.py": functions(1, from: 3),
    ])
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/loop", withDestinationPath: folder.path)
    let outcome = try build(folder) { $0.excluded = ["tests", "*_test.py"] }
    #expect(outcome.functions.map(\.path) == ["a.py"])
  }

  @Test func foldersThatCannotBeSearchedAreNamed() throws {
    let folder = try SourceFolder(["x/p/a.py": "", "y/p/a.py": ""])
    let missing = #expect(throws: GrammarError.self) { try build(folder) { $0.folders = ["nowhere"] } }
    #expect(missing?.description == "nowhere: there is no such folder")
    let twins = #expect(throws: GrammarError.self) {
      try build(folder) { $0.folders = [folder.path + "/x/p", folder.path + "/y/p"] }
    }
    #expect(twins?.location == folder.path + "/y/p" && twins?.problem.contains("same name") == true)
  }
}
