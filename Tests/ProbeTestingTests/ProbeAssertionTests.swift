import Foundation
import ProbeAnalysis
import ProbeModel
import Testing

@testable import ProbeTesting

/// What both test frameworks share: where files lie, what is attached, and when results are stale.
@Suite struct ProbeAssertionTests {
  private static let holds = ["p.truth.best.accuracy.lower > 0.6"]

  @Test func aRelativePathIsFoundInThePackageOfTheTest() throws {
    let results = try ResultsFixture()
    try results.write("Package.swift", "")
    try results.write("Tests/Some/Test.swift", "")
    let caller = results.folder + "/Tests/Some/Test.swift"
    let assertion = ProbeAssertion(Self.holds, in: "Reports/n.json", spec: nil, caller: caller)
    #expect(assertion.failures == [])
    #expect(assertion.resultsFile == results.folder + "/Reports/n.json")
    let missing = ProbeAssertion(Self.holds, in: "Reports/m.json", spec: nil, caller: caller)
    let places = "\(FileManager.default.currentDirectoryPath) or the package at \(results.folder)"
    #expect(
      missing.failures == ["Reports/m.json: no such file below \(places). `probe analyze` writes results"])
    #expect(missing.outcomes == [nil] && missing.reportFiles == [])
  }

  @Test func theReportBesideTheResultsIsAttachedWhereItIsThere() throws {
    let results = try ResultsFixture()
    let alone = ProbeAssertion(Self.holds, in: results.file, spec: nil, caller: "")
    #expect(alone.attachments.map { $0.name } == ["n.json"])
    try results.write("Reports/n.html", "<!DOCTYPE html>")
    let both = ProbeAssertion(Self.holds, in: results.file, spec: nil, caller: "").attachments
    #expect(both.map { $0.name } == ["n.html", "n.json"])
    #expect(both[0].bytes == Array("<!DOCTYPE html>".utf8))
  }

  private static let corpus = "{\"id\": \"1\", \"token_ids\": [1, 2], \"label\": \"a\"}\n"
  private static let spec = """
    name: n
    model: some-model
    corpus: c.jsonl
    capture: { points: ["resid_post.0"], positions: last }
    analyze:
      - linear-probe: { id: p, label: label }

    """

  /// Results of the spec and corpus above, as they are or as they were.
  private func stale(spec: String = spec, corpus: String = corpus) throws -> [String] {
    let digest = try Corpus.parse(Array(Self.corpus.utf8), as: .jsonLines, path: "").digest
    let results = try ResultsFixture(specDigest: SHA256Digest.of(Self.spec), corpusDigest: digest)
    try results.write("n.yaml", spec)
    try results.write("c.jsonl", corpus)
    return ProbeAssertion(Self.holds, in: results.file, spec: results.folder + "/n.yaml", caller: "").failures
      .map { $0.replacing(results.folder + "/", with: "") }
  }

  @Test func resultsOfTheSpecAsItStandsAreFresh() throws {
    #expect(try stale() == [])
  }

  @Test func resultsOfAnotherSpecOrCorpusAreStale() throws {
    func message(_ what: String) -> String {
      "Reports/n.json is stale: \(what) changed since. Run `probe capture n.yaml` (which does nothing where it need "
        + "not) and `probe analyze n.yaml`"
    }
    let (spec, corpus) = (Self.spec + "seed: 2\n", Self.corpus.replacing("[1, 2]", with: "[1, 3]"))
    #expect(try stale(spec: spec) == [message("the spec")])
    #expect(try stale(corpus: corpus) == [message("the corpus")])
    #expect(try stale(spec: spec, corpus: corpus) == [message("the spec and the corpus")])
  }

  @Test func aSpecThatCannotBeReadIsAFailure() throws {
    let results = try ResultsFixture()
    let missing = ProbeAssertion(Self.holds, in: results.file, spec: "/no/such.yaml", caller: "")
    #expect(missing.failures == ["/no/such.yaml: no such file"])
    try results.write("n.yaml", Self.spec)
    let corpus = ProbeAssertion(Self.holds, in: results.file, spec: results.folder + "/n.yaml", caller: "")
    #expect(corpus.failures.count == 1 && corpus.failures[0].contains("its corpus cannot be compared"))
    // What could be evaluated was.
    #expect(corpus.outcomes.map { $0?.holds } == [true])
  }
}
