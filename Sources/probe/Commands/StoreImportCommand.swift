import ArgumentParser
import ProbeAnalysis
import ProbeMath
import ProbeModel
import ProbeStore

/// `probe store import`: activations that something else computed.
struct StoreImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put activations that something else computed into a store.",
    discussion: """
      One row an example, or one row a position: then --offsets says where each example begins, unless all examples \
      give token_ids. Several points imported under one name are one capture. The same command again does nothing, or \
      goes on where it was stopped. A spec without model and corpus analyzes such a store. Example:
        probe store import .probe/mine.sqlite --activations layer12.npy --examples examples.jsonl --point resid_post.12 \
      --name mine
      """)

  @Argument(help: "The store; made when it is not there.")
  var store: String
  @Option(help: "The activations: [rows, width…], .npy (float16, float32, float64) or .safetensors.")
  var activations: String
  @Option(help: "The examples in the order of the rows: a corpus (JSONL, CSV, TSV; - for standard input).")
  var examples: String
  @Option(help: "The hook point that the activations are of, such as resid_post.12.")
  var point: String
  @Option(help: "Names the capture and stands for the model.")
  var name = "imported"
  @Option(help: "The tensor, of a safetensors file with several.")
  var tensor: String?
  @Option(help: "Row offsets (.npy, int64, one more than examples): a row a position.")
  var offsets: String?
  @Option(help: "Scalar type in the store: float32, float16, bfloat16; that of the file unless given.")
  var dtype: ScalarType?

  func validate() throws {
    // A spec finds the capture by its name.
    try checkName(name, option: "--name")
  }

  func run() throws {
    let point = try HookPoint(parsing: point)
    let activations = try ExternalActivations(path: activations, tensor: tensor)
    let corpus = try Corpus.read(examples)
    let importing = try Import(
      activations, of: corpus, point: point, offsets: offsets.map { try ExternalActivations.readOffsets($0) },
      dtype: dtype, name: name)
    if !corpus.ignoredFields.isEmpty {
      Terminal.message(
        "fields of the examples that mean nothing here: \(corpus.ignoredFields.joined(separator: ", "))")
    }
    Interruption.listen()
    let outcome = try StoreLocation.withStore(store) { store in
      try importing.run(
        into: store, progress: { Terminal.status("\(Terminal.bytes($0.bytes)) written") },
        shouldStop: { Interruption.isRequested })
    }
    Terminal.status(nil)
    guard outcome.bytesWritten > 0 else {
      Terminal.message("\(store) holds all of it: nothing to do")
      return
    }
    if outcome.chunksRepaired > 0 {
      Terminal.message("\(outcome.chunksRepaired) damaged chunks written anew")
    }
    let layout = importing.positions == .pooled ? "one an example" : "one a position"
    let count = outcome.capture.points.count
    Terminal.message(
      "\(Terminal.count(importing.rowCount)) row\(importing.rowCount == 1 ? "" : "s"), \(layout), of \(point.name) "
        + "in \(importing.dtype.rawValue) in \(store): capture \(name) has \(count) point\(count == 1 ? "" : "s") now"
    )
  }
}
