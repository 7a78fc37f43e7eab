import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax
import Testing

@testable import ProbeAnalysis

@Suite(.enabled(if: SnippetExperiment.isTested)) struct ASTProbeAnalysisTests {
  @Test func everyPartIsFoundAndSaidToExpectations() throws {
    let experiment = try SnippetExperiment(SnippetExperiment.functions(80))
    let spec = try experiment.spec(
      "id: ast, ranks: [4, 8, 16], grid: [\"resid_post.0\"], baselines: [fresh, random]",
      expect: ["ast.best.f1 >= 0", "ast.best.f1_over_fresh > -1", "ast[resid_post.0].unlabelled_f1 >= 0"],
      others: "fresh: { init-of: main, keep: embeddings, seeds: [1, 2] }, random: { init-of: main, seed: 1 }")
    let findings = try experiment.findings(spec)
    #expect(findings.layers.map { $0.point } == [.residPost(0), .residPost(2)])
    #expect(findings.audit.train + findings.audit.validation + findings.audit.test == 80)
    #expect(findings.audit.broken == 0 && findings.audit.unaligned == 0)
    #expect(findings.settings.pieces == .cut && findings.settings.rank == 8)
    #expect(
      findings.baselines.map { $0.kind } == [.table, .shape, .embeddings, .fresh, .random, .shuffled])
    #expect(findings.baselines.first { $0.kind == .fresh }?.members.count == 2)
    let alignments = try #require(findings.alignments.value)
    #expect(alignments.map { $0.pieces } == [.cut, .whole, .alone])
    // Cut at the ends of leaves, no two leaves share a token, so the gold tuples are the ceiling.
    #expect(alignments[0].audit.tokensAcrossLeaves == 0 && alignments[0].ceiling.value == 1)
    let ranks = try #require(findings.ranks.value)
    #expect(ranks.cells.count { $0.point == .residPost(0) } >= 3)
    #expect(ranks.smallest <= ranks.best)
    #expect(findings.angles.value?.means[0][0] == 0)
    #expect(!findings.snippets.isEmpty && findings.scores.count == findings.audit.test)
    for metric in [TreeMetric.f1, .precision, .membershipF1, .exact, .pairAccuracy] {
      #expect(findings.test.contains { $0.metric == metric && $0.value != nil })
    }
    #expect(try experiment.answers(spec).results.holds)
  }

  @Test func snippetsThatCannotBeUsedAreCounted() throws {
    let many = "x = [" + (0..<1200).map { "a\($0)" }.joined(separator: ", ") + "]"
    let odd = try [
      SnippetExperiment.line("broken", "def f(:\n    return", group: "odd"),
      SnippetExperiment.line("one", "x", group: "odd"),
      SnippetExperiment.line("crlf", "def f(a):\r\n\tif a:\r\n\t\treturn a\r\n", group: "odd"),
      SnippetExperiment.line("unicode", "größe = naïve + \"日本\" * π", group: "odd"),
      SnippetExperiment.line("long", many, group: "odd"),
    ]
    let experiment = try SnippetExperiment(SnippetExperiment.functions(60) + odd)
    let findings = try experiment.findings(
      experiment.spec("without: [tuning, ranks, alignments, shuffled, embeddings, angles]"))
    // `overflow: skip` leaves the long one out of the capture.
    #expect(findings.audit.examples == 64)
    #expect(findings.audit.broken == 1)
    #expect(findings.audit.brokenExamples[0].hasPrefix("broken: "))
    #expect(findings.audit.singleLeaf == 1)
    #expect(findings.audit.train + findings.audit.validation + findings.audit.test == 62)
    #expect(findings.alignments.reason == "left out by the spec")
  }

  @Test func storedAndComputedLeavesAreTheSame() throws {
    let experiment = try SnippetExperiment(SnippetExperiment.functions(24))
    let spec = try experiment.spec("id: a")
    let store = try experiment.capture(spec)
    let capture = try #require(try store.captures().first)
    let examples = try store.examples(of: capture)
    let tokens = try ASTProbeQuestion.tokens(of: capture, count: examples.count, store)
    let set = try SnippetSet(examples, grammar: Grammar(of: .python), seed: 1) { _, _ in true }
    let stored = StoredLeaves(
      set.snippets, examples: set.snippets.map { $0.example }, tokens: tokens, store: store, capture: capture)
    let live = try LiveLeaves(
      set.snippets, model: .open(SnippetExperiment.model), identity: "", pieces: .cut, sentinel: .tokenizer)
    let (a, b) = (stored.vectors(.residPost(2)), try live.vectors(.residPost(2)))
    #expect(a.rows == b.rows)
    // The same pass, pooled in the same order: the same bits.
    #expect(try a.tensor() == b.tensor())
    #expect(throws: SpecError.self) { _ = try live.vectors(.residPost(40)) }
  }

  @Test func aSubspaceOfAnotherStudyIsTriedAndOneOfAnotherModelRefused() throws {
    let experiment = try SnippetExperiment(SnippetExperiment.functions(60))
    let plain = "without: [tuning, ranks, alignments, shuffled, embeddings, angles]"
    let first = try experiment.spec(plain)
    try experiment.capture(first).close()
    let files = try experiment.answers(first).files
    let saved = try #require(files.first { $0.name == "ast-probe.subspace.json" })
    let path = experiment.folder + "/other.subspace.json"
    try saved.contents.write(to: URL(fileURLWithPath: path))
    let second = try experiment.spec("transfer: other.subspace.json, \(plain)")
    let found = try experiment.findings(second)
    let transfer = try #require(found.transfer.value)
    #expect(transfer.language == "python" && transfer.point == found.layers[found.best].point)
    // Its own subspace: no angle to itself.
    #expect(transfer.angles.largest < 0.01)

    let text = String(decoding: saved.contents, as: UTF8.self)
    let digest = try SavedSubspace.read(path).weightsDigest
    try text.replacing(digest, with: String(repeating: "0", count: 64))
      .write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: SpecError.self) { try experiment.answers(second) }
    #expect(error?.reason == .notApplicable && error?.problem.contains("000000000000…") == true)
    try "{}".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(#expect(throws: SpecError.self) { try experiment.answers(second) }?.reason == .badValue)
  }

  @Test func fitsAreKeptAndAStaleOrDamagedOneIsNotTaken() throws {
    let folder = NSTemporaryDirectory() + "probe-fits-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let archive = FitArchive(besides: folder + "/store.sqlite")
    func key(_ rank: Int) -> FitKey {
      FitKey(
        source: "s", task: "t", rank: rank, scale: 1, rate: 1, decay: 1, penalty: 5, patience: 5,
        maximumEpochs: 1,
        batchSize: 32, seed: 1, transfer: nil, kernels: "k")
    }
    let planted = PlantedSyntax(width: 8, labels: 2, snippets: 10, noise: 1, seed: 1)
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.maximumEpochs) = (3, 1)
    let record = FitRecord(fit: fitter.fit(planted.task, seed: 1), scores: [:])
    var made = 0
    func ask(_ rank: Int) throws -> FitRecord {
      try archive.record(key(rank)) {
        made += 1
        return record
      }
    }
    #expect(try ask(3) == record && ask(3) == record && made == 1)
    _ = try ask(4)
    #expect(made == 2)
    let file = try #require(FileManager.default.contentsOfDirectory(atPath: archive.folder).first)
    try Data("{".utf8).write(to: URL(fileURLWithPath: archive.folder + "/" + file))
    #expect(try ask(3) == record && ask(4) == record && made == 3)
  }

  @Test func capturesThatHoldNoTokensAreRefused() throws {
    let experiment = try SnippetExperiment(SnippetExperiment.functions(20))
    let spec = try experiment.spec("id: ast", capture: "positions: last")
    let error = #expect(throws: SpecError.self) { try experiment.findings(spec) }
    #expect(error?.reason == .missingData && error?.advice.contains("parse: python") == true)
  }
}
