/// One block of a section as markup. The switch is the one place to extend for a new kind of block.
struct BlockMarkup {
  let id: String
  let block: Block

  var markup: Markup {
    switch block {
    case .paragraph(let text): tag("p") { text.markup }
    case .callout(let callout): Self.callout(callout)
    case .table(let table): TableMarkup(table: table, id: id).markup
    case .curve(let chart): curve(chart)
    case .intervals(let chart): intervals(chart)
    case .confusion(let matrix): confusion(matrix)
    case .heatMap(let map): heatMap(map)
    case .scatter(let chart): scatter(chart)
    case .trees(let chart): trees(chart)
    case .keyValues(let facts): FactsMarkup.list(facts)
    case .code(let listing): CodeMarkup.listing(listing, id: id)
    }
  }

  private static func callout(_ callout: Callout) -> Markup {
    tag("div", .class("callout \(callout.kind.rawValue)"), Attribute("role", "note")) {
      tag("p") {
        tag("strong", .class("kind")) {
          callout.kind.word
          if !callout.title.isEmpty {
            ": "
            Markup.label(callout.title)
          }
        }
        " "
        callout.text.markup
      }
    }
  }

  // MARK: - Charts

  private func curve(_ chart: CurveChart) -> Markup {
    figure(title: chart.title, summary: chart.summary, table: chart.table) {
      for width in ChartWidth.allCases {
        CurveDrawing(chart, width: width, id: "\(id).\(width.rawValue)").markup
      }
    }
  }

  private func intervals(_ chart: IntervalChart) -> Markup {
    figure(title: chart.title, summary: chart.summary, table: chart.table) {
      for width in ChartWidth.allCases {
        IntervalDrawing(chart, width: width, id: "\(id).\(width.rawValue)").markup
      }
    }
  }

  private func confusion(_ matrix: ConfusionMatrix) -> Markup {
    let widths: [ChartWidth] = ConfusionDrawing.isCompact(matrix) ? [.narrow] : ChartWidth.allCases
    return figure(
      title: matrix.title, summary: matrix.summary, table: matrix.table,
      classes: ConfusionDrawing.isCompact(matrix) ? "figure beside" : "figure"
    ) {
      for width in widths {
        ConfusionDrawing(matrix, width: width, id: "\(id).\(width.rawValue)").markup
      }
    }
  }

  private func heatMap(_ map: HeatMap) -> Markup {
    figure(title: map.title, summary: map.summary, table: map.table) {
      for width in ChartWidth.allCases {
        HeatMapDrawing(map, width: width, id: "\(id).\(width.rawValue)").markup
      }
    }
  }

  private func scatter(_ chart: ScatterChart) -> Markup {
    figure(title: chart.title, summary: chart.summary, table: chart.table) {
      for width in ChartWidth.allCases {
        ScatterDrawing(chart, width: width, id: "\(id).\(width.rawValue)").markup
      }
    }
  }

  /// Beside each other where the page is wide enough, else one above the other; they scroll sideways together.
  private func trees(_ chart: TreeChart) -> Markup {
    let plan = TreePlan(chart)
    return figure(
      title: chart.title, summary: chart.summary, table: chart.table, classes: "figure grove",
      undrawn: plan.objection, contents: "constituents"
    ) {
      if plan.objection == nil {
        tag(
          "div", .class("scroll trees"), Attribute("role", "region"), Attribute("tabindex", "0"),
          Attribute("aria-labelledby", id + ".table.caption")
        ) {
          for index in plan.outlines.indices {
            TreeDrawing(chart, plan: plan, index: index, id: "\(id).\(index + 1)").markup
          }
        }
      }
    }
  }

  /// A drawing under its title, with the table that says the same.
  ///
  /// - Parameters:
  ///   - undrawn: why there is no drawing; the table then stands in its place, unless it is long.
  ///   - contents: what the table has of the drawing.
  private func figure(
    title: String, summary: String, table: Table, classes: String = "figure", undrawn: String? = nil,
    contents: String = "numbers", @MarkupBuilder drawing: () -> [Markup]
  ) -> Markup {
    tag("figure", .id(id), .class(classes)) {
      tag("figcaption") {
        tag("strong") { Markup.label(title) }
        if !summary.isEmpty {
          " "
          summary
        }
      }
      drawing()
      if let undrawn { tag("p") { undrawn } }
      if undrawn != nil && table.rows.count <= Limits.openRows {
        TableMarkup(table: table, id: id + ".table").markup
      } else {
        TableMarkup.details(table, id: id + ".table", contents: contents)
      }
    }
  }
}

extension Callout.Kind {
  /// The word that says how much a callout weighs.
  fileprivate var word: String {
    switch self {
    case .note: "Note"
    case .caution: "Caution"
    case .problem: "Problem"
    }
  }
}

extension RichText {
  /// The runs as markup.
  var markup: [Markup] {
    spans.map { span in
      switch span {
      case .text(let text): .text(text)
      case .strong(let text): tag("strong") { text }
      case .emphasis(let text): tag("em") { text }
      case .code(let text): tag("code") { text }
      case .token(let text): tag("code", .class("token")) { Markup.text(text, .token) }
      }
    }
  }
}
