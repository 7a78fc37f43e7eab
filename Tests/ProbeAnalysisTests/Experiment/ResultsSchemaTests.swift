import Foundation
import Testing

@testable import ProbeAnalysis

/// `docs/results.schema.json` describes results files exactly.
@Suite struct ResultsSchemaTests {
  private static func schema() throws -> JSONSchema {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return try JSONSchema(Data(contentsOf: url.appendingPathComponent("docs/results.schema.json")))
  }

  @Test func theSampleWithAndWithoutOptionalPartsFits() throws {
    #expect(try Self.schema().complaints(about: SampleResults.results().encoded()) == [])
  }

  @Test func realResultsFit() throws {
    let fixture = try FixtureExperiment(Item.pairs(20))
    let spec = try fixture.spec(
      analyses: "- linear-probe: { id: p, label: first, replicates: 100, strengths: [1] }",
      expect: ["p.first.best.accuracy.lower >= 0.2"], points: "resid_post.0")
    try fixture.capture(spec).close()
    #expect(try Self.schema().complaints(about: fixture.run(spec).0.encoded()) == [])
  }

  /// Every results file in the repository can be read, fits the schema, and asserts what it says it found.
  @Test func theCommittedResultsFit() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    folder.appendPathComponent("Reports")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".json")
    }
    #expect(!files.isEmpty)
    for file in files {
      let path = folder.appendingPathComponent(file).path
      #expect(try Self.schema().complaints(about: Data(contentsOf: URL(fileURLWithPath: path))) == [])
      let results = try Results(file: path)
      for outcome in results.expectations {
        #expect(try Expectation(outcome.text).evaluate(results.measurements) == outcome)
      }
    }
  }

  /// What the decoder refuses or the encoder never writes, the schema refuses too.
  @Test(arguments: [
    ("\"schemaVersion\" : 2", "\"schemaVersion\" : 3"), ("\"seed\" : 7", "\"sead\" : 7"),
    ("\"seed\" : 7", "\"seed\" : -7"), ("\"seed\" : 7", "\"seed\" : 7, \"clock\" : 1"),
    ("\"n\" : 40", "\"n\" : \"40\""), ("\"n\" : 40", "\"n\" : 40.5"), ("\"holds\" : true", "\"holds\" : 1"),
    ("\"isBest\" : true", "\"isBest\" : 1"), ("\"positions\" : \"last\"", "\"positions\" : \"first\""),
    ("\"id\" : \"p\"", "\"id\" : \"p q\""), ("\"auroc\"", "\"the auroc\""),
    ("\"corpusDigest\" : \"22", "\"corpusDigest\" : \"2"), ("\"version\" : \"0.1.0\"", "\"version\" : 1"),
    ("\"weightsDigest\" : \"44", "\"weightsDigest\" : \"4"), ("\"name\" : \"random\"", "\"name\" : \"a b\""),
  ])
  func whatDoesNotFitIsNoticed(written: String, changed: String) throws {
    let text = String(decoding: try SampleResults.results().encoded(), as: UTF8.self)
    try #require(text.contains(written))
    let broken = text.replacing(written, with: changed, maxReplacements: 1)
    #expect(try !Self.schema().complaints(about: Data(broken.utf8)).isEmpty)
  }

  /// Every key of the sample is needed, but for those that are absent where there is nothing to say.
  @Test func everyKeyIsRequiredOrOptionalOnPurpose() throws {
    let data = try SampleResults.results().encoded()
    let results = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    for key in results.keys {
      var partial = results
      partial[key] = nil
      let document = try JSONSerialization.data(withJSONObject: partial)
      #expect(try Self.schema().complaints(about: document) == ["$ lacks \(key)"])
    }
  }
}
