import ArgumentParser
import Foundation
import Glibc
import ProbeStore

/// Float16 residuals of GPT-2 small's shape on their way to the disk: from the first batch to the last sync, with the
/// log moved into the main file; in turns with a plain write of the same bytes and fdatasync.
struct StoreWrite: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-write")

  @Option(help: "Tokens to capture.")
  var tokens = 20_480
  @Option var threads = 2
  @Option var rounds = 5
  @Option(help: "Where to write.")
  var folder = "."

  struct Row: Encodable {
    let bytes: Int
    let fileBytes: Int
    let probe: [Double]
    let plain: [Double]
  }

  func run() throws {
    let capture = try StoreSource.capture(tokens: tokens)
    let bytes = capture.estimatedBytes
    var (probe, plain, size) = ([Double](), [Double](), 0)
    try inFolder(folder) { folder in
      for round in 0..<rounds {
        let path = "\(folder)/\(round).sqlite"
        let store = try ActivationStore(path)
        probe.append(try capture.run(into: store, threads: threads).seconds)
        try store.close()
        size = fileSize(path)
        try FileManager.default.removeItem(atPath: path)
        plain.append(try Self.plain(bytes, "\(folder)/plain"))
      }
    }
    try emit(Row(bytes: bytes, fileBytes: size, probe: probe, plain: plain))
  }

  /// Seconds of writing `count` bytes in pieces of 1 MiB to a new file, and fdatasync.
  private static func plain(_ count: Int, _ path: String) throws -> Double {
    let piece = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    defer { unlink(path) }
    return seconds {
      let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
      var rest = count
      while rest > 0 {
        let written = write(file, piece, min(piece.count, rest))
        guard written > 0 else { break }
        rest -= written
      }
      fdatasync(file)
      close(file)
    }
  }
}
