/// Renders a ``Report`` as one HTML page that asks nothing of anybody: no request, no script, no font, no
/// clock.
struct HTMLRenderer {
  let report: Report

  /// Fragments of the sections, in order.
  private let anchors: [String]

  init(_ report: Report) {
    self.report = report
    anchors = Anchors.unique(report.sections.map(\.id))
  }

  /// The whole page.
  func page() -> String {
    let root = tag("html", Attribute("lang", "en")) {
      head
      tag("body") {
        tag("a", .class("skip"), .fragment("main")) { "Skip to the report" }
        tag("div", .class("page")) {
          masthead
          contents
          main
        }
      }
    }
    return "<!DOCTYPE html>\n" + MarkupWriter.text(root) + "\n"
  }

  // MARK: - Frame

  /// The policy forbids all but the one stylesheet, known by its digest: even a style attribute would not
  /// act.
  private static let policy =
    "default-src 'none'; style-src '\(Stylesheet.digest)'; script-src 'none'; img-src data:; "
    + "base-uri 'none'; form-action 'none'"

  private var head: Markup {
    tag("head") {
      tag("meta", Attribute("charset", "utf-8"))
      tag("meta", Attribute("http-equiv", "Content-Security-Policy"), Attribute("content", Self.policy))
      tag("meta", Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1"))
      tag("meta", Attribute("name", "color-scheme"), Attribute("content", "light dark"))
      tag("title") { Markup.label(report.title) }
      tag("style") { Markup.stylesheet }
    }
  }

  private var masthead: Markup {
    tag("header", .class("masthead")) {
      tag("h1") { Markup.label(report.title) }
      tag("p", .class("question")) { report.question }
    }
  }

  private var contents: Markup {
    tag("nav", Attribute("aria-label", "Contents")) {
      tag("ul") {
        link("verdict", "Verdict")
        if !report.warnings.isEmpty { link("warnings", "Warnings") }
        for (section, anchor) in zip(report.sections, anchors) { link(anchor, section.title) }
        if !report.provenance.isEmpty { link("provenance", "Provenance") }
        if !report.reproduce.isEmpty { link("reproduce", "Reproduce") }
      }
    }
  }

  private func link(_ anchor: String, _ title: String) -> Markup {
    tag("li") { tag("a", .fragment(anchor)) { Markup.label(title) } }
  }

  private var main: Markup {
    tag("main", .id("main")) {
      VerdictMarkup(verdict: report.verdict, warningCount: report.warnings.count).markup
      warnings
      for (section, anchor) in zip(report.sections, anchors) { self.section(section, anchor) }
      provenance
      reproduce
    }
  }

  // MARK: - Parts

  private func part(_ anchor: String, _ title: String, _ classes: String = "part", _ body: [Markup]) -> Markup
  {
    tag("section", .id(anchor), .class(classes), Attribute("aria-labelledby", "\(anchor)-heading")) {
      tag("h2", .id("\(anchor)-heading")) { Markup.label(title) }
      body
    }
  }

  @MarkupBuilder private var warnings: [Markup] {
    if !report.warnings.isEmpty {
      let title =
        report.warnings.count == 1 ? "1 warning" : "\(NumberText.grouped(report.warnings.count)) warnings"
      part(
        "warnings", title, "warnings",
        [
          tag("ul") {
            for warning in report.warnings {
              tag("li") {
                tag("strong") { Markup.label(warning.title) }
                tag("p") { warning.detail }
              }
            }
          }
        ])
    }
  }

  private func section(_ section: Section, _ anchor: String) -> Markup {
    let summary = section.summary.isEmpty ? [] : [tag("p", .class("lead")) { section.summary.markup }]
    let blocks = section.blocks.enumerated().map { index, block in
      BlockMarkup(id: "\(anchor).\(index + 1)", block: block).markup
    }
    return part(anchor, section.title, "part", summary + blocks)
  }

  @MarkupBuilder private var provenance: [Markup] {
    if !report.provenance.isEmpty {
      part("provenance", "Provenance", "part", [FactsMarkup.list(report.provenance)])
    }
  }

  @MarkupBuilder private var reproduce: [Markup] {
    if !report.reproduce.isEmpty {
      let commands = CodeListing(
        "Commands that make this report again", report.reproduce.joined(separator: "\n"))
      part("reproduce", "Reproduce", "part", [CodeMarkup.listing(commands, id: "reproduce.1")])
    }
  }
}

extension Report {
  /// The report as one self-contained HTML page: no script, no request to anywhere, light, dark and print
  /// styles.
  ///
  /// The same report gives the same bytes. Lists beyond what a page can hold are cut, and the page says so.
  public func html() -> String {
    HTMLRenderer(self).page()
  }
}
