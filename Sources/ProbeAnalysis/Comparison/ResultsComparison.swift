import ProbeMath

/// How two results are compared.
public struct ComparisonSettings: Sendable, Equatable {
  /// The metric that decides; nil for accuracy of classes and R² of numbers.
  public var metric: ProbeMetric?
  /// Level of significance; intervals are of level 1 − α.
  public var alpha: Double
  /// δ of the equivalence that is asked for; nil for none.
  public var margin: Double?
  /// Bootstrap resamples of groups.
  public var replicates: Int
  /// Random exchanges of the test.
  public var resamples: Int
  /// Seed of both.
  public var seed: UInt64

  /// The usual settings, but for what is given.
  public init(
    metric: ProbeMetric? = nil, alpha: Double = 0.05, margin: Double? = nil, replicates: Int = 2000,
    resamples: Int = 1999, seed: UInt64 = 0
  ) {
    precondition(alpha > 0 && alpha < 0.5, "ComparisonSettings: alpha \(alpha)")
    precondition(replicates > 0 && resamples > 0, "ComparisonSettings: \(replicates), \(resamples) resamples")
    (self.metric, self.alpha, self.margin) = (metric, alpha, margin)
    (self.replicates, self.resamples, self.seed) = (replicates, resamples, seed)
  }
}

/// Two results about the same questions, compared in pairs: did B get worse than A?
///
/// Every question (analysis and label) that both answered is compared on the items that both were tested on. The
/// p-values are Holm-adjusted over the questions.
public struct ResultsComparison: Sendable, Codable, Equatable {
  /// One of the two.
  public struct Side: Sendable, Codable, Equatable {
    /// Path of the file.
    public let file: String
    /// The experiment's name.
    public let name: String
    /// Where its numbers come from.
    public let provenance: Provenance
  }

  /// Something that was not the same.
  public struct Difference: Sendable, Codable, Equatable {
    /// What.
    public let what: String
    /// With A.
    public let a: String
    /// With B.
    public let b: String
  }

  /// What B is compared with.
  public let a: Side
  /// What is compared.
  public let b: Side
  /// Level of significance.
  public let alpha: Double
  /// The questions in the order of A.
  public let questions: [QuestionComparison]
  /// Questions that only one side answered, or that do not have the metric asked for, each with the reason.
  public let skipped: [String]
  /// What differs between the sides in where they come from.
  public let differences: [Difference]
  /// What a reader must know before believing the numbers.
  public let warnings: [String]

  /// Compares `b` with `a`.
  ///
  /// - Throws: ``SpecError`` `.missingData` when a file is without predictions, or when they share no question or, of
  ///   one, no item; `.badValue` when they disagree about what is true; `.notApplicable` when no question has the
  ///   metric.
  public init(
    _ a: Results, file fileA: String, with b: Results, file fileB: String,
    settings: ComparisonSettings = ComparisonSettings()
  ) throws(SpecError) {
    self.a = Side(file: fileA, name: a.name, provenance: a.provenance)
    self.b = Side(file: fileB, name: b.name, provenance: b.provenance)
    alpha = settings.alpha
    let (askedOfA, askedOfB) = (try Self.questions(a, fileA), try Self.questions(b, fileB))
    var compared: [QuestionComparison] = []
    var skipped: [String] = []
    for (name, one) in askedOfA {
      guard let other = askedOfB.first(where: { $0.name == name })?.asked else {
        skipped.append("\(name): only A answers it")
        continue
      }
      let metric = settings.metric ?? one.predictions.usualMetrics[0]
      guard one.predictions.knownMetrics.contains(metric) else {
        skipped.append("\(name): has no \(metric.rawValue)")
        continue
      }
      compared.append(
        try QuestionComparison(
          id: one.id, one.predictions, other.predictions, metric: metric, settings: settings))
    }
    for (name, _) in askedOfB where !askedOfA.contains(where: { $0.name == name }) {
      skipped.append("\(name): only B answers it")
    }
    guard !compared.isEmpty else { throw Self.nothing(askedOfA, askedOfB, settings.metric, fileA, fileB) }
    let adjusted = MultipleTesting.holm.adjusted(compared.map { $0.p ?? .nan })
    for (index, p) in adjusted.enumerated() {
      compared[index].conclude(adjusted: p.isNaN ? nil : p, alpha: settings.alpha)
    }
    (questions, self.skipped) = (compared, skipped)
    differences = Self.differences(a.provenance, b.provenance)
    warnings = Self.warnings(a.provenance, b.provenance, compared)
  }

  /// Whether B is significantly worse than A in any question.
  public var isRegression: Bool { questions.contains { $0.verdict == .worse } }
  /// Whether equality up to the margin was shown in every question; nil where it was not asked for.
  public var isEquivalent: Bool? {
    let asked = questions.compactMap { $0.equivalence }
    return asked.isEmpty ? nil : asked.allSatisfy { $0.holds }
  }

  // MARK: - Questions

  private typealias Asked = (name: String, asked: (id: String, predictions: ItemPredictions))

  private static func questions(_ results: Results, _ file: String) throws(SpecError) -> [Asked] {
    let asked = results.analyses.flatMap { analysis in
      (analysis.predictions ?? []).map { predictions -> Asked in
        (QuestionComparison.name(analysis.id, predictions.label), (analysis.id, predictions))
      }
    }
    guard !asked.isEmpty else {
      throw SpecError(
        .missingData, at: file, "holds no predictions of single items",
        advice: "Results of schema version 2 have them: run `probe analyze` again")
    }
    return asked
  }

  private static func nothing(
    _ a: [Asked], _ b: [Asked], _ metric: ProbeMetric?, _ fileA: String, _ fileB: String
  ) -> SpecError {
    let shared = a.filter { one in b.contains { $0.name == one.name } }
    if let metric, !shared.isEmpty {
      let known = Set(shared.flatMap { $0.asked.predictions.knownMetrics })
      let names = ProbeMetric.allCases.filter(known.contains).map { $0.rawValue }
      return SpecError(
        .notApplicable, at: fileA, "no question that both answer has \(metric.rawValue)",
        advice: "They have: \(names.joined(separator: ", "))")
    }
    func list(_ asked: [Asked]) -> String { asked.map { $0.name }.joined(separator: ", ") }
    return SpecError(
      .missingData, at: fileB,
      "answers no question that \(fileA) answers: it has \(list(b)), the other \(list(a))",
      advice: "Questions are the same when analysis id and label are")
  }
}
