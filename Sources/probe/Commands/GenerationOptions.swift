import ArgumentParser
import ProbeModel

/// How `probe run` goes on from prompts.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Go on from the prompts, for at most so many tokens.", valueName: "N"))
  var generate: Int?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Sample, with logits divided by this.", valueName: "T"))
  var temperature: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Sample from the K likeliest tokens.", valueName: "K"))
  var topK: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sample from the likeliest tokens up to this mass.", valueName: "P"))
  var topP: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sample from the most typical tokens up to this mass.", valueName: "MASS"))
  var typical: Double?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Sample with this seed; 0 otherwise.", valueName: "S"))
  var seed: UInt64?

  func validate() throws { _ = try settings() }

  /// The settings; nil without `--generate`. Greedy unless one of the other options is given.
  ///
  /// - Throws: `ValidationError`.
  func settings() throws -> Generation? {
    let sampling = [
      ("--temperature", temperature != nil), ("--top-k", topK != nil), ("--top-p", topP != nil),
      ("--typical", typical != nil), ("--seed", seed != nil),
    ].filter { $0.1 }.map { $0.0 }
    guard let generate else {
      guard let first = sampling.first else { return nil }
      throw ValidationError("\(first) says how --generate chooses tokens: give --generate N.")
    }
    guard generate > 0 else { throw ValidationError("--generate: expected at least 1, found \(generate).") }
    guard !sampling.isEmpty else { return Generation(maxTokens: generate) }
    do {
      let sampling = try Sampling(
        temperature: temperature ?? 1, topK: topK, topP: topP, typical: typical, seed: seed ?? 0)
      return Generation(.sampled(sampling), maxTokens: generate)
    } catch {
      throw ValidationError("--\(error.location): \(error.problem).")
    }
  }
}
