import Foundation
import Testing

@testable import ProbeModel

/// The generated parts of `docs/` against the code they document.
@Suite struct DocumentationTests {
  static let docs = Fixture.root.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs")
  static let (begin, end) = ("<!-- generated: begin -->\n", "<!-- generated: end -->")

  /// The models of every family's fixtures.
  static func families() throws -> [(family: Architecture, models: [HookedTransformer])] {
    let all = try Fixture.all.map { try $0.model() }
    return Architecture.all.map { family in (family, all.filter { $0.architecture == family.name }) }
  }

  /// `PROBE_WRITE_DOCS=1 swift test --filter DocumentationTests` writes the tables anew.
  private func check(_ name: String, _ table: String) throws {
    let page = Self.docs.appendingPathComponent(name)
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.range(of: Self.begin), "\(Self.begin) is missing").upperBound
    let finish = try #require(text.range(of: Self.end), "\(Self.end) is missing").lowerBound
    if ProcessInfo.processInfo.environment["PROBE_WRITE_DOCS"] != nil {
      try (text[..<start] + table + text[finish...]).write(to: page, atomically: true, encoding: .utf8)
      return
    }
    #expect(
      text[start..<finish] == table,
      "docs/\(name) is out of date: PROBE_WRITE_DOCS=1 swift test --filter DocumentationTests")
  }

  @Test func pageOfHookPointsIsThatOfTheCode() throws {
    try check("hook-points.md", HookPointTable.text(Self.families()))
  }

  @Test func pageOfArchitecturesIsThatOfTheCode() throws {
    try check("architectures.md", ArchitectureTable.text(Self.families()))
  }

  /// The page that shows how a family is added shows one that was: all of its file but the comments, and the one line.
  @Test func theDryRunOfAFamilyIsItsFile() throws {
    let page = try String(contentsOf: Self.docs.appendingPathComponent("extending.md"), encoding: .utf8)
    let begin = try #require(page.range(of: "A dry run: Mistral")).upperBound
    let start = try #require(page.range(of: "```swift\n", range: begin..<page.endIndex)).upperBound
    let end = try #require(page.range(of: "```", range: start..<page.endIndex)).lowerBound
    let sources = Self.docs.deletingLastPathComponent().appendingPathComponent(
      "Sources/ProbeModel/Architectures")
    func code(_ name: String) throws -> String {
      try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
    }
    let file = try code("Mistral.swift").split(separator: "\n").filter {
      !$0.drop { $0 == " " }.hasPrefix("//")
    }
    #expect(file.joined().filter { !$0.isWhitespace } == page[start..<end].filter { !$0.isWhitespace })
    // Nothing else names it: not the forward pass, not another family.
    let list = try code("Architecture.swift")
    #expect(list.components(separatedBy: "mistral").count == 2 && list.contains("    .mistral,\n"))
  }

  /// The documented axes are those of the activations, in every family.
  @Test(arguments: Fixture.all)
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
}

/// One row a site, in the order of computation, with the families that have it.
enum HookPointTable {
  static func text(_ families: [(family: Architecture, models: [HookedTransformer])]) -> String {
    var rows = ["| hook point | short form | shape | what it holds | families |", "|---|---|---|---|---|"]
    for site in HookPoint.Site.allCases {
      let point = site.isInBlock ? HookPoint(site, layer: 0) : HookPoint(site)
      let name = site.isInBlock ? "blocks.{l}.\(site.rawValue)" : site.rawValue
      let short = site.isInBlock ? point.shortName.dropLast() + "{l}" : Substring(point.shortName)
      let axes = site.axes.joined(separator: ", ")
      rows.append(
        "| `\(name)` | `\(short)` | `[\(axes)]` | \(site.meaning) | \(names(families, with: point)) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private static func names(
    _ families: [(family: Architecture, models: [HookedTransformer])], with point: HookPoint
  ) -> String {
    let having = families.filter { $0.models.contains { $0.has(point) } }.map { $0.family.name }
    let lacking = families.map { $0.family.name }.filter { !having.contains($0) }
    if lacking.isEmpty { return "all" }
    if having.count <= lacking.count { return having.joined(separator: ", ") }
    return "all but " + lacking.joined(separator: ", ")
  }
}

/// One row a family.
enum ArchitectureTable {
  static func text(_ families: [(family: Architecture, models: [HookedTransformer])]) -> String {
    var rows = [
      "| family | `model_type` | GGUF | norms | positions | MLP | masks, windows, caps |",
      "|---|---|---|---|---|---|---|",
    ]
    for (family, models) in families {
      // A family that has a choice shows all that its fixtures take.
      func column(_ text: (TransformerConfig) -> String) -> String {
        Array(Set(models.map { text($0.config) })).sorted().joined(separator: "; or ")
      }
      let types = family.modelTypes.map { "`\($0)`" }.joined(separator: ", ")
      let gguf = family.gguf.map { "`\($0.architecture)`" } ?? "–"
      rows.append(
        "| \(family.name) | \(types) | \(gguf) | \(column(norms)) | \(column(positions)) "
          + "| \(column { $0.mlp.rawValue }) | \(column(scores)) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private static func norms(_ config: TransformerConfig) -> String {
    let kind =
      switch config.normalization {
      case .layerNorm: "layer"
      case .rmsNorm: "RMS"
      case .none: "none"
      }
    let heads = config.queryKeyNorm == .none ? "" : ", q and k \(config.queryKeyNorm.rawValue)"
    return "\(kind), \(config.blockOrder.rawValue)\(heads)"
  }

  private static func positions(_ config: TransformerConfig) -> String {
    switch config.positions {
    case .none: return "none"
    case .learned(let learned):
      return learned.firstRow == 0 ? "learned" : "learned, the table's first rows left out"
    case .rotary(let rotary):
      let part = rotary.dimensions < config.dHead ? ", part of a head" : ""
      return "rotary, \(rotary.pairs.rawValue)\(part)"
    case .linearBias: return "ALiBi"
    case .relativeBias: return "relative buckets"
    }
  }

  private static func scores(_ config: TransformerConfig) -> String {
    var parts = [config.masking.rawValue]
    if config.windows.contains(where: { $0 != nil }) {
      parts.append(config.windows.contains(nil) ? "windows in some blocks" : "windows")
    }
    if config.scoreSoftCap != nil { parts.append("soft caps") }
    if config.scalesScoresByLayer { parts.append("scores divided by the block's number") }
    if config.queryKeyValueClip != nil { parts.append("q, k, v clipped") }
    return parts.joined(separator: ", ")
  }
}
