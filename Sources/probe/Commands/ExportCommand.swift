import ArgumentParser
import ProbeModel
import ProbeStore

/// `probe export`: activations of a store as a file that other programs read.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write activations of a store as safetensors, NumPy's npz, or CSV.",
    discussion: """
      The format follows from the file's ending unless --format says it. Memory does not grow with the store. Example:
        probe export .probe/capitals-truth.sqlite --points 'resid_post.*' --out capitals.safetensors
      """)

  @Argument(help: "The store.")
  var store: String
  @Option(help: "A capture by number or name; needed where the store holds several.")
  var capture: String?
  @Option(parsing: .upToNextOption, help: "Hook points: names, globs, ranges; all unless given.")
  var points: [String] = []
  @Option(
    help: ArgumentHelp("\(ExportFormats.names.joined(separator: ", ")).", valueName: "format"))
  var format: String?
  @Option(help: "The file.")
  var out: String
  @Flag(help: "Also write the rows of sentinels.")
  var sentinels = false
  @Flag(help: "Replace a file that is there.")
  var force = false

  func validate() throws { _ = try chosenFormat() }

  func run() throws {
    let format = try chosenFormat()
    let store = try ActivationStore(store, for: .reading)
    let export = try Export(
      store.capture(capture), in: store, points: points.map { PointSelector($0) }, sentinels: sentinels)
    try StoreLocation.makeFolder(of: out)
    Interruption.listen()
    let bytes = try export.write(to: out, as: format, overwrite: force) { count in
      Terminal.status("\(Terminal.bytes(count)) written")
      // The unfinished file is removed.
      if Interruption.isRequested { throw StoreError(.interrupted, at: out, "stopped: nothing is written") }
    }
    Terminal.status(nil)
    let (points, rows) = (export.points.count, export.rowCount)
    Terminal.message(
      "\(Terminal.count(rows)) row\(rows == 1 ? "" : "s") of \(points) hook point\(points == 1 ? "" : "s"), "
        + "\(Terminal.bytes(bytes)) written to \(out)")
  }

  private func chosenFormat() throws -> any ExportFormat.Type {
    if let format {
      if let known = ExportFormats.named(format) { return known }
      throw ValidationError(
        "--format: \"\(format)\" is not one of \(ExportFormats.names.joined(separator: ", ")).")
    }
    if let known = ExportFormats.of(file: out) { return known }
    throw ValidationError(
      "--out: the ending of \(out) is none of \(ExportFormats.names.joined(separator: ", ")): give --format.")
  }
}
