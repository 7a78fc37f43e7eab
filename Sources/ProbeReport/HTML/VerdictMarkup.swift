/// The first screen: the outcome, the sentence, the big numbers.
struct VerdictMarkup {
  let verdict: Verdict
  let warningCount: Int

  var markup: Markup {
    tag(
      "section", .id("verdict"), .class("verdict \(verdict.outcome.rawValue)"),
      Attribute("aria-labelledby", "verdict-heading")
    ) {
      tag("div", .class("badges")) {
        tag("h2", .id("verdict-heading"), .class("badge")) {
          icon(verdict.outcome.icon)
          tag("span", .class("visually-hidden")) { "Verdict: " }
          verdict.outcome.word
        }
        if warningCount > 0 {
          tag("a", .class("badge warned"), .fragment("warnings")) {
            icon("M8 1.8 15 14H1ZM8 6v4M8 12v.4")
            warningCount == 1 ? "with 1 warning" : "with \(NumberText.grouped(warningCount)) warnings"
          }
        }
      }
      tag("p", .class("headline")) { verdict.headline }
      if !verdict.figures.isEmpty { figures }
      if hasEstimates { TableMarkup.details(table, id: "verdict.table") }
    }
  }

  // MARK: - Figures

  private var figures: Markup {
    tag("dl", .class("figures")) {
      for (index, figure) in verdict.figures.enumerated() {
        tag("div") {
          tag("dt") { Markup.label(figure.label) }
          content(figure, id: "verdict.\(index + 1)")
          if !figure.detail.isEmpty { tag("dd", .class("detail")) { figure.detail } }
        }
      }
    }
  }

  @MarkupBuilder private func content(_ figure: Figure, id: String) -> [Markup] {
    switch figure.content {
    case .text(let text): tag("dd", .class("big words")) { Markup.breakableName(text) }
    case .estimate(let estimate):
      tag("dd", .class("big")) {
        tag("strong") { estimate.valueText }
        " "
        tag("span", .class("interval")) { estimate.intervalText }
      }
      tag("dd", .class("drawn")) { StripDrawing(label: figure.label, estimate: estimate, id: id).markup }
      tag("dd", .class("company")) { company(estimate) }
    }
  }

  /// n, chance and control, each with the sign it has on the strip.
  @MarkupBuilder private func company(_ estimate: Estimate) -> [Markup] {
    let signs = ["", estimate.chance == nil ? "key-diamond" : "key-tick", "key-diamond"]
    for (index, part) in estimate.company.enumerated() {
      tag("span", .class("part-of-company")) {
        if index > 0 { tag("span", .class(signs[index]), Attribute("aria-hidden", "true")) }
        part
      }
      " "
    }
  }

  private var hasEstimates: Bool {
    verdict.figures.contains { if case .estimate = $0.content { true } else { false } }
  }

  private var table: Table {
    let rows = verdict.figures.map { figure in
      switch figure.content {
      case .estimate(let estimate): Table.Row([.text(figure.label), .estimate(estimate)])
      case .text(let text): Table.Row([.text(figure.label), .text(text)])
      }
    }
    return Table("The verdict's numbers", columns: [.init("Figure"), .init("Value")], rows: rows)
  }

  private func icon(_ path: String) -> Markup {
    tag("svg", .class("icon"), Attribute("viewBox", "0 0 16 16"), Attribute("aria-hidden", "true")) {
      Drawing.path(path, "")
    }
  }
}

extension Verdict.Outcome {
  /// What the badge says.
  var word: String {
    switch self {
    case .holds: "Holds"
    case .fails: "Does not hold"
    case .undecided: "Undecided"
    }
  }

  /// The badge's icon as strokes on a 16 × 16 grid: a tick, a cross, a bar in a circle.
  fileprivate var icon: String {
    switch self {
    case .holds: "M2.5 8.5 6.5 12.5 13.5 4"
    case .fails: "M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5"
    case .undecided: "M8 1.5A6.5 6.5 0 0 1 8 14.5A6.5 6.5 0 0 1 8 1.5M5 8H11"
    }
  }
}
