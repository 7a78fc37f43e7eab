import Foundation
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// Each check finds what it is for: activations of a sound pass, tampered with, and models and tokenizers that are unwell.
@Suite struct DetectionTests {
  private static let sites: [HookPoint.Site] = [
    .residPre, .v, .pattern, .z, .attnOut, .residMid, .mlpOut, .residPost,
  ]
  private static let tokens = [[7, 12, 33, 61, 8], [50, 9]]

  /// One block of a fixture over two sequences.
  private func block(_ name: String, _ layer: Int) throws -> (HookedTransformer, LayerActivations) {
    let model = try HookedTransformer.open(FixtureExperiment.model(name))
    var blocks: [LayerActivations] = []
    try model.eachLayer(of: TokenBatch(Self.tokens), at: Self.sites) { blocks.append($0) }
    #expect(blocks.map { $0.layer } == Array(0..<model.config.nLayers))
    return (model, blocks[layer])
  }

  // MARK: Invariants

  /// Pre-norm, parallel, post-norm, norms on the branches: a value off by a thousandth of its row is seen.
  @Test(arguments: ["llama-gqa", "gptj", "bert", "olmo2"], [HookPoint.Site.attnOut, .mlpOut, .residPost])
  func aBranchThatIsNotWhatWasAddedBreaksTheIdentity(_ name: String, _ site: HookPoint.Site) throws {
    var (model, block) = try block(name, 1)
    func worst() -> Double {
      ResidualIdentity(model: model, block: block).differences(3).map { $0.relative }.max() ?? .nan
    }
    // 32 float32 terms at most: rounding stays a factor of 50 below what the check allows.
    #expect(worst() < 2e-7)
    let size = length(block.row(3, site).map { Double($0) })
    block.values[site]?[3 * model.config.dModel + 2] += Float(size * 1e-3)
    #expect(worst() > 1e-5)
  }

  @Test(arguments: ["llama-gqa", "bert", "mistral"])
  func aPatternThatIsNotWhatWeighedTheValuesIsSeen(_ name: String) throws {
    var (model, block) = try block(name, 1)
    func row() -> AttentionRow {
      AttentionRow(config: model.config, block: block, rows: 0..<5, row: 4, head: 1)
    }
    #expect(abs(row().sum - 1) < 1e-6 && row().difference < 1e-6)
    let visible = block.row(4, .pattern).count / model.config.nHeads
    let first = block.rowOffsets[4] + visible
    block.values[.pattern]?.swapAt(first, first + 1)
    #expect(abs(row().sum - 1) < 1e-6 && row().difference > 1e-5)
    block.values[.pattern]?[first] += 0.01
    #expect(row().sum > 1.009)
  }

  @Test func comparisonsSeeOneBit() throws {
    let model = try HookedTransformer.open(FixtureExperiment.model())
    let points = [HookPoint.residPost(0), HookPoint(.pattern, layer: 1)]
    let one = try model.activations(of: [4, 8, 15, 16], at: points)
    let nudge = Hook(.residPost(0)) { view in view[2][5] = view[2][5].nextUp }
    let other = try model.activations(of: [4, 8, 15, 16], at: points, hooks: [nudge])
    var (same, different) = (ActivationComparison(), ActivationComparison())
    same.compare(one, rows: 0..<4, with: one, from: 0, at: points)
    different.compare(one, rows: 0..<4, with: other, from: 0, at: [points[0]])
    #expect(same.isSame && same.worst.value == 0)
    #expect(!different.isSame && different.worst.value > 0 && different.worst.value < 1e-6)
    #expect(same.result("a = b", advice: "x").found == "a = b: the same bits")
    let result = different.result("a = b", advice: "look")
    #expect(result.verdict == .failed && result.advice == "look")
    #expect(
      result.found.hasPrefix("a = b does not hold: largest difference ")
        && result.found.hasSuffix("blocks.0.hook_resid_post"))
  }

  @Test func rowsAreComparedWithTheRowsThatStandForTheSameTokens() throws {
    let model = try HookedTransformer.open(FixtureExperiment.model())
    let one = try model.activations(of: TokenBatch([[60, 3], [4, 8, 15]]), at: [.residPost(2)])
    let other = try model.activations(of: [4, 8, 16], at: [.residPost(2)])
    var comparison = ActivationComparison()
    comparison.compare(one, rows: 2..<4, with: other, from: 0, at: [.residPost(2)])
    #expect(comparison.isSame, "a causal model does not look ahead")
    comparison.compare(one, rows: 4..<5, with: other, from: 2, at: [.residPost(2)])
    #expect(!comparison.isSame)
  }

  @Test func theWorstIsNotANumberOnceOneIsMet() {
    var worst = Worst<Int>()
    for (place, value) in [0.5, .nan, 7].enumerated() { worst.meet(value, place) }
    #expect(worst.value.isNaN && worst.place == 1)
  }

  // MARK: Norms

  @Test func aRowTenTimesAsLongAsTheMedianIsAnOutlier() throws {
    var (model, block) = try block("llama-gqa", 1)
    let batch = TokenBatch(Self.tokens)
    #expect(LayerNorms(block, batch).outliers.isEmpty)
    let index = 5 * model.config.dModel + 20
    block.values[.residPost]?[index] = 4000
    let norms = LayerNorms(block, batch)
    #expect(norms.outliers.map { $0.row } == [5] && norms.outliers.map { $0.position } == [0])
    #expect(norms.dimension == 20 && norms.share > 0.99 && abs(norms.largest / 4000 - 1) < 1e-3)
  }

  // MARK: Tokenizers

  @Test(
    arguments: [
      "gpt2-style", "llama2-style", "llama3-style", "smollm-style", "qwen2-style", "gemma-style", "t5-style",
      "xlmr-style",
      "wordpiece-uncased", "wordpiece-cased", "roberta-style", "bloom-style", "metaspace", "codegen-style",
      "o200k-style",
    ])
  func tokenizersOfEveryKindReturnTheirTexts(_ name: String) throws {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    let data = try Data(contentsOf: url.appendingPathComponent("Fixtures/tokenizers/\(name).json"))
    var trip = RoundTrip(tokenizer: try Tokenizer(tokenizerJSON: data, config: nil, path: name))
    for text in HealthCheck.awkwardTexts { try trip.add(text) }
    try trip.addBeginning()
    #expect(trip.problems.isEmpty)
    #expect(trip.same + trip.normalized + trip.unknown + trip.incomplete == HealthCheck.awkwardTexts.count)
  }

  /// A decoder that loses spaces: what comes back is another text, and other ids.
  @Test func aDecoderThatLosesTextIsFound() throws {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    let data = try Data(contentsOf: url.appendingPathComponent("Fixtures/tokenizers/gpt2-style.json"))
    var json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    json["decoder"] = [
      "type": "Sequence",
      "decoders": [
        ["type": "Replace", "pattern": ["String": "Ġ"], "content": ""], ["type": "ByteLevel"],
      ],
    ]
    let broken = try JSONSerialization.data(withJSONObject: json)
    var trip = RoundTrip(tokenizer: try Tokenizer(tokenizerJSON: broken, config: nil, path: "broken"))
    try trip.add("The quick brown fox")
    #expect(trip.problems == ["\"The quick brown fox\" returns as \"Thequickbrownfox\""])
  }

  /// Byte-level pieces for some bytes and no unknown token: the reference drops what it cannot spell, and so does this.
  @Test func whatAVocabularyCannotSpellIsCountedAndNoFailure() throws {
    let patient = try Patient(HookedTransformer.open(FixtureExperiment.model("llama-gguf-f32")))
    let result = try HealthCheck.tokenizer.result(for: patient)
    #expect(result.verdict == .warning && result.found.contains(" lose characters"), "\(result.found)")
    var trip = RoundTrip(tokenizer: try #require(patient.model.tokenizer))
    for text in ["the theory", "東京", "naïve"] { try trip.add(text) }
    #expect(trip.same == 1)
    #expect(trip.incomplete == 2, "\(trip)")
    #expect(trip.problems.isEmpty)
  }

  // MARK: Answers

  /// The fixture has a tokenizer and random weights.
  @Test func randomWeightsKnowNothingAndAreHealthy() throws {
    let patient = try Patient(HookedTransformer.open(FixtureExperiment.model("llama-gguf-f32")))
    let known = try HealthCheck.knownAnswers.result(for: patient)
    #expect(known.verdict == .notApplicable && known.found.hasPrefix("the model knows nothing: "))
    let repetition = try HealthCheck.repetition.result(for: patient)
    #expect(repetition.verdict == .notApplicable && repetition.found.hasPrefix("the model does not copy: "))
  }

  // MARK: Kernels

  @Test func variablesThatForceKernelsAreNamedInTheAdvice() {
    let forced = KernelSpeed.forcingVariables([
      "OPENBLAS_CORETYPE": "Prescott", "HOME": "/", "OMP_NUM_THREADS": "2",
    ])
    #expect(forced == ["OPENBLAS_CORETYPE=Prescott", "OMP_NUM_THREADS=2"])
    let slowBLAS = KernelSpeed(peak: 100, blas: 54, product: 90)
    #expect(
      slowBLAS.advice(family: "Prescott", forced: forced)
        == "The environment forces slower kernels of OpenBLAS: unset OPENBLAS_CORETYPE")
    #expect(
      slowBLAS.advice(family: "Haswell", forced: ["OMP_NUM_THREADS=2"]).contains("runs Haswell kernels"))
    let slowEngine = KernelSpeed(peak: 100, blas: 90, product: 54)
    #expect(
      slowEngine.advice(family: "Haswell", forced: forced).hasPrefix("The engine's own kernels are slow"))
    #expect(slowEngine.share(54) == "54%")
  }
}
