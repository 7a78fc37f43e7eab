import ProbeModel
import ProbeReport
import Testing

@testable import ProbeAnalysis

struct ASTProbeReportTests {
  private let account = ASTProbeAccount(ASTProbeFixture.full(), id: "trees").account

  private func section(_ name: String, of account: AnalysisAccount) throws -> Section {
    try #require(account.sections.first { $0.id == "trees-\(name)" }, "no section \(name)")
  }

  private func tables(_ section: Section) -> [Table] {
    section.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
  }

  /// Cells of a row as text, by the text of its first cell.
  private func row(_ head: String, in table: Table) throws -> [String] {
    try #require(table.rows.map { $0.cells.map(text) }.first { $0.first == head }, "no row \(head)")
  }

  private func text(_ cell: Table.Cell) -> String {
    switch cell {
    case .text(let text), .code(let text), .token(let text): text
    case .count(let count): "\(count)"
    case .number(let number): number.text
    case .estimate(let estimate): "\(estimate.text) n=\(estimate.n)"
    case .missing: "–"
    }
  }

  private func text(_ text: RichText) -> String {
    text.spans.map { span in
      switch span {
      case .text(let text), .strong(let text), .emphasis(let text), .code(let text),
        .token(let text):
        text
      }
    }.joined()
  }

  // MARK: - The answer

  @Test func theHeadlineNamesTheLayerItsF1AndTheStrongestCompetitor() {
    #expect(
      account.headline == """
        128 dimensions of blocks.1.hook_resid_post rebuild Python syntax trees with F1 0.713 [0.700, 0.726] \
        on 400 test snippets of 60 files; the strongest competitor (leaf-bigram table) reaches 0.550 [0.539, 0.561], and \
        the difference, 0.163 [0.150, 0.176], is distinguishable from zero.
        """)
  }

  @Test func aDifferenceThatMayBeZeroIsSaidToBe() {
    let close = ASTProbeFixture.baseline(
      "table", .table, 0.71, ASTProbeFixture.estimate(0.003, -0.01, 0.016))
    let account = ASTProbeAccount(ASTProbeFixture.full(baselines: [close]), id: "trees").account
    #expect(
      account.headline.hasSuffix(
        "the difference, 0.003 [−0.010, 0.016], is not distinguishable from zero."))
    #expect(account.warnings.map(\.title).contains("The probe does not clearly beat table"))
  }

  @Test func fourFiguresCarryTheAnswer() {
    #expect(
      account.figures.map(\.label) == [
        "F1 of constituents", "F1 minus leaf-bigram table", "Whole trees right",
        "Smallest sufficient rank",
      ])
    #expect(account.figures[3].content == .text("64 dimensions"))
    #expect(account.figures[3].detail == "F1 0.710 [0.700, 0.720] there; best rank 128")
  }

  // MARK: - Warnings

  @Test func aSoundStudyHasNoWarning() { #expect(account.warnings == []) }

  @Test func whatAReaderMustKnowIsAWarning() throws {
    let findings = ASTProbeFixture.full(
      layers: [
        ASTProbeFixture.layer(0, 0.6, isConverged: false),
        ASTProbeFixture.layer(1, 0.713, orthogonality: 0.31),
        ASTProbeFixture.layer(2, 0.5, orthogonality: .nan),
      ],
      baselines: [
        ASTProbeFixture.baseline(
          "random model", .random, 0.3, ASTProbeFixture.estimate(0.4, 0.39, 0.41),
          members: ["seed 1"])
      ],
      audit: ASTProbeFixture.audit(
        broken: 700, alignment: ASTProbeFixture.alignment(shared: 5_720), testGroups: 9,
        notes: ["Two files are near copies."]))
    let warnings = ASTProbeAccount(findings, id: "trees").account.warnings
    #expect(
      warnings.map(\.title) == [
        "1 fit did not converge", "2 subspaces not orthonormal", "random model has 1 seed",
        "A note on the snippets", "709 of 2,400 examples were left out",
        "Neighbouring leaves share their tokens", "The test part has 9 files",
      ])
    #expect(warnings[0].detail.contains("blocks.0.hook_resid_post"))
    #expect(warnings[1].detail.contains("blocks.1.hook_resid_post, blocks.2.hook_resid_post"))
    #expect(warnings[3].detail == "Two files are near copies.")
    #expect(warnings[5].detail.hasPrefix("5,720 of 88,000 pairs"))
  }

  // MARK: - Sections

  @Test func everyPartHasItsSectionOnce() {
    let names = [
      "layers", "competitors", "models", "ranks", "alignments", "kinds", "lengths", "snippets",
      "angles",
      "transfer", "learning", "published", "audit",
    ]
    #expect(account.sections.map(\.id) == names.map { "trees-\($0)" })
    #expect(account.sections.allSatisfy { !$0.blocks.isEmpty && !$0.title.isEmpty })
  }

  @Test func whatWasNotMeasuredLeavesNoSectionButItsReason() throws {
    let account = ASTProbeAccount(ASTProbeFixture.bare(), id: "trees").account
    #expect(account.sections.map(\.id) == ["trees-layers", "trees-audit"])
    #expect(account.sections.allSatisfy { !$0.blocks.isEmpty })
    let missing = try #require(tables(account.sections[1]).last)
    #expect(missing.caption == "Not measured")
    #expect(try row("Ranks", in: missing) == ["Ranks", "no ranks were asked for"])
    #expect(
      try row("Subspace from elsewhere", in: missing) == [
        "Subspace from elsewhere", "none was given",
      ])
    #expect(account.headline.hasSuffix("on 400 test snippets of 60 files."))
    #expect(account.figures.map(\.label) == ["F1 of constituents", "F1 of shapes"])
  }

  @Test func findingsOfNothingStillMakeAnAccount() {
    let account = ASTProbeAccount(ASTProbeFixture.findings(layers: [], best: 3), id: "trees")
      .account
    #expect(account.headline == "No syntax tree could be scored.")
    #expect(account.figures.isEmpty && account.sections.map(\.id) == ["trees-audit"])
  }

  @Test func theCurveHasEveryLayerTheCompetitorsAndTheChoice() throws {
    guard case .curve(let curve) = try section("layers", of: account).blocks[0] else {
      Issue.record("no curve")
      return
    }
    #expect(curve.positions == ["0", "1", "2"] && curve.positionTitle == "Block (hook_resid_post)")
    #expect(curve.series.map(\.name) == ["labelled", "shapes"])
    #expect(
      curve.series[0].points.map { $0?.text } == [
        "0.600 [0.587, 0.613]", "0.713 [0.700, 0.726]", "0.650 [0.637, 0.663]",
      ])
    #expect(
      curve.references.map(\.label).contains("leaf-bigram table") && curve.references.count == 6)
    #expect(curve.mark?.position == 1)
    let table = try #require(tables(try section("layers", of: account)).first)
    #expect(
      try row("blocks.1.hook_resid_post", in: table).suffix(3) == ["44", "39", "0.012"])
    #expect(text(table.note).hasSuffix("Every fit converged."))
    #expect(table.rows.map { $0.mark != nil } == [false, true, false])
  }

  @Test func theTableOfLayersSaysWhichFitsEndedAtTheLimit() throws {
    let layers = [ASTProbeFixture.layer(0, 0.6, isConverged: false), ASTProbeFixture.layer(1, 0.713)]
    let account = ASTProbeAccount(ASTProbeFixture.full(layers: layers), id: "trees").account
    let table = try #require(tables(try section("layers", of: account)).first)
    #expect(table.rows.map { $0.cells.last.map(text) } == ["at the limit", "converged"])
  }

  @Test func everyCompetitorHasItsPairedDifferenceAndItsSeeds() throws {
    let table = try #require(tables(try section("competitors", of: account)).first)
    for baseline in ASTProbeFixture.baselines {
      #expect(try row(baseline.name, in: table)[4] == "\(Estimate(baseline.difference).text) n=400")
    }
    #expect(try row("leaf-bigram table", in: table)[2] == "0.550 [0.539, 0.561] n=400")
    #expect(try row("random model: seed 3", in: table)[2] == "0.302 [0.291, 0.311] n=400")
    #expect(table.rows.count == 1 + 6 + 3 + 3)
  }

  @Test func theHeatMapMarksTheSmallestSufficientRankAndLeavesTheRestOut() throws {
    let section = try section("ranks", of: account)
    guard case .heatMap(let map) = section.blocks[0] else {
      Issue.record("no heat map")
      return
    }
    #expect(map.rows == ["0", "1", "2"] && map.columns == ["32", "64", "128"])
    #expect(map.values == [[nil, nil, 0.6], [0.69, 0.71, 0.713], [nil, nil, 0.65]])
    #expect(map.mark?.row == 1 && map.mark?.column == 1)
    #expect(
      text(section.summary).contains(
        "rank 64 is the smallest within one of it, and has F1 0.710 [0.700, 0.720]"))
    #expect(
      try row("32", in: try #require(tables(section).first)) == [
        "32", "0.700", "0.690 [0.680, 0.700] n=400",
      ])
  }

  @Test func alignmentsStandBesideTheirCeilings() throws {
    let found = tables(try section("alignments", of: account))
    #expect(
      try row("whole, as the model would see it", in: found[0]) == [
        "whole, as the model would see it", "0.580 [0.570, 0.590] n=400", "–", "0.871 [0.860, 0.880] n=400",
        "0.133 [0.120, 0.146] n=400",
      ])
    #expect(found[0].rows.map(\.mark) == ["this study", nil, nil])
    #expect(
      try row("whole, as the model would see it", in: found[1]).dropFirst() == [
        "90000", "7", "41", "5720", "6.5%",
      ])
  }

  @Test func kindsHaveRecallAndCounts() throws {
    let table = try #require(tables(try section("kinds", of: account)).first)
    #expect(try row("block", in: table) == ["block", "0.900", "0.750", "100", "120", "90"])
    // Never in a gold tree: there is nothing to recall.
    #expect(try row("lambda", in: table) == ["lambda", "n/a", "0.000", "0", "2", "0"])
  }

  @Test func aSnippetIsDrawnGoldBesidePredicted() throws {
    let charts = try section("snippets", of: account).blocks.compactMap { block -> TreeChart? in
      if case .trees(let chart) = block { chart } else { nil }
    }
    let chart = try #require(charts.first)
    #expect(
      charts.count == 1 && chart.title == "abc.py:maximum" && chart.leaves == ["f", "(", "x", ")"])
    #expect(
      chart.summary == "F1 0.500: 1 of 2 constituents found, 1 of 2 predicted ones wrong; 4 leaves."
    )
    #expect(chart.trees[0].nodes.map(\.status) == [.matched, .missed])
    #expect(chart.trees[1].nodes.map(\.status) == [.matched, .wrong])
    #expect(chart.trees[1].nodes[1] == .init("tuple", leaves: 2..<4, status: .wrong))
  }

  @Test func aSnippetWhoseNodesEndBeforeTheyBeginIsNoCrash() throws {
    let odd = ASTProbeFindings.SnippetExample(
      isBest: true, id: "x", scores: ASTProbeFixture.example.scores, leaves: ["a"],
      gold: [.init(kind: "k", first: 5, last: 2, parent: nil, isMatched: false)], predicted: [])
    #expect(ASTProbeSections.trees(odd).trees[0].nodes[0].leaves == 5..<5)
  }

  @Test func anglesRunFromNoneToARightAngle() throws {
    guard case .heatMap(let map) = try section("angles", of: account).blocks[0] else {
      Issue.record("no heat map")
      return
    }
    #expect(map.range == 0...90 && map.values == [[0, 41], [41, 0]])
    #expect(text(try section("angles", of: account).summary).contains("62.5\u{A0}°"))
  }

  @Test func theLossIsShownEpochByEpochWithTheOneThatWasKept() throws {
    guard case .scatter(let chart) = try section("learning", of: account).blocks[0] else {
      Issue.record("no chart")
      return
    }
    #expect(chart.series.map(\.name) == ["validation", "training"])
    #expect(chart.series[0].points.map(\.estimate.value) == [3.25, 1.75])
    #expect(chart.mark?.label == "kept: epoch 39")
    let tuning = try #require(tables(try section("learning", of: account)).first)
    #expect(tuning.rows.map(\.mark) == [nil, "chosen"])
  }

  @Test func aBorrowedSubspaceStandsBesideTheOwnOne() throws {
    let section = try section("transfer", of: account)
    #expect(text(section.summary).hasPrefix("The subspace of ast-go.trees (go) at blocks.1.hook_resid_post"))
    #expect(
      try row("ast-go.trees", in: try #require(tables(section).first)) == [
        "ast-go.trees", "0.600 [0.590, 0.610] n=400", "–", "0.113 [0.100, 0.126] n=400", "20.0\u{A0}°",
        "30.0\u{A0}°",
      ])
  }

  @Test func otherModelsAreComparedOnSharedSnippets() throws {
    let section = try section("models", of: account)
    guard case .curve(let curve) = section.blocks[0] else {
      Issue.record("no curve")
      return
    }
    #expect(curve.series.map(\.name) == ["minilm"] && curve.positions == ["0", "1"])
    #expect(curve.references.map { $0.label } == ["this study"])
    #expect(
      try row("minilm", in: try #require(tables(section).first)) == [
        "minilm", "all-MiniLM-L6-v2", "blocks.1.hook_resid_post", "0.520 [0.507, 0.533] n=400",
        "0.193 [0.180, 0.206] n=400", "2100",
      ])
  }

  // MARK: - Published results

  /// F1 of Table 2 of the paper: best per language, and the weakest row.
  @Test(arguments: [
    ("python", 0.7545, 0.3573), ("javascript", 0.7196, 0.3642), ("go", 0.8218, 0.4589),
  ])
  func thePapersRowsAreThoseOfTheLanguage(_ language: String, _ best: Double, _ worst: Double)
    throws
  {
    let rows = PublishedASTProbe.rows(language)
    #expect(rows.count == 7 && rows.map(\.f1).max() == best && rows.map(\.f1).min() == worst)
    // A mean F1 lies between mean precision and mean recall here, as printed.
    #expect(rows.allSatisfy { ($0.precision...$0.recall).contains($0.f1) })
  }

  @Test func thePapersTableStandsBesideTheSameWayOfCounting() throws {
    let section = try section("published", of: account)
    let table = try #require(tables(section).first)
    #expect(
      try row("this study, resid_post.1", in: table) == [
        "this study, resid_post.1", "0.702 [0.690, 0.710] n=400", "0.731 [0.720, 0.740] n=400",
        "0.715 [0.702, 0.728] n=400",
      ])
    #expect(try row("GraphCodeBERT, layer 4", in: table)[3] == "0.7545")
    #expect(text(table.note).contains("arXiv 2206.11719"))
    guard case .callout(let callout) = section.blocks[1] else {
      Issue.record("what differs is not said")
      return
    }
    #expect(text(callout.text).contains("1,600 training snippets here, 20,000 there"))
  }

  @Test func aLanguageThatThePaperLacksHasNoSuchSection() {
    let account = ASTProbeAccount(ASTProbeFixture.full(language: "rust"), id: "trees").account
    #expect(!account.sections.contains { $0.id == "trees-published" })
    #expect(account.headline.contains("rebuild Rust syntax trees"))
  }

  // MARK: - Audit

  @Test func theAuditAccountsForEveryExample() throws {
    let found = tables(try section("audit", of: account))
    #expect(
      found[0].rows.map { $0.cells.map(text)[1] } == ["2360", "31", "5", "4", "2400"],
      "2360 = 1600 + 360 + 400")
    #expect(try row("test", in: found[1]) == ["test", "400", "60"])
    #expect(try row("minilm", in: found[2]) == ["minilm", "90000", "7", "41", "3", "0.0%"])
    #expect(found[3].rows[0].cells.map(text) == ["a.py:3: ERROR at byte 17"])
  }

  @Test func theWholeAccountMakesAPage() {
    let report = Report(
      title: "T", question: "Q",
      verdict: Verdict(.undecided, headline: account.headline, figures: account.figures),
      warnings: account.warnings, sections: account.sections)
    let page = report.html()
    #expect(page.contains("id=\"trees-snippets\"") && page.contains("1 wrong, not in gold"))
  }
}
