import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax

/// One question, as a file in `Probes/`: which model reads which corpus, what is captured, what is analysed, and what
/// is expected to come out.
///
/// The format is documented in `docs/experiment-spec.md`. Unknown keys are errors; relative paths are relative to
/// the spec's folder.
public struct ExperimentSpec: Sendable {
  /// Names the store, the results and the report.
  public let name: String
  /// The question in one sentence.
  public let title: String
  /// The models in the order of the file, the one that is asked about first; none for activations that were imported.
  public let models: [NamedModel]
  /// Path of the corpus; nil exactly where there are no models.
  public let corpus: String?
  /// What is captured. Where there are no models, which of the imported points are analysed; all when it names none.
  public let capture: CaptureSpec
  /// What is asked, in the order of the file.
  public let analyses: [any Analysis]
  /// What is asserted.
  public let expectations: [Expectation]
  /// Seed of every random choice.
  public let seed: UInt64
  /// Path of the file.
  public let file: String
  /// The file's text, kept in the store and digested into the results.
  public let text: String

  static let keys = ["name", "title", "model", "models", "corpus", "capture", "analyze", "expect", "seed"]

  /// Reads a spec.
  ///
  /// - Throws: ``SpecError`` naming file, line and key.
  public init(file: String) throws(SpecError) {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      let exists = FileManager.default.fileExists(atPath: file)
      throw SpecError(
        exists ? .unreadable : .notFound, at: file, exists ? "cannot be read as UTF-8 text" : "no such file")
    }
    try self.init(text: text, file: file)
  }

  /// Reads a spec from its text; `file` stands for it in messages and gives the folder for relative paths.
  public init(text: String, file: String) throws(SpecError) {
    let reader = try SpecReader.parse(text, file: file)
    try reader.allowOnly(Self.keys)
    let folder = (file as NSString).deletingLastPathComponent
    name = try reader.identifier("name")
    title = try reader.optionalString("title") ?? name
    if try Self.isOfImported(reader) {
      (models, corpus) = ([], nil)
      capture = try CaptureSpec(ofImported: reader.optionalMapping("capture"))
    } else {
      models = try NamedModel.read(reader) { Self.resolve($0, in: folder, isName: { !$0.contains("/") }) }
      corpus = Self.resolve(try reader.string("corpus"), in: folder, isName: { _ in false })
      capture = try CaptureSpec(reader.optionalMapping("capture"), reader: reader)
    }
    analyses = try Analyses.read(reader, models: models)
    expectations = try Self.expectations(reader, of: analyses)
    let seed = try reader.optionalInteger("seed") ?? 0
    guard seed >= 0 else { throw reader.error(.badValue, "seed", "expected a whole number from 0") }
    self.seed = UInt64(seed)
    self.file = file
    self.text = text
  }

  /// Name or path of the model that is asked about; nil for activations that were imported.
  public var model: String? { main?.checkpoint }

  /// The models that are captured: not those that every analysis which compares with them runs by itself.
  public var capturedModels: [NamedModel] {
    models.filter { model in
      let readers = analyses.filter { $0.baselines.contains(model.name) }
      return readers.isEmpty || readers.contains { $0.readsCapture(of: model) }
    }
  }

  /// The models besides the one that is asked about that some analysis compares with: those whose captures it reads, or
  /// those that are only run.
  func models(comparedByCapture: Bool) -> [NamedModel] {
    models.dropFirst().filter { model in
      let readers = analyses.filter { $0.baselines.contains(model.name) }
      return !readers.isEmpty && readers.contains { $0.readsCapture(of: model) } == comparedByCapture
    }
  }

  /// Where the model that is asked about comes from; nil for activations that were imported.
  var main: ModelSource? { models.first?.sources.first }

  /// Whether the spec is about activations that were imported: it names neither model nor corpus.
  private static func isOfImported(_ reader: SpecReader) throws(SpecError) -> Bool {
    let hasModel = reader.has("model") || reader.has("models")
    guard hasModel != reader.has("corpus") else { return !hasModel }
    let (absent, present) = hasModel ? ("corpus", "model") : ("model", "corpus")
    throw reader.error(
      .missingKey, "the key \(absent) is missing",
      advice: "A model reads a corpus. Leave out \(present) too to analyze activations that were imported")
  }

  /// Reads `expect`. What can be known without measuring is checked here: an hour later would be late.
  private static func expectations(
    _ reader: SpecReader, of analyses: [any Analysis]
  ) throws(SpecError) -> [Expectation] {
    var expectations: [Expectation] = []
    for (index, text) in try (reader.optionalStrings("expect") ?? []).enumerated() {
      do throws(SpecError) {
        let expectation = try Expectation(text)
        guard let analysis = analyses.first(where: { $0.id == expectation.id }) else {
          let known = analyses.map { $0.id }
          throw SpecError(
            .unknownPath, at: text, "no analysis has the id \(expectation.id)",
            advice: known.isEmpty ? "The spec has no analyses" : "There is: \(known.joined(separator: ", "))")
        }
        let metrics = type(of: analysis).metrics.map { $0.name }
        guard metrics.contains(expectation.metric) else {
          throw SpecError(
            .unknownPath, at: text, "there is no metric \(expectation.metric)",
            advice: "There is: \(metrics.joined(separator: ", "))")
        }
        expectations.append(expectation)
      } catch {
        throw reader.error(error.reason, "expect", item: index, error.problem, advice: error.advice)
      }
    }
    return expectations
  }

  private static func resolve(_ path: String, in folder: String, isName: (String) -> Bool) -> String {
    if path.hasPrefix("/") || path == "-" || isName(path) || folder.isEmpty { return path }
    return (folder as NSString).appendingPathComponent(path)
  }
}

/// The `capture` part of a spec.
public struct CaptureSpec: Sendable, Equatable {
  /// Which hook points.
  public let points: [PointSelector]
  /// How the corpus is captured.
  public let settings: CaptureSettings
  /// The language whose syntax trees give each example its spans `leaf`; nil where texts are not parsed.
  public let parse: SourceLanguage?

  static let keys = [
    "points", "parse", "positions", "dtype", "sentinel", "chat", "pieces", "overflow", "deduplicate",
    "max-bytes",
    "subsample",
  ]

  /// A capture's points and settings.
  public init(
    points: [PointSelector], settings: CaptureSettings = CaptureSettings(), parse: SourceLanguage? = nil
  ) {
    (self.points, self.settings, self.parse) = (points, settings, parse)
  }

  /// Reads the corpus, and gives its examples their leaves where they are parsed.
  ///
  /// - Throws: `ModelError` of the corpus; `GrammarError` when the language's grammar is missing.
  public func read(_ corpus: String) throws -> Corpus {
    let corpus = try Corpus.read(corpus)
    return try parse.map { try corpus.withLeaves(of: Grammar(of: $0)) } ?? corpus
  }

  init(_ mapping: SpecReader?, reader: SpecReader) throws(SpecError) {
    guard let mapping else { throw reader.error(.missingKey, "capture", "the key capture is missing") }
    try mapping.allowOnly(Self.keys)
    guard let points = try mapping.optionalStrings("points"), !points.isEmpty else {
      throw mapping.error(.missingKey, "points", "expected a list of hook points")
    }
    var settings = CaptureSettings()
    settings.positions = try Self.positions(mapping) ?? settings.positions
    settings.dtype = try mapping.optionalCase("dtype", of: ScalarType.self) ?? settings.dtype
    settings.sentinel = try mapping.optionalCase("sentinel", of: Tokenizer.Sentinel.self) ?? settings.sentinel
    settings.chat = try mapping.optionalCase("chat", of: ChatFormat.self) ?? settings.chat
    settings.pieces = try mapping.optionalCase("pieces", of: Pieces.self) ?? settings.pieces
    guard settings.pieces == .whole || settings.chat == .raw else {
      throw mapping.error(
        .notApplicable, "pieces", "a prompt with chat \(settings.chat.rawValue) is tokenized as a whole",
        advice: "Leave out `pieces` or `chat`")
    }
    settings.overflow = try mapping.optionalCase("overflow", of: OverflowPolicy.self) ?? settings.overflow
    settings.deduplicate = try mapping.optionalBool("deduplicate") ?? settings.deduplicate
    settings.maximumBytes = try Self.maximum(mapping)?.bytes
    settings.subsample = try mapping.optionalInteger("subsample").map { seed throws(SpecError) in
      guard let seed = UInt64(exactly: seed) else {
        throw mapping.error(.badValue, "subsample", "expected a seed, a whole number from 0")
      }
      return seed
    }
    let language = try mapping.optionalString("parse").map { name throws(SpecError) in
      try mapping.language("parse", name)
    }
    self.init(points: points.map { PointSelector($0) }, settings: settings, parse: language)
  }

  /// Of imported activations nothing is to be said but which points.
  init(ofImported mapping: SpecReader?) throws(SpecError) {
    if let key = mapping?.keys.first(where: { $0 != "points" && Self.keys.contains($0) }) {
      throw mapping?.error(
        .notApplicable, key, "says how a model is run, and the spec has none",
        advice: "Of imported activations only points can be chosen")
        ?? SpecError(.notApplicable, at: key, "the spec has no model")
    }
    try mapping?.allowOnly(["points"])
    let points = try mapping?.optionalStrings("points") ?? []
    self.init(points: points.map { PointSelector($0) })
  }

  /// `positions` is a word, or a list of numbers.
  private static func positions(_ mapping: SpecReader) throws(SpecError) -> Positions? {
    guard let parts = try mapping.optionalStrings("positions") else { return nil }
    let text = parts.joined(separator: ",")
    // What was imported is not captured.
    guard let positions = Positions(rawValue: text), positions != .pooled else {
      throw mapping.error(
        .badValue, "positions", "\(text) is not one of its values",
        advice: "Known: \(Positions.forms.joined(separator: ", "))")
    }
    return positions
  }

  private static func maximum(_ mapping: SpecReader) throws(SpecError) -> ByteCount? {
    guard let text = try mapping.optionalString("max-bytes") else { return nil }
    do throws(StoreError) {
      return try ByteCount(text, at: "max-bytes")
    } catch {
      throw mapping.error(.badValue, "max-bytes", error.problem, advice: error.advice)
    }
  }
}

extension SpecReader {
  /// The language of this name.
  func language(_ key: String, _ name: String) throws(SpecError) -> SourceLanguage {
    do {
      return try SourceLanguages.named(name)
    } catch {
      throw self.error(.badValue, key, error.problem, advice: error.advice)
    }
  }

  /// A path relative to the spec's folder.
  func path(_ text: String) -> String {
    let folder = (file as NSString).deletingLastPathComponent
    return text.hasPrefix("/") || folder.isEmpty ? text : (folder as NSString).appendingPathComponent(text)
  }

  /// A name made of `[A-Za-z0-9_-]`, which file names and expectation paths can hold.
  func identifier(_ key: String, default fallback: String? = nil) throws(SpecError) -> String {
    guard let text = try fallback == nil ? string(key) : optionalString(key) ?? fallback else { return "" }
    guard !text.isEmpty, text.utf8.allSatisfy({ isIdentifierByte($0) }) else {
      throw error(.badValue, key, "\"\(text)\" is not a name", advice: "Use letters, digits, _ and -")
    }
    return text
  }
}

func isIdentifierByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"),
    UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
