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
    let results = try experiment.answers(spec).results
    #expect(results.holds)
    // Twins that the analysis ran itself, each by the weights that it had.
    let run = try #require(results.provenance.models)
    #expect(run.map { $0.name } == ["fresh", "fresh", "random"])
    #expect(Set(run.map { $0.weightsDigest } + [results.provenance.weightsDigest]).count == 4)
  }

  @Test func aModelThatNoQuestionNamesNeedsNoCapture() throws {
    let experiment = try SnippetExperiment(SnippetExperiment.functions(40))
    let plain = "without: [tuning, ranks, alignments, shuffled, embeddings, angles]"
    try experiment.capture(experiment.spec(plain)).close()
    let spec = try experiment.spec(plain, others: "idle: { init-of: main, seed: 9 }")
    #expect(try experiment.answers(spec).results.provenance.models == nil)
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
    let saved = try #require(files.first { $0.name == "ast-probe.subspace" }).parts
    let path = experiment.folder + "/other.subspace.safetensors"
    func write(_ changed: [String: String] = [:]) throws {
      let texts = saved.texts.merging(changed) { $1 }
      try SafetensorsFile.write(saved.tensors, metadata: texts, to: path, overwrite: true)
    }
    try write()
    let second = try experiment.spec("transfer: other.subspace.safetensors, \(plain)")
    let found = try experiment.findings(second)
    let transfer = try #require(found.transfer.value)
    #expect(transfer.language == "python" && transfer.point == found.layers[found.best].point)
    // Its own subspace: no angle to itself.
    #expect(transfer.angles.largest < 0.01)

    try write(["weights_sha256": String(repeating: "0", count: 64)])
    let error = #expect(throws: SpecError.self) { try experiment.answers(second) }
    #expect(error?.reason == .notApplicable && error?.problem.contains("000000000000…") == true)
  }

  @Test func aDamagedSubspaceIsRefusedByName() throws {
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.maximumEpochs) = (3, 1)
    let planted = PlantedSyntax(width: 8, labels: 2, snippets: 10, noise: 1, seed: 1)
    let saved = SavedSubspace(
      study: "a.b", grammar: GrammarIdentity(language: "python", abi: 14, digest: "g"), weightsDigest: "w",
      point: .residPost(1), labels: [SyntaxLabel(["module", "call"]), .empty],
      unaries: [.empty, SyntaxLabel(kind: "unary")], subspace: fitter.fit(planted.task, seed: 1).subspace)
    let folder = NSTemporaryDirectory() + "probe-subspace-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/a.subspace.safetensors"
    func read(without tensor: String = "", _ changed: [String: String] = [:]) throws -> SavedSubspace {
      try SafetensorsFile.write(
        saved.parts.tensors.filter { $0.name != tensor },
        metadata: saved.parts.texts.merging(changed) { $1 }, to: path, overwrite: true)
      return try SavedSubspace(file: path)
    }
    #expect(try read() == saved)
    for changed in [
      ["format": "probe-direction"], ["format_version": "2"], ["point": "layer 1"], ["factor": "wide"],
      ["labels": "[\"∅\"]"], ["labels": "∅"], ["unaries": #"["∅", "a\\"]"#],
    ] {
      let error = #expect(throws: ModelError.self, "\(changed)") { try read(changed) }
      #expect(error?.description.contains(path) == true)
    }
    for (name, _) in saved.parts.tensors {
      #expect(throws: ModelError.self, "\(name)") { try read(without: name) }
    }
    try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: ModelError.self) { try SavedSubspace(file: path) }
  }

  @Test func aFitThatIsKeptReadsNoVectors() throws {
    let folder = NSTemporaryDirectory() + "probe-fits-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let experiment = try SnippetExperiment(SnippetExperiment.functions(40))
    let store = try experiment.capture(experiment.spec("id: a"))
    let examples = try store.examples(of: #require(try store.captures().first))
    let set = try SnippetSet(examples, grammar: Grammar(of: .python), seed: 1) { _, _ in true }
    var next = 0
    let rows = set.snippets.map { snippet in
      defer { next += snippet.leaves.count }
      return next..<next + snippet.leaves.count
    }
    var stream = RandomStream(seed: 1, "vectors")
    let vectors = Tensor([next, 8], (0..<next * 8).map { _ in Float(stream.normal()) })
    let study = ASTProbeStudy(
      set, target: .height, archive: FitArchive(besides: folder + "/store.sqlite"), replicates: 100, seed: 1)
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.maximumEpochs) = (4, 1)
    let there = LeafVectors(width: 8, rows: rows, source: "s") { vectors }
    let first = try study.record(there, fitter)
    struct Read: Error {}
    let gone = LeafVectors(width: 8, rows: rows, source: "s") { throw Read() }
    #expect(try study.record(gone, fitter) == first)
    #expect(throws: Read.self) { try study.record(gone, fitter, isShuffled: true) }

    // The control task is scored against the trees that it was trained on, shuffled alike.
    let control = try study.record(there, fitter, isShuffled: true)
    let held = try #require(control.scores.keys.min())
    let said = control.fit.subspace.predictions(vectors, of: [rows[held]])
    let tuple = set.snippets[held].tuple.shuffled(seed: 1, name: set.snippets[held].id)
    #expect(control.scores[held] == SnippetComparison(of: study.tuple(said[0]), with: tuple).scores)
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
