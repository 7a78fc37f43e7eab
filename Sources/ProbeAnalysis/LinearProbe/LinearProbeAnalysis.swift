import ProbeMath
import ProbeModel
import ProbeStore

/// Can a linear read-out of the activations tell a label, where, and how does that compare with what needs no hidden
/// state?
///
/// One probe a captured point: L2 logistic regression for classes, ridge regression for numbers. Its strength is chosen on
/// group-folds of the training part, the point on the validation part, and the headline is that fixed probe on test groups
/// with a cluster-bootstrap interval. Beside it, unless the spec leaves it out: the procedure under nested
/// cross-validation, a permutation test over all points, a control task, what needs no hidden state, and the company of
/// the chosen point (``ProbeCompany``).
public struct LinearProbeAnalysis: Analysis {
  /// `linear-probe`.
  public static let name = "linear-probe"
  /// One line about the sweep and its company.
  public static let summary =
    "sweep of linear probes over captured points, with baselines, controls and intervals"
  /// Metrics of the probe, of the procedure, and of their company.
  public static let metrics: [(name: String, meaning: String)] =
    ProbeMetric.allCases.map { ($0.rawValue, $0.meaning) } + [
      (
        "auroc_over_log_probability",
        "AUROC of the probe minus that of the text's log-probability, same test items"
      ),
      ("accuracy_over_log_probability", "the same difference in accuracy"),
      ("r2_over_log_probability", "the same difference in R²"),
      ("mae_over_log_probability", "the same difference in mean error"),
      ("angular_error_over_log_probability", "the same difference in mean error on a circle"),
      (
        "procedure",
        "accuracy (mean error of numbers) of the procedure in expectation, by nested cross-validation"
      ),
      ("procedure_auroc", "its AUROC, mean over folds"),
      ("procedure_r2", "its R², mean over folds"),
      ("procedure_angular_error", "its mean error on a circle, mean over folds"),
      ("p_value", "permutation p that anything is there, corrected for looking at every point (max-T)"),
      (
        "selectivity",
        "accuracy (R²) minus that on control labels drawn per type (Hewitt & Liang 2019)"
      ),
      ("control", "accuracy (R²) on those control labels"),
    ] + ProbeCompany.metrics

  /// What there is depends on what is read: classes, a number, a place on a circle.
  public static let headlines = ["accuracy", "r2", "angular_error"]

  /// What a spec can leave out.
  public enum Part: String, Sendable, Codable, CaseIterable {
    case crossValidation = "cross-validation"
    case permutation, widths, families, mdl, calibration, similarity, erasure, causal
    case learningCurve = "learning-curve"
  }

  /// Names this analysis in expectations; `linear-probe` unless the spec says otherwise.
  public let id: String
  /// The labels to read out, each a question of its own.
  public let labels: [String]
  /// What an item is; decided by where the corpus has the label when nil.
  public let unit: ItemUnit?
  /// What is read.
  public let target: ProbeTarget.Kind
  /// Circumference of a cyclic target.
  public let period: Double?
  /// Which captured points; all when nil.
  public let points: [PointSelector]?
  /// Strengths λ to choose from.
  public let strengths: [Double]
  /// Whether classes weigh alike, whatever their number of items.
  public let isBalanced: Bool
  /// Resamples of the bootstrap.
  public let replicates: Int
  /// Permutations of the test.
  public let permutations: Int
  /// Other models of the spec, whose activations go through the same procedure.
  public let baselines: [String]
  /// What is left out.
  public let without: Set<Part>
  private let controlBy: ControlTask.By?

  static let keys = [
    "id", "label", "labels", "items", "target", "period", "points", "strengths", "class-weights",
    "replicates",
    "permutations", "baselines", "control", "without",
  ]

  /// Reads its settings; `docs/experiment-spec.md` lists them.
  ///
  /// - Throws: ``SpecError`` naming file, line and key.
  public init(_ reader: SpecReader) throws(SpecError) {
    try reader.allowOnly(Self.keys)
    id = try reader.identifier("id", default: Self.name)
    labels = try Self.labels(reader)
    unit = try reader.optionalCase("items", of: ItemUnit.self)
    target = try reader.optionalCase("target", of: ProbeTarget.Kind.self) ?? .classes
    period = try Self.period(reader, target)
    points = try reader.optionalStrings("points")?.map { PointSelector($0) }
    strengths = try reader.optionalNumbers("strengths") ?? LogisticProbeFitter.defaultStrengths
    guard !strengths.isEmpty, strengths.allSatisfy({ $0 > 0 }) else {
      throw reader.error(.badValue, "strengths", "expected positive numbers")
    }
    isBalanced = try reader.optionalCase("class-weights", of: ClassWeights.self) == .balanced
    replicates = try reader.integer("replicates", in: 100...100_000, default: 2000)
    permutations = try reader.integer("permutations", in: 99...100_000, default: 999)
    baselines = try reader.optionalStrings("baselines") ?? []
    guard Set(baselines).count == baselines.count else {
      throw reader.error(.duplicate, "baselines", "a model occurs twice")
    }
    without = try reader.cases("without", of: Part.self)
    controlBy = try Self.control(reader)
  }

  /// Whether something is part of the answer.
  func does(_ part: Part) -> Bool { !without.contains(part) }

  /// The control task for items of this kind: of tokens and stretches the token type, unless the spec says otherwise.
  func control(of unit: ItemUnit) -> ControlTask.By { controlBy ?? (unit == .sequence ? .none : .token) }

  private enum ClassWeights: String, CaseIterable { case balanced, none }

  private static func period(_ reader: SpecReader, _ target: ProbeTarget.Kind) throws(SpecError) -> Double? {
    let period = try reader.optionalNumber("period")
    guard target == .cyclic else {
      guard period == nil else {
        throw reader.error(
          .notApplicable, "period", "only a cyclic target has one", advice: "Add target: cyclic")
      }
      return nil
    }
    guard let period else {
      throw reader.error(
        .missingKey, "period", "a cyclic target needs its circumference", advice: "For hours: period: 24")
    }
    guard period > 0 else {
      throw reader.error(.badValue, "period", "expected a number above 0, found \(LabelValue.number(period))")
    }
    return period
  }

  private static func control(_ reader: SpecReader) throws(SpecError) -> ControlTask.By? {
    guard let control = try reader.optionalMapping("control") else { return nil }
    try control.allowOnly(["by"])
    return ControlTask.By(try control.string("by"))
  }

  private static func labels(_ reader: SpecReader) throws(SpecError) -> [String] {
    let one = try reader.optionalStrings("label") ?? []
    let many = try reader.optionalStrings("labels") ?? []
    guard one.isEmpty != many.isEmpty else {
      throw reader.error(.missingKey, "label", "expected either label or labels")
    }
    let labels = one + many
    for label in labels where label.isEmpty || !label.utf8.allSatisfy(isIdentifierByte) {
      throw reader.error(
        .badValue, one.isEmpty ? "labels" : "label", "\"\(label)\" is not a name",
        advice: "Use letters, digits, _ and -")
    }
    guard Set(labels).count == labels.count else {
      throw reader.error(.duplicate, "labels", "a label occurs twice")
    }
    return labels
  }

  /// One answer a label, and the norms of the captured rows.
  ///
  /// - Throws: ``SpecError`` when labels, rows or points do not fit the question; ``StudyError``, with the analysis and
  ///   the label before its text, when the data cannot answer it; errors of the store and the model.
  public func findings(in context: AnalysisContext) throws -> LinearProbeFindings {
    let examples = try context.store.examples(of: context.capture)
    let tokens = Dictionary(grouping: try context.store.tokens(of: context.capture)) { $0.example }
    let chosen = try points.map { try context.points(chosenBy: $0, for: id) } ?? context.points
    let usable = chosen.filter { !$0.site.isRagged }
    guard !usable.isEmpty else {
      throw SpecError(
        .missingData, at: "\(context.store.path): \(id)", "no point of fixed width was captured",
        advice: "Capture residual streams, for example blocks.*.hook_resid_post")
    }
    let norms = try usable.map { try NormSummary($0, of: context) }
    let likelihood = try LogProbabilityBaseline(
      ids: examples.map { $0.example.id }, sequences: examples.indices.map { tokens[$0] ?? [] }, context)
    var answers = try labels.map { label in
      context.progress("\(id): \(label)")
      let request = LabelRequest(label: label, unit: unit, kind: target, period: period)
      let items = try LabelledItems(
        request, examples: examples, tokens: tokens, store: context.store.path,
        isImported: context.capture.isImported)
      do {
        let models = try baselines.compactMap { name in context.others.first { $0.name == name } }
          .map { try ModelBaseline($0, items: items, context: context) }
        return try LinearProbeQuestion(
          self, items, points: usable, likelihood: likelihood, models: models, context
        ).answer()
      } catch let error as StudyError {
        // The study knows items and groups; which question they belong to is known here.
        throw StudyError(
          error.reason, at: "\(id).\(label): \(error.location)", "\(id).\(label): \(error.description)")
      }
    }
    Self.correctForQuestions(&answers)
    return LinearProbeFindings(
      questions: answers.map { $0.question }, norms: norms, predictions: answers.map { $0.predictions },
      probes: answers.compactMap { $0.probe })
  }

  /// Benjamini and Hochberg over the questions, which are independent as far as the labels are.
  private static func correctForQuestions(_ answers: inout [LinearProbeQuestion.Answer]) {
    let tested = answers.indices.filter { answers[$0].question.permutation.value != nil }
    let adjusted = MultipleTesting.benjaminiHochberg.adjusted(
      tested.compactMap { answers[$0].question.permutation.value?.best })
    for (place, index) in tested.enumerated() {
      answers[index].question.permutation.value?.acrossQuestions = adjusted[place]
    }
  }
}

extension ProbeMetric {
  /// One sentence for the docs.
  var meaning: String {
    switch self {
    case .ofClasses(.accuracy): "share of test items whose most likely class is the true one"
    case .ofClasses(.balancedAccuracy): "mean over classes of the share recognised"
    case .ofClasses(.auroc): "area under the ROC curve, ties ½; above two classes the mean of one-versus-rest"
    case .ofClasses(.logLoss): "mean of −ln p(true class), nats"
    case .ofClasses(.brier): "mean squared distance of the probabilities from the truth"
    case .ofNumbers(.r2): "share of the numbers' variance on the test part that the predictions explain"
    case .ofNumbers(.mae): "mean distance of the predictions from the numbers"
    case .ofNumbers(.rankCorrelation): "Spearman's rank correlation of predictions and numbers"
    case .ofNumbers(.angularError): "mean distance along the circle"
    }
  }
}
