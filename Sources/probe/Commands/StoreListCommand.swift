import ArgumentParser
import ProbeStore

/// `probe store list`: which captures a store holds.
struct StoreListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the captures of a store and how far they are.")

  @Argument(help: "The store.")
  var store: String
  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let store = try ActivationStore(store, for: .reading)
    let captures = try store.captures()
    if json {
      try Terminal.output(json: captures.map { CaptureLine($0) })
      return
    }
    let rows = captures.map { CaptureLine($0) }.map { line in
      [
        "\(line.capture)", line.name, line.model, line.positions, line.dtype, Terminal.count(line.tokens),
        Terminal.count(line.rows), "\(line.points.count)", line.shard ?? "-", line.state,
      ]
    }
    let header = [
      "capture", "name", "model", "positions", "dtype", "tokens", "rows", "points", "part", "state",
    ]
    Terminal.output(Terminal.table([header] + rows))
  }
}

/// A capture as it is listed.
private struct CaptureLine: Encodable {
  let capture: Int64
  let name: String
  let model: String
  let corpus: String
  let positions: String
  let dtype: String
  let tokens: Int
  let rows: Int
  let points: [String]
  let subsample: String?
  let shard: String?
  let state: String

  init(_ record: CaptureRecord) {
    (capture, name, model, corpus) = (record.id, record.name, record.modelName, record.corpusPath)
    (positions, dtype) = (record.settings.positions.rawValue, record.settings.dtype.rawValue)
    (tokens, rows, points) = (record.tokenCount, record.rowCount, record.points.map(\.hook))
    (subsample, shard) = (record.subsample?.rawValue, record.shard?.rawValue)
    let done = record.points.map(\.batchesDone).min() ?? 0
    state = done == record.batchCount ? "complete" : "\(done) of \(record.batchCount) batches"
  }
}
