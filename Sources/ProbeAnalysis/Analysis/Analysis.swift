import ProbeModel
import ProbeReport
import ProbeStore

/// One kind of question about activations: how it is asked in a spec, how it is answered, and how the answer reads.
///
/// A new analysis is one type that conforms, and one line in ``Analyses/all``. Its report section stands in the same
/// folder. `docs/extending.md` walks through it.
public protocol Analysis: Sendable {
  /// What is found: numbers and their company, independent of how they are shown.
  associatedtype Findings: AnalysisFindings

  /// Its key in a spec's `analyze` list.
  static var name: String { get }
  /// One line for `--help` and the docs.
  static var summary: String { get }
  /// The metrics it measures, with a sentence each; expectations can name these.
  static var metrics: [(name: String, meaning: String)] { get }

  /// Names this analysis in expectations; unique in a spec.
  var id: String { get }

  /// Names of the spec's models, besides the one that is asked about, whose captures it compares with.
  var baselines: [String] { get }

  /// Reads its settings from a spec; unknown keys are errors.
  init(_ reader: SpecReader) throws(SpecError)

  /// Answers the question. The same context and seed give the same findings.
  ///
  /// - Throws: ``SpecError`` or ``StudyError`` when the data cannot answer it; errors of the store and the model.
  func findings(in context: AnalysisContext) throws -> Findings

  /// The findings as part of a report.
  func account(of findings: Findings) -> AnalysisAccount
}

extension Analysis {
  /// No other models.
  public var baselines: [String] { [] }
}

/// What an analysis found.
public protocol AnalysisFindings: Sendable, Codable, Equatable {
  /// The numbers that expectations can address.
  var measurements: [Measurement] { get }
  /// What was said about every test item, by question.
  var predictions: [ItemPredictions] { get }
  /// The read-outs that it chose, to be saved; no part of a results file.
  var probes: [ChosenProbe] { get }
}

/// A fitted probe under the name of its question.
public struct ChosenProbe: Sendable, Equatable {
  /// Label of the question.
  public let label: String
  /// The probe.
  public let probe: LinearProbe
  /// What it was fitted on.
  public let origin: ProbeOrigin
}

extension AnalysisFindings {
  /// None that could be compared item by item.
  public var predictions: [ItemPredictions] { [] }
  /// None.
  public var probes: [ChosenProbe] { [] }
}

/// How findings read in a report.
public struct AnalysisAccount: Sendable {
  /// The answer in one sentence.
  public var headline: String
  /// The few numbers beside the verdict.
  public var figures: [Figure]
  /// The evidence.
  public var sections: [Section]
  /// What a reader must know before believing the numbers.
  public var warnings: [Warning]

  /// An account from its parts.
  public init(headline: String, figures: [Figure], sections: [Section], warnings: [Warning]) {
    (self.headline, self.figures, self.sections, self.warnings) = (headline, figures, sections, warnings)
  }
}

/// What an analysis may look at.
public struct AnalysisContext: Sendable {
  /// The store that holds the activations.
  public let store: ActivationStore
  /// The capture in it.
  public let capture: CaptureRecord
  /// Its complete points, in the order of computation.
  public let points: [HookPoint]
  /// The spec's other models, with their captures of the same corpus by the same settings.
  public let others: [OtherModel]
  /// Opens the model, for analyses that run it; opened once, at the first call.
  public let model: @Sendable () throws -> HookedTransformer
  /// Seed of the experiment.
  public let seed: UInt64
  /// Tells people what is going on.
  public let progress: @Sendable (String) -> Void

  /// A context from its parts.
  public init(
    store: ActivationStore, capture: CaptureRecord, points: [HookPoint], others: [OtherModel] = [],
    model: @escaping @Sendable () throws -> HookedTransformer, seed: UInt64,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.store, self.capture, self.points, self.others) = (store, capture, points, others)
    (self.model, self.seed, self.progress) = (model, seed, progress)
  }
}

/// A model of the spec besides the one that is asked about, and what was captured from it.
public struct OtherModel: Sendable {
  /// Its key in the spec's `models`.
  public let name: String
  /// Whether it is a random-initialised twin.
  public let isTwin: Bool
  /// One capture, or one for each seed of a twin.
  public let captures: [CaptureRecord]

  /// A model from its parts.
  public init(name: String, isTwin: Bool, captures: [CaptureRecord]) {
    (self.name, self.isTwin, self.captures) = (name, isTwin, captures)
  }
}
