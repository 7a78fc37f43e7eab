import ArgumentParser
import Foundation
import ProbeModel
@_spi(Sources) import ProbeStore

/// A capture of 13 residual streams of GPT-2 small's shape with the store and without it, in turns; and how memory
/// grows with the number of tokens.
struct StoreCapture: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-capture")

  @Argument(help: "A folder with a config.json, for random weights.")
  var model: String
  @Option var tokens = 20_480
  @Option var threads = 2
  @Option var rounds = 3
  @Option var folder = "."

  struct Row: Encodable {
    let tokens: Int
    let stored: [Double]
    let alone: [Double]
  }

  func run() throws {
    let model = try HookedTransformer.twin(of: model, seed: 0)
    let points = [HookPoint(.residPre, layer: 0)]
      + (0..<model.config.nLayers).map { HookPoint(.residPost, layer: $0) }
    let corpus = try StoreSource.corpus(tokens: tokens)
    let capture = try Capture(model: model, corpus: corpus, points: points)
    var (stored, alone) = ([Double](), [Double]())
    try inFolder(folder) { folder in
      for round in 0...rounds {
        let store = try ActivationStore("\(folder)/\(round).sqlite")
        let with = try capture.run(into: store, threads: threads).seconds
        try store.close()
        let without = try seconds { try capture.computeAlone(threads: threads) }
        if round > 0 {
          stored.append(with)
          alone.append(without)
        }
      }
    }
    try emit(Row(tokens: capture.plan.tokenCount, stored: stored, alone: alone))
  }
}

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

/// A store of many tokens: opening, listing, one vector.
struct StoreMany: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-many")

  @Option var tokens = 10_000_000
  @Option var folder = "."

  struct Row: Encodable {
    let tokens: Int
    let storeBytes: Int
    let path: String
  }

  func run() throws {
    let path = folder + "/many.sqlite"
    let store = try ActivationStore(path)
    _ = try StoreSource.capture(tokens: tokens, points: [.residPost(0)], width: 8, length: 512).run(into: store)
    try store.close()
    try emit(Row(tokens: tokens, storeBytes: fileSize(path), path: path))
  }
}
