import ProbeModel
import ProbeReport

/// What is right and wrong: alignments, kinds of nodes, lengths, single snippets.
extension ASTProbeSections {
  // MARK: Alignments

  var alignments: Section? {
    guard let found = findings.alignments.value, !found.isEmpty, let best = findings.bestLayer else {
      return nil
    }
    return Section(
      id: id("alignments"), title: "How leaves become vectors",
      summary: "\(best.point.name), refitted under each way of cutting the text before it is tokenized.",
      blocks: [
        .table(alignmentScores(found, at: best.point)),
        .table(
          alignmentTable("How leaves met tokens, way by way", found.map { ($0.pieces.words, $0.audit) })),
      ])
  }

  private func alignmentScores(_ found: [ASTProbeFindings.Alignment], at point: HookPoint) -> Table {
    Table(
      "Alignments at \(point.name)",
      columns: [
        .init("Text is tokenized"), .init("F1", detail: "95% interval"),
        .init("F1 of shapes", detail: "95% interval"), .init("Ceiling", detail: "F1, 95% interval"),
        .init("This study minus it", detail: "F1, paired"),
      ],
      rows: found.map { way in
        Table.Row(
          [
            .text(way.pieces.words), .init(way.test.of(.f1)), .init(way.test.of(.unlabelledF1)),
            .init(way.ceiling), .init(way.difference),
          ], mark: way.pieces == findings.settings.pieces ? "this study" : nil)
      },
      note: """
        Ceiling: F1 of gold trees whose neighbouring leaves of one vector are forced together, which no probe can \
        exceed. \(Self.intervalNote)
        """)
  }

  // MARK: Kinds

  /// Kinds that are listed.
  private static let mostKinds = 60

  var kinds: Section? {
    guard !findings.kinds.isEmpty, let best = findings.bestLayer else { return nil }
    let left = findings.kinds.count - Self.mostKinds
    let more = left > 0 ? " \(left) rarer kinds are not shown." : ""
    return Section(
      id: id("kinds"), title: "Which nodes are found",
      summary: "Constituents of the test snippets at \(best.point.name), by kind of node.",
      blocks: [
        .table(
          Table(
            "Recall and precision by kind of node",
            columns: [
              .init("Kind"), .init("Recall"), .init("Precision"), .init("Gold", detail: "constituents"),
              .init("Predicted", detail: "constituents"), .init("Hits"),
            ],
            rows: findings.kinds.prefix(Self.mostKinds).map { row in
              Table.Row([
                .code(row.kind), .number(Quantity(row.counts.gold == 0 ? .nan : row.counts.recall)),
                .number(Quantity(row.counts.predicted == 0 ? .nan : row.counts.precision)),
                .count(row.counts.gold), .count(row.counts.predicted), .count(row.counts.hits),
              ])
            },
            note: RichText(
              "Counts over all test snippets together; a kind has no interval, since it may live in few files."
                + more)))
      ])
  }

  // MARK: Lengths

  var lengths: Section? {
    guard !findings.lengths.isEmpty, let best = findings.bestLayer else { return nil }
    let chart = CurveChart(
      "F1 by length of the snippet", summary: "Test snippets in bins of their number of leaves.",
      positionTitle: "Leaves",
      positions: findings.lengths.map { $0.least == $0.most ? "\($0.least)" : "\($0.least)–\($0.most)" },
      valueTitle: "F1, mean over the bin's snippets", unit: .plain,
      series: [.init("probe", points: findings.lengths.map { Estimate($0.test) })])
    return Section(
      id: id("lengths"), title: "Short and long snippets",
      summary: "At \(best.point.name). \(Self.intervalNote)", blocks: [.curve(chart)])
  }

  // MARK: Single snippets

  var examples: Section? {
    let worst = findings.snippets.filter { !$0.isBest }
    let best = findings.snippets.filter { $0.isBest }
    guard !findings.snippets.isEmpty, let layer = findings.bestLayer else { return nil }
    func blocks(_ title: String, _ snippets: [ASTProbeFindings.SnippetExample]) -> [Block] {
      snippets.isEmpty
        ? [] : [.paragraph(RichText([.strong(title)]))] + snippets.map { .trees(Self.trees($0)) }
    }
    return Section(
      id: id("snippets"), title: "Worst and best snippets",
      summary:
        "Test snippets as \(layer.point.name) has them, gold beside predicted; chosen by F1, not by eye.",
      blocks: blocks("The lowest F1", worst) + blocks("The highest F1", best))
  }

  /// Gold and predicted tree of one snippet.
  static func trees(_ example: ASTProbeFindings.SnippetExample) -> TreeChart {
    func nodes(_ given: [ASTProbeFindings.SnippetExample.Node], _ other: TreeChart.Status) -> [TreeChart.Node]
    {
      given.map { node in
        .init(
          node.kind, leaves: node.first..<max(node.first, node.last),
          status: node.isMatched ? .matched : other)
      }
    }
    let counts = example.scores.labelled
    return TreeChart(
      example.id,
      summary: """
        F1 \(Quantity(counts.f1).text): \(counts.hits) of \(counts.gold) constituents found, \
        \(counts.predicted - counts.hits) of \(counts.predicted) predicted ones wrong; \(example.scores.leaves) leaves.
        """,
      leaves: example.leaves,
      trees: [
        .init("gold", nodes: nodes(example.gold, .missed)),
        .init("predicted", nodes: nodes(example.predicted, .wrong)),
      ])
  }
}

extension Pieces {
  /// How the text is cut before it is tokenized, to a reader.
  var words: String {
    switch self {
    case .whole: "whole, as the model would see it"
    case .cut: "cut at the ends of leaves"
    case .alone: "each leaf alone, as in the paper"
    }
  }
}
