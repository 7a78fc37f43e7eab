import Foundation
import Testing

@testable import ProbeModel

/// The generated parts of `docs/` against the code they document.
@Suite struct DocumentationTests {
  static let docs = Fixture.root.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs")
  static let (begin, end) = ("<!-- generated: begin -->\n", "<!-- generated: end -->")

  /// A model with every point that its family has: the fixture with the most of them.
  static func models() throws -> [HookedTransformer] {
    let all = try Fixture.all.map { try $0.model() }
    return Architecture.all.compactMap { family in
      all.filter { $0.architecture == family.name }.max { $0.hookPoints.count < $1.hookPoints.count }
    }
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
    try check("hook-points.md", HookPointTable.text(Self.models()))
  }

  @Test func pageOfArchitecturesIsThatOfTheCode() throws {
    try check("architectures.md", ArchitectureTable.text(Self.models()))
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
  static func text(_ models: [HookedTransformer]) -> String {
    var rows = ["| hook point | short form | shape | what it holds | families |", "|---|---|---|---|---|"]
    for site in HookPoint.Site.allCases {
      let point = site.isInBlock ? HookPoint(site, layer: 0) : HookPoint(site)
      let name = site.isInBlock ? "blocks.{l}.\(site.rawValue)" : site.rawValue
      let short = site.isInBlock ? point.shortName.dropLast() + "{l}" : Substring(point.shortName)
      let axes = site.axes.joined(separator: ", ")
      rows.append(
        "| `\(name)` | `\(short)` | `[\(axes)]` | \(site.meaning) | \(families(models, with: point)) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private static func families(_ models: [HookedTransformer], with point: HookPoint) -> String {
    let (having, lacking) = (models.filter { $0.has(point) }, models.filter { !$0.has(point) })
    if lacking.isEmpty { return "all" }
    if having.count <= lacking.count { return having.map { $0.architecture }.joined(separator: ", ") }
    return "all but " + lacking.map { $0.architecture }.joined(separator: ", ")
  }
}

/// One row a family.
enum ArchitectureTable {
  static func text(_ models: [HookedTransformer]) -> String {
    var rows = [
      "| family | `model_type` | GGUF | norms | positions | MLP | masks, windows, caps | hook points it lacks |",
      "|---|---|---|---|---|---|---|---|",
    ]
    for model in models {
      guard let family = Architecture.all.first(where: { $0.name == model.architecture }) else { continue }
      let lacking = HookPoint.Site.allCases.filter { site in
        common.contains(site) && !model.has(site.isInBlock ? HookPoint(site, layer: 0) : HookPoint(site))
      }
      rows.append(
        "| \(family.name) | \(family.modelTypes.map { "`\($0)`" }.joined(separator: ", ")) "
          + "| \(family.gguf.map { "`\($0.architecture)`" } ?? "–") | \(norms(model.config)) "
          + "| \(positions(model.config)) | \(model.config.mlp.rawValue) | \(scores(model.config)) "
          + "| \(lacking.isEmpty ? "–" : lacking.map { "`\($0.rawValue)`" }.joined(separator: ", ")) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }

  /// Points that most models have; the others are named where they are.
  private static let common: Set<HookPoint.Site> = [
    .ln1Normalized, .ln2Normalized, .residMid, .mlpPre, .finalNormalized, .logits,
  ]

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
      return learned.firstRow == 0 ? "learned" : "learned, from row \(learned.firstRow)"
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
    if config.queryKeyValueClip != nil { parts.append("q, k, v clipped") }
    return parts.joined(separator: ", ")
  }
}
