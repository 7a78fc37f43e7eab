import ArgumentParser
import Foundation
import ProbeAnalysis

/// `probe models`: the models at hand.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models that specs can name, and where they lie.",
    discussion: "scripts/fetch-model.sh NAME gets one; scripts/models.tsv lists what it knows.")

  @Flag(help: "Print JSON.")
  var json = false

  private struct Row: Encodable {
    let name: String
    let path: String
  }

  func run() throws {
    let rows = ModelLocator.found.map { Row(name: $0.name, path: $0.path) }
    if json {
      try Terminal.output(json: rows)
      return
    }
    guard !rows.isEmpty else {
      Terminal.message("no model in \(ModelLocator.folder); scripts/fetch-model.sh NAME gets one")
      return
    }
    Terminal.output(Terminal.table(rows.map { [$0.name, $0.path] }))
  }
}
