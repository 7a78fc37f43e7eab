import Foundation
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

  /// The metric that a verdict shows: the first of these that was measured.
  static var headlines: [String] { get }

  /// Names this analysis in expectations; unique in a spec.
  var id: String { get }

  /// Names of the spec's models, besides the one that is asked about, whose captures it compares with.
  var baselines: [String] { get }

  /// Whether it reads a capture of another model that it names in ``baselines``; false where it runs that model itself.
  func readsCapture(of model: NamedModel) -> Bool

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

  /// It does.
  public func readsCapture(of model: NamedModel) -> Bool { true }
}

/// What an analysis found.
public protocol AnalysisFindings: Sendable, Codable, Equatable {
  /// The numbers that expectations can address.
  var measurements: [Measurement] { get }
  /// What was said about every test item, by question.
  var predictions: [ItemPredictions] { get }
  /// The read-outs that it chose, to be saved; no part of a results file.
  var probes: [ChosenProbe] { get }
  /// What else it fitted, to be saved; no part of a results file.
  var files: [FittedFile] { get }
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

/// Something that was fitted and is no probe of labels, as a safetensors file.
public struct FittedFile: Sendable {
  /// End of the file's name, such as `subspace`; `.safetensors` comes behind it.
  public let name: String
  /// What is in it.
  public let parts: ProbeParts
}

extension AnalysisFindings {
  /// None that could be compared item by item.
  public var predictions: [ItemPredictions] { [] }
  /// None.
  public var probes: [ChosenProbe] { [] }
  /// None.
  public var files: [FittedFile] { [] }
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
  /// The spec's models, the one that is asked about first; none for activations that were imported.
  public let models: [NamedModel]
  /// Those that were captured besides the first, with their captures of the same corpus by the same settings.
  public let others: [OtherModel]
  /// Opens the model, for analyses that run it; opened once, at the first call.
  public let model: @Sendable () throws -> HookedTransformer
  /// Seed of the experiment.
  public let seed: UInt64
  /// Tells people what is going on.
  public let progress: @Sendable (String) -> Void

  /// A context from its parts.
  public init(
    store: ActivationStore, capture: CaptureRecord, points: [HookPoint], models: [NamedModel] = [],
    others: [OtherModel] = [],
    model: @escaping @Sendable () throws -> HookedTransformer, seed: UInt64,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.store, self.capture, self.points) = (store, capture, points)
    (self.models, self.others) = (models, others)
    (self.model, self.seed, self.progress) = (model, seed, progress)
  }
}

extension AnalysisContext {
  /// The points that `selectors` name, among those that the spec captures.
  ///
  /// - Parameter id: the analysis that asks, for messages.
  /// - Throws: ``SpecError`` `.missingData` for a selector that names none.
  func points(chosenBy selectors: [PointSelector], for id: String) throws(SpecError) -> [HookPoint] {
    do {
      return try PointSelector.select(selectors, from: points)
    } catch {
      throw SpecError(
        .missingData, at: "\(id): \(error.location)", "the spec does not capture such a hook point",
        advice: error.advice + "; add it under capture: points")
    }
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
