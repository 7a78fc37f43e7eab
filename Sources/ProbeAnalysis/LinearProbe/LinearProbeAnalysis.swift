import ProbeMath
import ProbeModel
import ProbeStore

/// Can a linear read-out of the activations tell the classes of a label apart, where, and how does that compare with
/// what needs no hidden state?
///
/// One probe per captured point (L2 logistic regression); its strength is chosen on group-folds of the training part,
/// the point on the validation part, and the headline is that fixed probe on test groups with a cluster-bootstrap
/// interval. Beside it: chance, majority, bag of tokens, log-probability of the text, shuffled labels.
public struct LinearProbeAnalysis: Analysis {
  /// `linear-probe`.
  public static let name = "linear-probe"
  /// One line about the sweep and its company.
  public static let summary = "sweep of L2 logistic probes over captured points, with baselines and intervals"
  /// Metrics of the probe, differences to the log-probability baseline, selectivity.
  public static let metrics: [(name: String, meaning: String)] =
    ClassificationMetric.allCases.map { ($0.rawValue, $0.meaning) } + [
      (
        "auroc_over_log_probability",
        "AUROC of the probe minus that of the text's log-probability, same test items"
      ),
      ("accuracy_over_log_probability", "the same difference in accuracy"),
      ("selectivity", "accuracy minus accuracy on control labels drawn per type (Hewitt & Liang 2019)"),
    ]

  /// Names this analysis in expectations; `linear-probe` unless the spec says otherwise.
  public let id: String
  /// The labels to read out, each a question of its own.
  public let labels: [String]
  /// Which captured points; all when nil.
  public let points: [PointSelector]?
  /// Strengths λ to choose from.
  public let strengths: [Double]
  /// Resamples of the bootstrap.
  public let replicates: Int
  /// Other models of the spec, whose activations go through the same procedure.
  public let baselines: [String]

  static let keys = ["id", "label", "labels", "points", "strengths", "replicates", "baselines", "control"]

  /// Reads `id`, `label` or `labels`, `points`, `strengths`, `replicates`, `baselines` and `control`.
  ///
  /// - Throws: ``SpecError`` naming file, line and key.
  public init(_ reader: SpecReader) throws(SpecError) {
    try reader.allowOnly(Self.keys)
    id = try reader.identifier("id", default: Self.name)
    labels = try Self.labels(reader)
    points = try reader.optionalStrings("points")?.map { PointSelector($0) }
    strengths = try reader.optionalNumbers("strengths") ?? LogisticProbeFitter.defaultStrengths
    guard !strengths.isEmpty, strengths.allSatisfy({ $0 > 0 }) else {
      throw reader.error(.badValue, "strengths", "expected positive numbers")
    }
    replicates = try reader.optionalInteger("replicates") ?? 2000
    guard (100...100_000).contains(replicates) else {
      throw reader.error(.badValue, "replicates", "expected 100 to 100000, found \(replicates)")
    }
    baselines = try reader.optionalStrings("baselines") ?? []
    guard Set(baselines).count == baselines.count else {
      throw reader.error(.duplicate, "baselines", "a model occurs twice")
    }
    if let control = try reader.optionalMapping("control") {
      try control.allowOnly(["by"])
      guard try control.string("by") == "none" else {
        throw control.error(
          .badValue, "by", "labels of whole sequences have no types that recur: only none fits",
          advice: "Control tasks need token labels")
      }
    }
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
    let chosen = try chosenPoints(of: context)
    let usable = chosen.filter { !$0.site.isRagged }
    guard !usable.isEmpty else {
      throw SpecError(
        .missingData, at: "\(context.store.path): \(id)", "no point of fixed width was captured",
        advice: "Capture residual streams, for example blocks.*.hook_resid_post")
    }
    let norms = try usable.map { try NormSummary($0, of: context) }
    let likelihood = try LogProbabilityBaseline(
      ids: examples.map { $0.example.id }, sequences: examples.indices.map { tokens[$0] ?? [] }, context)
    let answers = try labels.map { label in
      context.progress("\(id): \(label)")
      let items = try LabelledItems(label: label, examples: examples, tokens: tokens, context: context)
      do {
        let models = try baselines.compactMap { name in context.others.first { $0.name == name } }
          .map { try ModelBaseline($0, items: items, context: context) }
        return try LinearProbeQuestion(
          analysis: self, items: items, points: usable, likelihood: likelihood, models: models
        )
        .answer(in: context)
      } catch let error as StudyError {
        // The study knows items and groups; which question they belong to is known here.
        throw StudyError(
          error.reason, at: "\(id).\(label): \(error.location)", "\(id).\(label): \(error.description)")
      }
    }
    return LinearProbeFindings(
      questions: answers.map { $0.question }, norms: norms, predictions: answers.map { $0.predictions })
  }
}

extension LinearProbeAnalysis {
  /// The points that `points` names, among those that the spec captures.
  private func chosenPoints(of context: AnalysisContext) throws(SpecError) -> [HookPoint] {
    guard let points else { return context.points }
    do {
      return try PointSelector.select(points, from: context.points)
    } catch {
      throw SpecError(
        .missingData, at: "\(id): \(error.location)", "the spec does not capture such a hook point",
        advice: error.advice + "; add it under capture: points")
    }
  }
}

extension ClassificationMetric {
  /// One sentence for the docs.
  var meaning: String {
    switch self {
    case .accuracy: "share of test items whose most likely class is the true one"
    case .balancedAccuracy: "mean over classes of the share recognised"
    case .auroc: "area under the ROC curve, ties ½; above two classes the mean of one-versus-rest"
    case .logLoss: "mean of −ln p(true class), nats"
    case .brier: "mean squared distance of the probabilities from the truth"
    }
  }
}
