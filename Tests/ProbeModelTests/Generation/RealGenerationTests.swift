import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Lenses and generation on SmolLM2.
@Suite(.enabled(if: RealModel.smollm2.isTested)) struct RealGenerationTests {
  /// Indirect-object prompts: names, prompt with BOS, and the answers' ids.
  private func objects(
    _ tokenizer: Tokenizer
  ) throws -> (batch: TokenBatch, targets: [LogitTarget]) {
    let texts = [
      ("When John and Mary went to the store, John gave a drink to", " Mary", " John"),
      ("When Mary and John went to the store, Mary gave a drink to", " John", " Mary"),
      ("When Tom and Anna went to the park, Anna gave a ball to", " Tom", " Anna"),
      ("When Anna and Tom went to the park, Tom gave a ball to", " Anna", " Tom"),
    ]
    let prompts = try texts.map { try tokenizer.encode(prompt: $0.0, sentinel: .bos) }
    let batch = TokenBatch(prompts)
    let targets = try texts.enumerated().map { index, text in
      let answers = try [text.1, text.2].map { try tokenizer.encode($0, sentinel: .none).ids }
      try #require(answers.allSatisfy { $0.count == 1 })
      return LogitTarget.difference(
        answers[0][0], minus: answers[1][0], row: batch.rows(of: index).upperBound - 1)
    }
    return (batch, targets)
  }

  /// What a head says is read from W_O and the vocabulary, where it looks from its pattern: the one that speaks most
  /// against the wrong name looks at that name (copy suppression, McDougall et al. 2023, arXiv:2310.04625).
  @Test func theHeadThatSpeaksAgainstTheRepeatedNameLooksAtIt() throws {
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    let (batch, targets) = try objects(#require(model.tokenizer))
    let wrong = targets.map { LogitTarget.logit(of: $0.terms[1].token, row: $0.row) }
    let found = try model.attributions(
      of: targets + wrong, in: batch, by: .heads, workspace: model.makeWorkspace())
    let last = HookPoint(.logits)
    let logits = try #require(try model.activations(of: batch, at: [last])[last])
    for (index, target) in targets.enumerated() {
      let difference = target.terms.reduce(0.0) { $0 + Double($1.weight * logits[target.row, $1.token]) }
      #expect(difference > 0)
      // Thirty blocks of float32 terms, some a hundred times the sum (docs/numerics.md).
      #expect(abs(found.total(index) - difference) <= 1e-3 * max(1, abs(difference)))
    }
    var against = Tensor([model.config.nLayers, model.config.nHeads])
    for index in wrong.indices {
      let heads = try #require(found.heads(of: targets.count + index))
      for place in heads.elements.indices { against.elements[place] += heads.elements[place] }
    }
    let place = try #require(against.elements.indices.min { against.elements[$0] < against.elements[$1] })
    let (layer, head) = place.quotientAndRemainder(dividingBy: model.config.nHeads)
    let pattern = HookPoint(.pattern, layer: layer)
    let shares = try model.activations(of: batch, at: [pattern])
    for target in targets {
      let row = try #require(shares.row(target.row, at: pattern))
      let keys = row.count / model.config.nHeads
      let seen = Array(row.dropFirst(head * keys).prefix(keys))
      // The first key is where heads rest.
      let key = try #require(seen.indices.dropFirst().max { seen[$0] < seen[$1] })
      #expect(Int(batch.tokens[target.row - keys + 1 + key]) == target.terms[1].token)
    }
  }

  /// Golden tokens of Hugging Face's `generate(do_sample=False)` with the same weights.
  @Test func greedyTokensAreTheReferences() throws {
    struct Golden: Decodable {
      let texts: [String]
      let prompts: [[Int]]
      let continuations: [[Int]]
      let log_probabilities: [[Float]]
    }
    let file = Fixture.root.appendingPathComponent("generation/smollm2.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    let tokenizer = try #require(model.tokenizer)
    let prompts = try golden.texts.map { try tokenizer.encode(prompt: $0, sentinel: .bos) }
    #expect(prompts == golden.prompts)
    let found = try Generator(model, Generation(maxTokens: 16)).generate(prompts, in: model.makeWorkspace())
    #expect(found.map { $0.tokens } == golden.continuations)
    let anew = try Generator(model, Generation(maxTokens: 5), usesCache: false).generate(
      prompts, in: model.makeWorkspace())
    for (a, b) in zip(anew, found) {
      #expect(a.tokens == Array(b.tokens.prefix(5)))
      // The same bits.
      #expect(a.logProbabilities == Array(b.logProbabilities.prefix(5)))
    }
    for (mine, expected) in zip(found, golden.log_probabilities) {
      // docs/numerics.md.
      #expect(largestDifference(mine.logProbabilities.map { Float($0) }, expected) <= 1e-3)
    }
    #expect(try tokenizer.decode(found[0].tokens).hasPrefix(" Paris"))
    // The stream settles on the answer from some block on, and does not know it at first.
    let lens = try model.logitLens(
      TokenBatch([prompts[0]]), at: (0..<model.config.nLayers).map { .residPost($0) },
      rows: [prompts[0].count - 1], tokens: [[found[0].tokens[0]]], top: 1, in: model.makeWorkspace())
    let ranks = lens.points.indices.map { lens.rank(point: $0, row: 0, token: 0) }
    #expect(ranks.last == 0 && ranks[0] > 100)
    #expect(lens.top(point: ranks.count - 1, row: 0)[0].token == found[0].tokens[0])
  }
}
