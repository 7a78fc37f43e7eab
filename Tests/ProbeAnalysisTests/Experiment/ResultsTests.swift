import Foundation
import Testing

@testable import ProbeAnalysis

@Suite struct ResultsTests {
  @Test func aResultsFileReadsBackAsItWas() throws {
    let results = try SampleResults.results()
    let file = try SampleResults.write(results.encoded())
    defer { try? FileManager.default.removeItem(atPath: file) }
    #expect(try Results(file: file) == results)
  }

  @Test func theSameResultsHaveTheSameBytes() throws {
    let first = try SampleResults.results().encoded()
    for _ in 0..<20 { #expect(try SampleResults.results().encoded() == first) }
    #expect(first.last == UInt8(ascii: "\n"))
  }

  private func error(_ text: String) throws -> (SpecError?, String) {
    let file = try SampleResults.write(Data(text.utf8))
    defer { try? FileManager.default.removeItem(atPath: file) }
    return (#expect(throws: SpecError.self) { try Results(file: file) }, file)
  }

  @Test func aNewerVersionIsRefused() throws {
    let (error, file) = try error("{\"schemaVersion\": 3, \"anything\": 0}")
    #expect(
      error
        == SpecError(
          .badValue, at: "\(file): schemaVersion", "3 is newer than 2, the newest this version reads",
          advice: "Update the program, or analyze again"))
  }

  @Test(arguments: [0, -3]) func aVersionThatNeverWasIsRefused(version: Int) throws {
    #expect(
      try error("{\"schemaVersion\": \(version)}").0?.problem
        == "\(version) is no version: they count from 1")
  }

  @Test(arguments: ["", "not json", "[]", "{}", "{\"schemaVersion\": \"1\"}"])
  func whatIsNoResultsFileIsRefused(text: String) throws {
    let (error, file) = try error(text)
    #expect(
      error
        == SpecError(
          .syntax, at: file, "not a results file", advice: "Expected JSON written by `probe analyze`"))
  }

  @Test func aMissingKeyIsNamedInOneLine() throws {
    let text = String(decoding: try SampleResults.results().encoded(), as: UTF8.self)
    let error = try error(text.replacing("\"weightsDigest\"", with: "\"weights\"")).0
    #expect(error?.reason == .syntax)
    #expect(
      error?.problem == "does not fit the schema of results: weightsDigest is missing at provenance")
    let wrong = try self.error(text.replacing("\"n\" : 40", with: "\"n\" : \"many\"", maxReplacements: 1)).0
    #expect(
      wrong?.problem
        == "does not fit the schema of results: expected Int at analyses[0].measurements[0].metrics.auroc.n")
  }

  @Test func aFileThatIsNotThereIsNotFound() {
    let error = #expect(throws: SpecError.self) { try Results(file: "/no/such/results.json") }
    #expect(
      error
        == SpecError(
          .notFound, at: "/no/such/results.json", "no such file", advice: "`probe analyze` writes it"))
  }

  @Test func aFolderIsUnreadableNotMissing() {
    let error = #expect(throws: SpecError.self) { try Results(file: NSTemporaryDirectory()) }
    #expect(error?.reason == .unreadable)
  }
}

/// Results with every optional part once present and once absent.
enum SampleResults {
  static func results(name: String = "sample", expectation: String = "p.a.best.auroc.lower >= 0.5") throws
    -> Results
  {
    func value(_ number: Double?) -> Measurement.Value {
      Measurement.Value(
        value: number, lower: number.map { $0 - 0.1 }, upper: number.map { $0 + 0.1 }, n: 40, groups: 20,
        chance: number.map { _ in 0.5 })
    }
    let measurement = Measurement(
      label: "a", point: "blocks.0.hook_resid_post", isBest: true,
      metrics: ["auroc": value(0.8), "brier": value(nil)],
      notApplicable: ["selectivity": "no types"])
    let bare = Measurement(label: nil, point: nil, isBest: true, metrics: ["f1": value(0.5)])
    var results = Results(
      name: name, title: "A question?",
      provenance: Provenance(
        version: "0.1.0", model: "tiny", architecture: "llama", weightsDigest: digest("1"),
        tokenizerDigest: nil, corpus: "c.jsonl", corpusDigest: digest("2"), specDigest: digest("3"),
        capture: ["positions": "last", "dtype": "float16", "sentinel": "none", "overflow": "error"], seed: 7,
        numericsVersion: 1, kernels: "Haswell",
        models: [Provenance.Model(name: "random", model: "tiny (random, seed 1)", weightsDigest: digest("4"))]
      ),
      analyses: [
        Results.AnalysisResult(
          id: "p", analysis: "linear-probe", measurements: [measurement], predictions: [],
          findings: try JSONDocument(encoding: ["z": 1.5, "a": 2])),
        Results.AnalysisResult(
          id: "q", analysis: "other", measurements: [bare], predictions: [],
          findings: try JSONDocument(encoding: [String]())),
      ], expectations: [])
    results.expectations = [
      try Expectation("p.a.best.auroc.lower >= 0.5").evaluate(results.measurements),
      try Expectation("p.a.best.brier < 0.5").evaluate(results.measurements),
      try Expectation("q.best.f1 > 0.6").evaluate(results.measurements),
    ]
    let first = results.expectations[0]
    results.expectations[0] = Expectation.Outcome(
      text: expectation, holds: first.holds, found: first.found, value: first.value, point: first.point)
    return results
  }

  private static func digest(_ character: Character) -> String { String(repeating: character, count: 64) }

  static func write(_ data: Data) throws -> String {
    let file = NSTemporaryDirectory() + "results-\(UUID().uuidString).json"
    try data.write(to: URL(fileURLWithPath: file))
    return file
  }
}
