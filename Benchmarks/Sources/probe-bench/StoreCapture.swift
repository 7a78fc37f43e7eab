import ArgumentParser
import Foundation
import ProbeModel
@_spi(Sources) import ProbeStore

/// A capture of 13 residual streams of GPT-2 small's shape with the store and without it, in turns.
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
