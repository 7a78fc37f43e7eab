import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeMath
import ProbeModel

/// `probe hooks`: the hook points of a model.
struct HooksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hooks", abstract: "List a model's hook points: names, shapes, bytes a token.")

  @Option(help: "A model by name or path.")
  var model: String
  @Option(parsing: .upToNextOption, help: "Only these points: names, globs, ranges.")
  var points: [String] = []
  @Option(help: "Scalar type to count bytes in.")
  var dtype: ScalarType = .float16
  @Flag(help: "Print JSON.")
  var json = false

  private struct Row: Encodable {
    let name: String
    let shape: [String]
    let bytesPerToken: Int?
  }

  func run() throws {
    let model = try HookedTransformer.open(ModelLocator.path(of: model))
    let chosen =
      points.isEmpty
      ? model.hookPoints : try PointSelector.select(points.map { PointSelector($0) }, from: model.hookPoints)
    let rows = chosen.map { row($0, model) }
    if json {
      try Terminal.output(json: rows)
      return
    }
    let header = ["hook point", "shape", "bytes/token (\(dtype.rawValue))"]
    Terminal.output(
      Terminal.table(
        [header]
          + rows.map { row in
            [
              row.name, "[\(row.shape.joined(separator: ", "))]",
              row.bytesPerToken.map { "\($0)" } ?? "varies",
            ]
          }))
  }

  private func row(_ point: HookPoint, _ model: HookedTransformer) -> Row {
    let shape = model.rowShape(of: point) ?? []
    let dimensions = ["position"] + shape.map { "\($0)" } + (point.site.isRagged ? ["visible key"] : [])
    return Row(
      name: point.name, shape: dimensions,
      bytesPerToken: point.site.isRagged ? nil : shape.reduce(1, *) * dtype.byteCount)
  }
}
