import ProbeMath
import ProbeReport

extension ResultsComparison {
  /// The comparison as a report.
  ///
  /// - Parameter command: what makes it again.
  public func report(command: String) -> Report {
    Report(
      title: "\(a.name) and \(b.name)",
      question: "Does B (\(b.provenance.model)) hold up against A (\(a.provenance.model))?",
      verdict: Verdict(outcome, headline: headline, figures: figures),
      warnings: warnings.map { Warning("Not quite the same question", detail: $0) }, sections: sections,
      provenance: facts(a, "A") + facts(b, "B"), reproduce: [command])
  }

  /// The answer in a sentence or two.
  public var headline: String {
    func names(_ verdict: QuestionComparison.Verdict) -> [String] {
      questions.filter { $0.verdict == verdict }.map { $0.name }
    }
    var parts: [String] = []
    if !names(.worse).isEmpty {
      parts.append("B is worse than A in \(names(.worse).joined(separator: ", ")).")
    }
    if !names(.better).isEmpty {
      parts.append("B is better than A in \(names(.better).joined(separator: ", ")).")
    }
    let open = names(.noDifference)
    if !open.isEmpty { parts.append("No difference is shown in \(open.joined(separator: ", ")).") }
    let undefined = names(.undefined)
    if !undefined.isEmpty { parts.append("\(undefined.joined(separator: ", ")) cannot be compared.") }
    if let isEquivalent {
      parts.append(
        isEquivalent
          ? "In every question the sides are equal up to the margin."
          : "That they are equal up to the margin is not shown in every question.")
    }
    return parts.joined(separator: " ")
  }

  private var outcome: Verdict.Outcome {
    if isRegression || isEquivalent == false { return .fails }
    if isEquivalent == true || questions.allSatisfy({ $0.verdict == .better }) { return .holds }
    // That no difference is shown shows no equality.
    return .undecided
  }

  private var figures: [Figure] {
    questions.prefix(4).compactMap { question in
      question.metrics.first.map { metric in
        Figure(
          "\(metric.metric.title), B − A, \(question.name)", metric.estimate(metric.difference),
          detail: "\(question.groups) groups; \(question.verdict.rawValue)")
      }
    }
  }

  // MARK: - Sections

  private var sections: [Section] {
    var sections = [differenceSection]
    if questions.contains(where: { $0.equivalence != nil }) { sections.append(equivalenceSection) }
    sections.append(metricSection)
    if !differences.isEmpty { sections.append(originSection) }
    if !skipped.isEmpty {
      sections.append(
        Section(
          id: "skipped", title: "Not compared", blocks: skipped.map { .paragraph(RichText($0)) }))
    }
    return sections
  }

  private var differenceSection: Section {
    let level = Quantity(1 - alpha, unit: .fraction, digits: 0).text
    // One chart a metric: another metric has another scale.
    let deciding = ProbeMetric.allCases.filter { metric in
      questions.contains { $0.metrics.first?.metric == metric }
    }
    let charts = deciding.map { metric in
      Block.intervals(
        IntervalChart(
          "\(metric.title): B − A",
          summary: "Paired difference of every question with its \(level) interval.",
          valueTitle: "\(metric.title), B − A on the same items, \(level) interval",
          unit: metric.unit,
          rows: questions.filter { $0.metrics.first?.metric == metric }.map { question in
            IntervalChart.Row(
              question.name, question.metrics.first.map { $0.estimate($0.difference) },
              isEmphasized: question.verdict == .worse || question.verdict == .better)
          }, references: [ReferenceLine("no difference", 0)]))
    }
    let rows = questions.map { question in
      let metric = question.metrics.first
      func bare(_ value: Measurement.Value?) -> Table.Cell {
        value?.value.map { .number(Quantity($0, unit: metric?.metric.unit ?? .plain)) }
          ?? .missing
      }
      return Table.Row(
        [
          .text("\(question.name), \(metric?.metric.title ?? "")"), bare(metric?.a), bare(metric?.b),
          metric.map { .estimate($0.estimate($0.difference)) } ?? .missing,
          question.p.map { .number(Quantity($0, digits: 4)) } ?? .missing,
          question.adjusted.map { .number(Quantity($0, digits: 4)) } ?? .missing,
          .text(question.verdict.rawValue),
        ])
    }
    return Section(
      id: "differences", title: "Differences",
      summary: RichText(
        "Both sides on the same items, resampled together by groups. A Holm-adjusted p of at most "
          + "\(Quantity(alpha).text) shows a difference."),
      blocks: charts + [
        .table(
          Table(
            "The metric that decides, on the shared items",
            columns: [
              .init("Question"), .init("A"), .init("B"), .init("B − A", detail: level + " interval"),
              .init("p"), .init("p, Holm"), .init("Verdict"),
            ], rows: rows,
            note: "Numbers are of the shared items, so they may differ from those in the sides' own reports.")
        )
      ])
  }

  private var equivalenceSection: Section {
    let rows = questions.compactMap { question in
      question.equivalence.map { equal in
        Table.Row([
          .text(question.name), .number(Quantity(equal.margin)),
          equal.lower.map { .number(Quantity($0)) } ?? .missing,
          equal.upper.map { .number(Quantity($0)) } ?? .missing,
          .text(equal.holds ? "✓ equal" : "✗ not shown"),
        ])
      }
    }
    let level = Quantity(1 - 2 * alpha, unit: .fraction, digits: 0).text
    return Section(
      id: "equivalence", title: "Equal up to a margin",
      summary: RichText(
        "The sides count as equal when the \(level) interval of B − A lies inside the margin."),
      blocks: [
        .table(
          Table(
            "Equivalence by the interval of the difference",
            columns: [
              .init("Question"), .init("Margin", detail: "±"), .init("Lower", detail: level),
              .init("Upper", detail: level), .init("Verdict"),
            ], rows: rows))
      ])
  }

  private var metricSection: Section {
    let rows = questions.flatMap { question in
      question.metrics.map { metric in
        Table.Row([
          .text(question.name), .text(metric.metric.title), .estimate(metric.estimate(metric.a)),
          .estimate(metric.estimate(metric.b)), .estimate(metric.estimate(metric.difference)),
        ])
      }
    }
    let places = questions.map { question in
      Table.Row([
        .text(question.name), .code(question.pointA ?? "-"), .code(question.pointB ?? "-"),
        .text(question.test.title), .count(question.items), .count(question.groups), .count(question.onlyInA),
        .count(question.onlyInB),
      ])
    }
    return Section(
      id: "metrics", title: "All metrics",
      summary: "Only the deciding metric is tested; the others are for reading.",
      blocks: [
        .table(
          Table(
            "Metrics on the shared items",
            columns: [.init("Question"), .init("Metric"), .init("A"), .init("B"), .init("B − A")], rows: rows)
        ),
        .table(
          Table(
            "Where either side read, and on which items",
            columns: [
              .init("Question"), .init("A at"), .init("B at"), .init("Test"),
              .init("Items", detail: "shared"),
              .init("Groups"), .init("Only in A"), .init("Only in B"),
            ], rows: places)),
      ])
  }

  private var originSection: Section {
    Section(
      id: "origin", title: "What differs between the sides",
      blocks: [
        .table(
          Table(
            "Provenance that is not the same", columns: [.init("What"), .init("A"), .init("B")],
            rows: differences.map { .init([.text($0.what), .code($0.a), .code($0.b)]) }))
      ])
  }

  private func facts(_ side: Side, _ name: String) -> [Fact] {
    let origin = side.provenance
    return [
      Fact("\(name), results", side.file), Fact("\(name), model", "\(origin.model) (\(origin.architecture))"),
      Fact("\(name), weights, sha256", origin.weightsDigest), Fact("\(name), corpus", origin.corpus),
      Fact("\(name), corpus, sha256", origin.corpusDigest), Fact("\(name), spec, sha256", origin.specDigest),
      Fact("\(name), seed", "\(origin.seed)"), Fact("\(name), probe", origin.version),
    ]
  }
}

extension QuestionComparison.MetricComparison {
  /// One of the values for a report.
  func estimate(_ value: Measurement.Value) -> Estimate {
    Estimate(
      value.value ?? .nan, lower: value.lower ?? .nan, upper: value.upper ?? .nan, n: value.n,
      chance: metric.higherIsBetter ? value.chance : nil, unit: metric.unit)
  }
}

extension QuestionComparison.Test {
  /// The name as people write it.
  public var title: String {
    switch self {
    case .mcNemar: "McNemar, exact"
    case .exactSwap: "Exchange by groups, exact"
    case .swap: "Exchange by groups"
    }
  }
}
