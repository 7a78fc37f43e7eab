import Foundation
import ProbeMath
import ProbeModel
import ProbeReport
import ProbeStore

/// Runs the analyses of a spec over a store and puts the answers together.
public struct Experiment: Sendable {
  /// Version of `probe`, in results and `--version`.
  public static let version = "0.1.0"

  /// What is asked.
  public let spec: ExperimentSpec
  private let store: ActivationStore
  private let capture: CaptureRecord
  private let points: [HookPoint]
  private let others: [OtherModel]
  private let model: @Sendable () throws -> HookedTransformer

  /// Finds the capture that the spec describes in a store.
  ///
  /// - Throws: ``SpecError`` `.missingKey` when the spec asks nothing; `.missingData` when the store lacks what the
  ///   spec needs, with the command that adds it; errors of the corpus, the checkpoint and the store.
  public init(spec: ExperimentSpec, store: ActivationStore) throws {
    guard !spec.analyses.isEmpty else {
      throw SpecError(
        .missingKey, at: "\(spec.file): analyze", "the spec names no analysis",
        advice: "Known: \(Analyses.all.map { $0.name }.joined(separator: ", "))")
    }
    self.spec = spec
    self.store = store
    guard let main = spec.main, let corpus = spec.corpus else {
      let search = ImportedSearch(spec: spec, store: store)
      capture = try search.capture()
      points = try search.points(in: capture)
      others = []
      model = {
        throw SpecError(
          .notApplicable, at: spec.file, "there is no model: the spec is about activations that were imported"
        )
      }
      return
    }
    let once = Once { try main.open() }
    model = { try once.value() }
    let search = try CaptureSearch(spec: spec, main: main, corpus: corpus, store: store)
    capture = try search.capture(of: main)
    let points = try search.points(in: capture, model: model)
    self.points = points
    others = try spec.models(comparedByCapture: true).map { try search.other($0, points: points) }
  }

  /// Answers every question of the spec.
  ///
  /// - Parameter progress: told what is going on.
  /// - Throws: errors of the analyses; ``SpecError`` for an expectation that addresses nothing.
  public func run(progress: @escaping @Sendable (String) -> Void = { _ in }) throws -> (Results, Report) {
    let answers = try answers(progress: progress)
    return (answers.results, answers.report)
  }

  /// What a spec's questions come to.
  public struct Answers: Sendable {
    /// The numbers.
    public let results: Results
    /// How they read.
    public let report: Report
    /// The probes that were chosen, by `ID.LABEL`.
    public let probes: [(name: String, probe: SavedProbe)]
    /// What else was fitted, as `ID.NAME`.
    public let files: [FittedFile]
  }

  /// Answers every question of the spec, and keeps the probes that were chosen.
  ///
  /// - Throws: as ``run(progress:)``.
  public func answers(progress: @escaping @Sendable (String) -> Void = { _ in }) throws -> Answers {
    try BLAS.load()
    let context = AnalysisContext(
      store: store, capture: capture, points: points, models: spec.models, others: others, model: model,
      seed: spec.seed,
      progress: progress)
    var parts: [Results.AnalysisResult] = []
    var accounts: [AnalysisAccount] = []
    var probes: [(name: String, probe: SavedProbe)] = []
    var files: [FittedFile] = []
    for analysis in spec.analyses {
      let (result, account, chosen, fitted) = try analysis.answer(in: context)
      files += fitted.map { FittedFile(name: "\(analysis.id).\($0.name)", parts: $0.parts) }
      parts.append(result)
      accounts.append(account)
      probes += chosen.map { ("\(analysis.id).\($0.label)", SavedProbe($0.probe, origin: $0.origin)) }
    }
    var results = Results(
      name: spec.name, title: spec.title, provenance: try provenance(), analyses: parts, expectations: [])
    let measurements = results.measurements
    results.expectations = try spec.expectations.map { try $0.evaluate(measurements) }
    return Answers(
      results: results,
      report: ExperimentReport(
        spec: spec, results: results, accounts: accounts, capture: capture, pointCount: points.count
      ).report, probes: probes, files: files)
  }

  /// Models that were captured, then those that analyses ran themselves.
  private func provenanceOfOthers() throws -> [Provenance.Model]? {
    let captured = others.flatMap { other in
      other.captures.map {
        Provenance.Model(name: other.name, model: $0.modelName, weightsDigest: $0.weightsDigest)
      }
    }
    let run = try spec.models(comparedByCapture: false).flatMap { model in
      try model.sources.map {
        Provenance.Model(name: model.name, model: $0.modelName, weightsDigest: try $0.weightsDigest())
      }
    }
    return captured.isEmpty && run.isEmpty ? nil : captured + run
  }

  private var provenanceOfSettings: [String: String] {
    let settings = capture.settings
    var texts = [
      "positions": settings.positions.rawValue, "dtype": settings.dtype.rawValue,
      "sentinel": settings.sentinel.rawValue, "overflow": settings.overflow.rawValue,
    ]
    if settings.chat != .raw { texts["chat"] = settings.chat.rawValue }
    if settings.pieces != .whole { texts["pieces"] = settings.pieces.rawValue }
    if settings.deduplicate { texts["deduplicate"] = "true" }
    if let subsample = capture.subsample { texts["subsample"] = subsample.rawValue }
    return texts
  }

  private func provenance() throws -> Provenance {
    Provenance(
      version: Self.version, model: capture.modelName, architecture: capture.architecture,
      weightsDigest: capture.weightsDigest, tokenizerDigest: capture.tokenizerDigest,
      corpus: ((spec.corpus ?? capture.corpusPath) as NSString).lastPathComponent,
      corpusDigest: capture.corpusDigest,
      specDigest: SHA256Digest.of(spec.text),
      capture: provenanceOfSettings, seed: spec.seed,
      numericsVersion: capture.numericsVersion, kernels: BLAS.kernelFamily, models: try provenanceOfOthers())
  }
}

extension Analysis {
  /// Findings and account, with the findings' type still known.
  fileprivate func answer(
    in context: AnalysisContext
  ) throws -> (Results.AnalysisResult, AnalysisAccount, [ChosenProbe], [FittedFile]) {
    let findings = try findings(in: context)
    let result = Results.AnalysisResult(
      id: id, analysis: Self.name, measurements: findings.measurements, predictions: findings.predictions,
      findings: try JSONDocument(encoding: findings))
    return (result, account(of: findings), findings.probes, findings.files)
  }
}

/// A value that is made at most once, by whoever asks first.
private final class Once<Value: Sendable>: @unchecked Sendable {
  // `@unchecked` because `made` is only touched under `lock`.
  private let lock = NSLock()
  private var made: Result<Value, any Error>?
  private let make: @Sendable () throws -> Value

  init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  func value() throws -> Value {
    try lock.withLock {
      let result = made ?? Result { try make() }
      made = result
      return try result.get()
    }
  }
}
