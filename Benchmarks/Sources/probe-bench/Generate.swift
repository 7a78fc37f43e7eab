import ArgumentParser
import Foundation
import ProbeModel

/// Greedy continuations with the key–value cache and without, which have to be the same.
struct Generate: ParsableCommand {
  @Argument(help: "A checkpoint.")
  var model: String
  @Argument(help: "A JSON file: a list of prompts, each a list of token ids.")
  var ids: String
  @Option(help: "Tokens to generate for each prompt; nothing stops earlier.")
  var tokens = 64
  @Option var threads = 2
  @Option(help: "Runs with the cache; without, which takes many times as long, there is one.")
  var runs = 3

  struct Result: Encodable {
    let prompts: Int
    let tokens: Int
    let threads: Int
    let cached: Timing
    let uncached: Timing
    /// Whether both give the same tokens.
    let isSame: Bool
    let continuations: [[Int]]
  }

  func run() throws {
    let prompts = try JSONDecoder().decode([[Int]].self, from: Data(contentsOf: URL(fileURLWithPath: ids)))
    let model = try HookedTransformer.open(self.model)
    let (cached, found) = try time(model, prompts, usesCache: true, runs: runs)
    let (uncached, expected) = try time(model, prompts, usesCache: false, runs: 1)
    try emit(
      Result(
        prompts: prompts.count, tokens: tokens, threads: threads, cached: cached, uncached: uncached,
        isSame: found == expected, continuations: found))
  }

  private func time(
    _ model: HookedTransformer, _ prompts: [[Int]], usesCache: Bool, runs: Int
  ) throws -> (Timing, [[Int]]) {
    let generator = try Generator(model, Generation(.greedy, maxTokens: tokens), usesCache: usesCache)
    let workspace = model.makeWorkspace(threads: threads)
    var found: [[Int]] = []
    let timing = try Timing(runs: runs) {
      found = try generator.generate(prompts, in: workspace).map { $0.tokens }
    }
    return (timing, found)
  }
}
