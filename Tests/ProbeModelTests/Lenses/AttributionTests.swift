import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Logits taken apart into what each part of the model contributes.
@Suite struct AttributionTests {
  /// Models whose logits are a sum of contributions: a head, no norm on the stream, nothing but linear maps behind the
  /// final norm.
  static let summed = LogitLensTests.headed.filter { !refused.keys.contains($0.name) }
  /// The others that have a head, and why not.
  static let refused = [
    "bert-mlm": "post-norm", "distilbert": "post-norm", "opt-postnorm": "post-norm", "roberta": "post-norm",
  ]

  /// Targets at every third row, of single tokens and differences.
  private func targets(_ model: HookedTransformer, _ batch: TokenBatch) -> [LogitTarget] {
    var random = RandomStream(seed: 8, "targets")
    return stride(from: 0, to: batch.rowCount, by: 3).flatMap { row in
      let (a, b) = (random.index(below: model.config.dVocab), random.index(below: model.config.dVocab))
      return [LogitTarget.logit(of: a, row: row), .difference(a, minus: b, row: row)]
    }
  }

  /// Σ of contributions == the logit before any soft cap, in every family and both ways of taking attention apart.
  @Test(arguments: summed, LogitAttribution.Parts.allCases)
  func contributionsAddUpToTheLogit(_ fixture: Fixture, _ parts: LogitAttribution.Parts) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let targets = targets(model, batch)
    let found = try model.attributions(
      of: targets, in: batch, by: parts, workspace: model.makeWorkspace())
    let logits = try #require(try Observations(model, batch, at: [HookPoint(.logits)])[HookPoint(.logits)])
    for (index, target) in targets.enumerated() {
      let expected = target.terms.reduce(0.0) { sum, term in
        var logit = Double(logits[target.row * model.config.dVocab + term.token])
        if let cap = model.config.logitSoftCap.map({ Double($0) }) { logit = cap * atanh(logit / cap) }
        return sum + Double(term.weight) * logit
      }
      let size = found.contributions[row: index].reduce(1.0) { $0 + abs(Double($1)) }
      // Rounding of float32 terms, relative to their size; atanh of a capped logit near its cap loses digits.
      let tolerance = model.config.logitSoftCap == nil ? 3e-6 : 3e-5
      #expect(abs(found.total(index) - expected) <= tolerance * size, "\(target)")
    }
  }

  /// Heads and the bias of attention are attention's contribution.
  @Test(arguments: summed)
  func headsAddUpToAttention(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let targets = targets(model, batch)
    let (whole, apart) = try (
      model.attributions(of: targets, in: batch, workspace: model.makeWorkspace()),
      model.attributions(of: targets, in: batch, by: .heads, workspace: model.makeWorkspace())
    )
    #expect(whole.heads(of: 0) == nil)
    for target in targets.indices {
      let heads = try #require(apart.heads(of: target))
      #expect(heads.shape == [model.config.nLayers, model.config.nHeads])
      for layer in 0..<model.config.nLayers {
        let attention = try #require(whole.contribution(of: .attention(layer: layer), to: target))
        let bias = apart.contribution(of: .attentionBias(layer: layer), to: target) ?? 0
        let sum = heads[row: layer].reduce(bias, +)
        // Of products of 16 to 32 float32 values, relative to their size.
        let size = heads[row: layer].reduce(1 + abs(bias)) { $0 + abs($1) }
        #expect(abs(sum - attention) <= 3e-6 * size, "block \(layer)")
        // What is observed besides changes no bit.
        let mlps = [whole, apart].map { $0.contribution(of: .mlp(layer: layer), to: target) }
        #expect(mlps[0] == mlps[1])
      }
    }
  }

  /// A projection between stream and vocabulary without an activation function is one more linear map.
  @Test(arguments: LogitAttribution.Parts.allCases)
  func aProjectionBehindTheStreamIsCounted(_ parts: LogitAttribution.Parts) throws {
    let stored = try Fixture(name: "opt-postnorm").model()
    try #require(stored.weights.headTransform != nil && stored.weights.finalNorm == nil)
    // The same weights with the norms before the branches.
    var config = stored.config
    config.blockOrder = .preNorm
    let model = HookedTransformer(
      config: config, architecture: stored.architecture, path: stored.path, tokenizer: nil,
      checkpoint: stored.checkpoint, weights: stored.weights)
    let batch = TokenBatch([[4, 5, 6]])
    let found = try model.attributions(
      of: [.logit(of: 9, row: 2)], in: batch, by: parts, workspace: model.makeWorkspace())
    let logits = try #require(try Observations(model, batch, at: [HookPoint(.logits)])[HookPoint(.logits)])
    let expected = Double(logits[2 * config.dVocab + 9])
    // Twelve float32 terms of about 1.
    #expect(abs(found.total(0) - expected) <= 1e-5 * max(1, abs(expected)))
  }

  /// Golden values of TransformerLens.
  @Test(arguments: ["gpt2", "llama-gqa"])
  func contributionsAreThoseOfTheReference(_ name: String) throws {
    let (model, golden) = (try Fixture(name: name).model(), try LensGolden(name))
    let (batch, rows) = (TokenBatch([golden.tokens]), golden.tokens.indices)
    let difference = rows.map { LogitTarget.difference(golden.answer, minus: golden.other, row: $0) }
    let answer = rows.map { LogitTarget.logit(of: golden.answer, row: $0) }
    func check(_ found: LogitAttribution, _ parts: [LogitAttribution.Part], _ expected: [[Float]]) throws {
      try #require(parts.count == expected.count)
      for (part, values) in zip(parts, expected) {
        let mine = try rows.map { try #require(found.contribution(of: part, to: $0)) }
        #expect(largestDifference(mine, values) <= 5e-5, "\(part)")
      }
    }
    var parts: [LogitAttribution.Part] = name == "gpt2" ? [.embedding, .positionEmbedding] : [.embedding]
    parts += (0..<3).flatMap { [.attention(layer: $0), .mlp(layer: $0)] }
    let workspace = model.makeWorkspace()
    try check(
      model.attributions(of: difference, in: batch, workspace: workspace), parts,
      golden.attribution.difference)
    try check(
      model.attributions(of: answer, in: batch, workspace: workspace), parts, golden.attribution.answer)
    try check(
      model.attributions(of: difference, in: batch, by: .heads, workspace: workspace),
      (0..<3).flatMap { layer in (0..<4).map { .head(layer: layer, head: $0) } }, golden.heads.difference)
  }

  @Test func partsComeInTheOrderOfComputation() throws {
    let model = try Fixture(name: "gpt2").model()
    let target = [LogitTarget.logit(of: 1, row: 1)]
    let found = try model.attributions(
      of: target, in: TokenBatch([[4, 5]]), by: .heads, workspace: model.makeWorkspace())
    #expect(found.parts.prefix(2) == [.embedding, .positionEmbedding])
    #expect(
      found.parts[2...6] == [
        .head(layer: 0, head: 0), .head(layer: 0, head: 1), .head(layer: 0, head: 2),
        .head(layer: 0, head: 3),
        .attentionBias(layer: 0),
      ])
    #expect(found.parts.suffix(2) == [.mlp(layer: 2), .finalNormBias])
  }

  /// What a hook takes away is gone from its part, and the sum is the changed run's logit.
  @Test func hooksOnPartsAreCounted() throws {
    let model = try Fixture(name: "gemma").model()
    let (batch, workspace) = (TokenBatch([[4, 5, 6]]), model.makeWorkspace())
    let hook = Hook(HookPoint(.z, layer: 1)) { view in
      for row in 0..<view.batch.rowCount {
        for column in 0..<view.rowShape[1] { view[row][column] = 0 }
      }
    }
    let targets = [LogitTarget.logit(of: 9, row: 2)]
    let found = try model.attributions(
      of: targets, in: batch, by: .heads, hooks: [hook], workspace: workspace)
    #expect(found.contribution(of: .head(layer: 1, head: 0), to: 0) == 0)
    #expect(found.contribution(of: .head(layer: 1, head: 1), to: 0) != 0)
    let logits = try #require(
      try Observations(model, batch, at: [HookPoint(.logits)], hooks: [hook])[HookPoint(.logits)])
    #expect(abs(found.total(0) - Double(logits[2 * model.config.dVocab + 9])) <= 1e-4)
  }

  @Test func hooksBesideThePartsAreRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let (batch, workspace) = (TokenBatch([[4, 5, 6]]), model.makeWorkspace())
    let target = [LogitTarget.logit(of: 9, row: 2)]
    for (point, parts) in [
      (.residPost(0), .branches), (HookPoint(.logits), .branches), (HookPoint(.attnOut, layer: 0), .heads),
    ] as [(HookPoint, LogitAttribution.Parts)] {
      let error = try modelError {
        try model.attributions(
          of: target, in: batch, by: parts, hooks: [Hook(point) { _ in }], workspace: workspace)
      }
      #expect(error.reason == .unsupported && error.location == point.name)
      #expect(error.problem.hasPrefix("a hook here changes the stream or the logits beside the parts"))
    }
  }

  @Test func modelsWhoseLogitsAreNoSumAreRefused() throws {
    for (name, reason) in Self.refused.sorted(by: { $0.key < $1.key }) {
      let model = try Fixture(name: name).model()
      let error = try modelError {
        try model.attributions(
          of: [.logit(of: 1, row: 0)], in: TokenBatch([[1]]), workspace: model.makeWorkspace())
      }
      #expect(error.reason == .unsupported && error.location == name)
      #expect(
        error.problem.hasPrefix("its logits are no sum of what the blocks wrote")
          && error.problem.contains(reason))
    }
    let model = try Fixture(name: "t5-encoder").model()
    let error = try modelError {
      try model.attributions(
        of: [.logit(of: 1, row: 0)], in: TokenBatch([[1]]), workspace: model.makeWorkspace())
    }
    #expect(error.problem == "the model has no head: nothing scores the vocabulary")
  }

  @Test func tokensOutsideTheVocabularyAreRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.attributions(
        of: [.difference(3, minus: -1, row: 0)], in: TokenBatch([[1]]), workspace: model.makeWorkspace())
    }
    #expect(error.reason == .badInput && error.location == "logit attribution")
    #expect(error.problem == "token id -1 is outside the vocabulary of 96")
  }

  @Test func noTargetsNeedNoRun() throws {
    let model = try Fixture(name: "gpt2").model()
    let found = try model.attributions(of: [], in: TokenBatch([[1]]), workspace: model.makeWorkspace())
    #expect(found.contributions.shape == [0, found.parts.count])
  }
}
