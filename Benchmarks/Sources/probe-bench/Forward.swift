import ArgumentParser
import Foundation
import ProbeModel

/// A forward pass over one packed batch, and what is kept of it.
struct Forward: ParsableCommand {
  enum Kept: String, CaseIterable, ExpressibleByArgument {
    /// Scores over the vocabulary at every position.
    case logits
    /// The stream entering the first block and leaving every block, without logits.
    case residuals
    /// Every hook point but `hook_result`, in memory that is used again.
    case everything
  }

  @Argument(help: "A checkpoint, or a folder with a config.json for random weights.")
  var model: String
  @Option(help: "Sequences.")
  var batch = 8
  @Option(help: "Tokens a sequence.")
  var length = 128
  @Option var kept: [Kept] = [.logits]
  @Option var threads = 2
  @Option var runs = 7
  @Flag(help: "Draw the weights, whatever the folder holds.")
  var random = false

  struct Row: Encodable {
    let kept: String
    let rows: Int
    let threads: Int
    let timing: Timing
    let tokensPerSecond: Double
  }

  func run() throws {
    let model =
      random ? try HookedTransformer.twin(of: self.model, seed: 0) : try HookedTransformer.open(self.model)
    var generator = SystemRandomNumberGenerator()
    let tokens = TokenBatch(
      (0..<batch).map { _ in
        (0..<length).map { _ in Int.random(in: 0..<model.config.dVocab, using: &generator) }
      })
    let workspace = model.makeWorkspace(threads: threads)
    for kept in kept {
      let points = points(kept, model)
      var cache = ActivationCache()
      let timing = try Timing(runs: runs) {
        try model.run(tokens, observing: Set(points), in: workspace) { view in
          if kept != .logits { cache.record(view) }
        }
      }
      try emit(
        Row(
          kept: kept.rawValue, rows: tokens.rowCount, threads: threads, timing: timing,
          tokensPerSecond: Double(tokens.rowCount) / timing.median))
    }
  }

  private func points(_ kept: Kept, _ model: HookedTransformer) -> [HookPoint] {
    switch kept {
    case .logits: [HookPoint(.logits)]
    case .residuals:
      [HookPoint(.residPre, layer: 0)] + (0..<model.config.nLayers).map { HookPoint(.residPost, layer: $0) }
    case .everything: model.hookPoints.filter { $0.site != .result }
    }
  }
}
