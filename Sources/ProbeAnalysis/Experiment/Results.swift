import Foundation

/// A results file: what an experiment found, with where it comes from. `docs/results.schema.json` is its JSON Schema.
///
/// The same inputs and seed on the same machine give the same bytes: nothing in it depends on the clock.
public struct Results: Sendable, Codable, Equatable {
  /// Version of the schema that this build writes and reads.
  public static let currentSchemaVersion = 2

  /// Version of the schema.
  public var schemaVersion = Results.currentSchemaVersion
  /// The experiment's name.
  public var name: String
  /// The question.
  public var title: String
  /// Where the numbers come from.
  public var provenance: Provenance
  /// What each analysis found, in the order of the spec.
  public var analyses: [AnalysisResult]
  /// What became of each expectation, in the order of the spec.
  public var expectations: [Expectation.Outcome]

  /// One analysis's part.
  public struct AnalysisResult: Sendable, Codable, Equatable {
    /// Its id in the spec.
    public var id: String
    /// Its name, such as `linear-probe`.
    public var analysis: String
    /// The numbers that expectations can address.
    public var measurements: [Measurement]
    /// What was said about every test item, by question; nil in files of schema version 1.
    public var predictions: [ItemPredictions]?
    /// Everything found, in the analysis's own form.
    public var findings: JSONDocument
  }

  /// The measurements by analysis id.
  public var measurements: [String: [Measurement]] {
    Dictionary(analyses.map { ($0.id, $0.measurements) }) { first, _ in first }
  }

  /// Whether every expectation holds.
  public var holds: Bool { expectations.allSatisfy { $0.holds } }

  /// The file's bytes: sorted keys, readable, ending in a line break.
  public func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads a results file.
  ///
  /// - Throws: ``SpecError`` when it is none or was written by a newer version.
  public init(file: String) throws(SpecError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      guard FileManager.default.fileExists(atPath: file) else {
        throw SpecError(.notFound, at: file, "no such file", advice: "`probe analyze` writes it")
      }
      throw SpecError(.unreadable, at: file, "cannot be read: \((error as NSError).localizedDescription)")
    }
    struct Version: Decodable { let schemaVersion: Int }
    guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
      throw SpecError(
        .syntax, at: file, "not a results file", advice: "Expected JSON written by `probe analyze`")
    }
    guard version.schemaVersion <= Self.currentSchemaVersion else {
      throw SpecError(
        .badValue, at: "\(file): schemaVersion",
        "\(version.schemaVersion) is newer than \(Self.currentSchemaVersion), the newest this version reads",
        advice: "Update the program, or analyze again")
    }
    guard version.schemaVersion >= 1 else {
      throw SpecError(
        .badValue, at: "\(file): schemaVersion", "\(version.schemaVersion) is no version: they count from 1")
    }
    do {
      self = try JSONDecoder().decode(Results.self, from: data)
    } catch {
      throw SpecError(
        .syntax, at: file, "does not fit the schema of results: \(Self.problem(error))",
        advice: "docs/results.schema.json describes it")
    }
  }

  /// A decoding error in one line: which key, and what is wrong there.
  private static func problem(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      guard !path.isEmpty else { return "the top" }
      let parts = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
      return String(parts.joined().drop { $0 == "." })
    }
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(key.stringValue) is missing at \(place(context.codingPath))"
    case .typeMismatch(let type, let context): return "expected \(type) at \(place(context.codingPath))"
    case .valueNotFound(let type, let context): return "expected \(type) at \(place(context.codingPath))"
    case .dataCorrupted(let context): return "\(context.debugDescription) at \(place(context.codingPath))"
    @unknown default: return "\(error)"
    }
  }

  init(
    name: String, title: String, provenance: Provenance, analyses: [AnalysisResult],
    expectations: [Expectation.Outcome]
  ) {
    (self.name, self.title, self.provenance) = (name, title, provenance)
    (self.analyses, self.expectations) = (analyses, expectations)
  }
}

/// What decided the numbers.
public struct Provenance: Sendable, Codable, Equatable {
  /// Version of `probe`.
  public var version: String
  /// Name and family of the model.
  public var model: String
  /// Family.
  public var architecture: String
  /// SHA-256 of the weights.
  public var weightsDigest: String
  /// SHA-256 of what decides token ids.
  public var tokenizerDigest: String?
  /// File name of the corpus.
  public var corpus: String
  /// SHA-256 of its content.
  public var corpusDigest: String
  /// SHA-256 of the spec's text.
  public var specDigest: String
  /// Captured positions, scalar type, sentinel and overflow policy.
  public var capture: [String: String]
  /// Seed of every random choice.
  public var seed: UInt64
  /// Changes only when activations would.
  public var numericsVersion: Int
  /// Kernel family that BLAS ran: last bits depend on it.
  public var kernels: String
  /// The spec's other models; nil when there are none.
  public var models: [Model]?

  /// A model besides the one that is asked about.
  public struct Model: Sendable, Codable, Equatable {
    /// Its key in the spec's `models`.
    public var name: String
    /// The model's name, a twin's with its seed.
    public var model: String
    /// SHA-256 of the weights, or of what a twin's follow from.
    public var weightsDigest: String
  }
}
