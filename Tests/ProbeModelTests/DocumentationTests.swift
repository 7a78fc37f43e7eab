import Foundation
import Testing

@testable import ProbeModel

/// `docs/hook-points.md` against the code it documents.
@Suite struct DocumentationTests {
  static let page = Fixture.root.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs/hook-points.md")
  static let (begin, end) = ("<!-- generated: begin -->\n", "<!-- generated: end -->")
  static let families = ["llama-gqa", "gpt2", "bert"].map { Fixture(name: $0) }

  /// `PROBE_WRITE_DOCS=1 swift test --filter DocumentationTests` writes the tables anew.
  @Test func pageOfHookPointsIsThatOfTheCode() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: Self.begin), "\(Self.begin) is missing").upperBound
    let finish = try #require(text.range(of: Self.end), "\(Self.end) is missing").lowerBound
    let table = try Self.table()
    if ProcessInfo.processInfo.environment["PROBE_WRITE_DOCS"] != nil {
      let page = text[..<start] + table + text[finish...]
      try page.write(to: Self.page, atomically: true, encoding: .utf8)
      return
    }
    #expect(
      text[start..<finish] == table,
      "docs/hook-points.md is out of date: PROBE_WRITE_DOCS=1 swift test --filter DocumentationTests")
  }

  /// The documented axes are those of the activations, in every family.
  @Test(arguments: families)
  func axesAreTheShapesOfTheModel(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let config = model.config
    let sizes = [
      "1": 1, "head": config.nHeads, "keyValueHead": config.nKeyValueHeads, "dHead": config.dHead,
      "dModel": config.dModel, "dMLP": config.dMLP, "dVocab": config.dVocab,
    ]
    for point in model.hookPoints {
      let axes = point.site.axes
      #expect(axes.first == "position", "\(point)")
      #expect((axes.last == "visibleKey") == point.site.isRagged, "\(point)")
      let named = axes.dropFirst().filter { $0 != "visibleKey" }
      #expect(try named.map { try #require(sizes[$0], "\($0)") } == model.rowShape(of: point), "\(point)")
    }
  }

  /// One row a site, in the order of computation, with the families that have it.
  private static func table() throws -> String {
    let models = try families.map { try $0.model() }
    var rows = [
      "| hook point | short form | shape | what it holds | "
        + models.map { $0.architecture }.joined(separator: " | ") + " |",
      "|---|---|---|---|" + String(repeating: ":-:|", count: models.count),
    ]
    for site in HookPoint.Site.allCases {
      let point = site.isInBlock ? HookPoint(site, layer: 0) : HookPoint(site)
      let name = site.isInBlock ? "blocks.{l}.\(site.rawValue)" : site.rawValue
      let short = site.isInBlock ? point.shortName.dropLast() + "{l}" : Substring(point.shortName)
      let presence = models.map { $0.has(point) ? "yes" : "–" }.joined(separator: " | ")
      let axes = site.axes.joined(separator: ", ")
      rows.append("| `\(name)` | `\(short)` | `[\(axes)]` | \(site.meaning) | \(presence) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }
}
