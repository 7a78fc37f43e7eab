import ProbeModel
import ProbeReport

/// The paper's numbers beside these, what was left out, and how the study was made.
extension ASTProbeSections {
  // MARK: Published

  var published: Section? {
    let rows = PublishedASTProbe.rows(findings.grammar.language)
    guard !rows.isEmpty, let best = findings.bestLayer, let own = findings.test.of(.membershipF1),
      own.value != nil
    else { return nil }
    let shown = rows.map { row in
      Table.Row(
        [.text(row.name)] + [row.precision, row.recall, row.f1].map { .number(Quantity($0, digits: 4)) })
    }
    func cell(_ metric: TreeMetric) -> Table.Cell { .init(findings.test.of(metric)) }
    let first = Table.Row(
      [
        .text("this study, \(best.point.shortName)"), cell(.membershipPrecision), cell(.membershipRecall),
        cell(.membershipF1),
      ], mark: "here")
    let strongest = rows.max { $0.f1 < $1.f1 }
    return Section(
      id: id("published"), title: "Beside the paper’s table",
      summary: """
        Counted as the paper counts, F1 is \(Estimate(own).text) here on \(own.snippets) test snippets. The paper’s best \
        on \(findings.languageName) is \(Quantity(strongest?.f1 ?? .nan, digits: 4).text) (\(strongest?.name ?? "")), \
        without an interval.
        """,
      blocks: [
        .table(
          Table(
            "\(findings.languageName), mean over snippets, constituents by membership",
            columns: [
              .init("Model"), .init("Precision"), .init("Recall"), .init("F1"),
            ], rows: [first] + shown, note: RichText("Source: \(PublishedASTProbe.source)."))),
        .callout(Callout(.note, title: "Not the same experiment", differences)),
      ])
  }

  /// What differs from the paper's experiment.
  private var differences: RichText {
    let audit = findings.audit
    let cut =
      findings.settings.pieces == .alone
      ? "Leaves are tokenized alone, as there."
      : "How text is tokenized here: \(findings.settings.pieces.words); there: each leaf alone."
    let rank =
      findings.settings.rank == 128
      ? "Rank 128, as there." : "Rank \(findings.settings.rank) here, 128 there."
    return """
      Other models: the paper’s are encoders of 768 dimensions, most of them trained on code. \(audit.train) training \
      snippets here, 20,000 there; \(audit.test) test snippets here, 4,000 there, all from CodeSearchNet, and short \
      ones. Here files are never on both sides of the split. \(cut) \(rank) \
      Vectors are scaled by one number per layer, and fits run until the validation loss no longer falls; there vectors \
      are as they are, for at most 20 epochs. Another version of the grammar may name and nest nodes differently.
      """
  }

  // MARK: Audit

  var audit: Section? {
    let audit = findings.audit
    let used = audit.train + audit.validation + audit.test
    return Section(
      id: id("audit"), title: "Snippets, leaves and settings",
      summary: """
        \(used) of \(audit.examples) examples were used: \(audit.train) to train, \(audit.validation) to choose, \
        \(audit.test) to test.
        """,
      blocks: [.table(snippetTable), .table(partTable), .table(modelAlignments)]
        + (audit.brokenExamples.isEmpty ? [] : [.table(brokenTable)]) + [.keyValues(facts)]
        + (missing.isEmpty ? [] : [.table(missingTable)]))
  }

  private var snippetTable: Table {
    let audit = findings.audit
    let used = audit.train + audit.validation + audit.test
    func row(_ text: String, _ count: Int) -> Table.Row {
      Table.Row([.text(text), .count(count), .number(share(count, of: audit.examples))])
    }
    return Table(
      "What became of the examples",
      columns: [.init("Examples"), .init("Count"), .init("Share")],
      rows: [
        row("used", used), row("left out: do not parse without error", audit.broken),
        row("left out: a single leaf, so nothing to predict", audit.singleLeaf),
        row("left out: a leaf without a captured token", audit.unaligned),
        row("of the capture", audit.examples),
      ])
  }

  private var partTable: Table {
    let audit = findings.audit
    return Table(
      "The split, by file", columns: [.init("Part"), .init("Snippets"), .init("Files")],
      rows: [
        Table.Row([.text("train"), .count(audit.train), .count(audit.trainGroups)]),
        Table.Row([.text("validation"), .count(audit.validation), .count(audit.validationGroups)]),
        Table.Row([.text("test"), .count(audit.test), .count(audit.testGroups)]),
      ], note: "No file has snippets in two parts.")
  }

  private var modelAlignments: Table {
    alignmentTable(
      "How leaves met tokens",
      [("this model", findings.audit.alignment)] + findings.models.map { ($0.name, $0.alignment) })
  }

  /// How leaves met tokens, one row a model or a way of cutting.
  func alignmentTable(_ caption: String, _ audits: [(String, ASTProbeFindings.AlignmentAudit)]) -> Table {
    Table(
      caption,
      columns: [
        .init("Of"), .init("Leaves"), .init("Leaves", detail: "without token"),
        .init("Tokens", detail: "across leaves"), .init("Neighbours", detail: "with one vector"),
        .init("Share", detail: "of neighbours"),
      ],
      rows: audits.map { name, audit in
        Table.Row([
          .text(name), .count(audit.leaves), .count(audit.leavesWithoutToken),
          .count(audit.tokensAcrossLeaves), .count(audit.sharedGaps),
          .number(share(audit.sharedGaps, of: audit.gaps)),
        ])
      })
  }

  private var brokenTable: Table {
    let audit = findings.audit
    return Table(
      "First examples that do not parse", columns: [.init("Example, and where")],
      rows: audit.brokenExamples.map { Table.Row([.text($0)]) },
      note: RichText("\(audit.brokenExamples.count) of \(audit.broken)."))
  }

  private var facts: [Fact] {
    let (audit, settings, grammar) = (findings.audit, findings.settings, findings.grammar)
    let leaves =
      audit.leaves.count == 3
      ? [Fact("Leaves of a snippet", "\(audit.leaves[0]) to \(audit.leaves[2]), median \(audit.leaves[1])")]
      : []
    return leaves + [
      Fact("Classes", "\(audit.labels) of gap labels, \(audit.unaries) of unary labels"),
      Fact("Rank of the sweep", "\(settings.rank)"), Fact("Distances ranked by", settings.target.words),
      Fact("Text tokenized", settings.pieces.words),
      Fact("Scale of the vectors", Quantity(settings.scale, digits: 2).text),
      Fact("Rate of Adam", Quantity(settings.rate, digits: 5).text),
      Fact("Grammar", "tree-sitter \(grammar.language), ABI \(grammar.abi)"),
      Fact("Grammar, sha256", grammar.digest),
    ]
  }

  /// Parts that were not measured, and why.
  private var missing: [(part: String, reason: String)] {
    [
      ("Ranks", findings.ranks.reason), ("Alignments", findings.alignments.reason),
      ("Angles between layers", findings.angles.reason),
      ("Subspace from elsewhere", findings.transfer.reason),
    ].compactMap { part, reason in reason.map { (part, $0) } }
  }

  private var missingTable: Table {
    Table(
      "Not measured", columns: [.init("Part"), .init("Why")],
      rows: missing.map { Table.Row([.text($0.part), .text($0.reason)]) })
  }
}

extension SyntacticSnippet.Target {
  /// What distances are ranked by, to a reader.
  var words: String {
    switch self {
    case .height: "height of the lowest common ancestor"
    case .depth: "minus the depth of the lowest common ancestor"
    }
  }
}
