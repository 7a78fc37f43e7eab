import ArgumentParser
import Foundation
import ProbeModel
@_spi(Sources) import ProbeStore

/// Resident memory after a tenth and after all of a capture, and the size of stores.
struct StoreMemory: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-memory")

  @Option var tokens = 100_000
  @Option var folder = "."

  struct Row: Encodable {
    let tokens: Int
    let residentAfterTenth: Int
    let residentAfterAll: Int
    /// Bytes of the file over bytes of scalars: 8 points of 512, 768 and 4,096 values.
    let sizes: [String: Double]
  }

  func run() throws {
    try inFolder(folder) { folder in
      func resident(_ tokens: Int) throws -> Int {
        let store = try ActivationStore("\(folder)/\(tokens).sqlite")
        _ = try StoreSource.capture(tokens: tokens).run(into: store)
        defer { try? store.close() }
        return residentBytes()
      }
      let tenth = try resident(tokens / 10)
      let all = try resident(tokens)
      var sizes: [String: Double] = [:]
      for width in [512, 768, 4_096] {
        let path = "\(folder)/width-\(width).sqlite"
        let capture = try StoreSource.capture(
          tokens: 20_480, points: Array(StoreSource.points.prefix(8)), width: width)
        let store = try ActivationStore(path)
        _ = try capture.run(into: store)
        try store.close()
        sizes["\(width)"] = Double(fileSize(path)) / Double(capture.estimatedBytes)
      }
      try emit(Row(tokens: tokens, residentAfterTenth: tenth, residentAfterAll: all, sizes: sizes))
    }
  }
}
