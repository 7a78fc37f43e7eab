import Foundation
import ProbeAnalysis
import Testing

/// `probe capture` and `probe analyze` with a spec of several models, as processes.
@Suite struct SeveralModelsTests {
  private static let models = """
    models:
      main: \(FixtureModel.llama)
      random: { init-of: main, seeds: [1, 2, 3] }
    """

  private static func spec(_ models: String = models) -> String {
    CommandTests.spec().replacing("model: \(FixtureModel.llama)", with: models)
      .replacing("strengths: [0.1]", with: "strengths: [0.1], baselines: [random]")
  }

  @Test func aDryRunShowsAllModelsAndWritesNothing() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(5))
    try folder.write("first.yaml", Self.spec())
    let outcome = try Probe.run(["capture", "first.yaml", "--dry-run"], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    let lines = outcome.errors.split(separator: "\n").filter { $0.contains("10 sequences") }
    #expect(lines.count == 4)
    for (line, model) in zip(
      lines,
      ["\(FixtureModel.llama)"]
        + (1...3).map { "the random twin of \(FixtureModel.llama) with seed \($0)" })
    {
      #expect(line.hasPrefix("first, \(model): 10 sequences, "), "\(line)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/.probe/first.sqlite"))
  }

  @Test func captureFillsAllModelsAndAnalyzeComparesThem() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(30))
    try folder.write("first.yaml", Self.spec())
    let capture = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(capture.code == 0, "\(capture)")
    #expect(capture.errors.components(separatedBy: "tokens/s").count == 5)
    let again = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(again.code == 0 && again.errors.components(separatedBy: "nothing to do").count == 5, "\(again)")

    let analyze = try Probe.run(["analyze", "first.yaml"], in: folder)
    #expect(analyze.code == 0, "\(analyze)")
    #expect(analyze.output.contains("The same procedure on random (mean of 3 seeds) reaches "))
    let results = try Results(file: folder.path + "/Reports/first.json")
    #expect(results.provenance.models?.map { $0.name } == ["random", "random", "random"])
  }

  /// Nothing is captured when one of the models is not there.
  @Test func aModelThatIsNotThereIsMissedBeforeTheFirstCapture() throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(5))
    try folder.write("first.yaml", Self.spec(Self.models + "\n  after: no-such-model"))
    let outcome = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(outcome.code == 66, "\(outcome)")
    #expect(outcome.errors.contains("no-such-model: no model of this name in "))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/.probe/first.sqlite"))
  }

  @Test func aTwinOfNobodyIsBadData() throws {
    let folder = try Folder()
    try folder.write("first.yaml", Self.spec(Self.models.replacing("init-of: main", with: "init-of: mian")))
    let outcome = try Probe.run(["capture", "first.yaml"], in: folder)
    #expect(outcome.code == 65, "\(outcome)")
    #expect(
      outcome.errors.contains("first.yaml:5: models.random.init-of: no model is called mian. There is: main"))
  }
}
