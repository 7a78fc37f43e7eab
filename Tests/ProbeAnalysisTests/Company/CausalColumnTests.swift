import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis

@Suite struct CausalColumnTests {
  private let point = HookPoint.residPost(1)

  private func model() throws -> HookedTransformer { try PromptRunTests.model() }

  /// Sequences of different lengths; the probed token is the third, the answer the last two.
  private func items(_ count: Int = 6, answers: Bool = true) -> [CausalItem] {
    (0..<count).map { index in
      let tokens = (0..<6 + index % 3).map { (index * 17 + $0 * 29 + 3) % 96 }
      return CausalItem(
        tokens: tokens, positions: [answers ? 2 : tokens.count - 1],
        answer: [tokens.count - 2, tokens.count - 1], group: "g\(index / 2)")
    }
  }

  private func direction(_ width: Int, seed: UInt64 = 1) -> [Float] {
    var stream = RandomStream(seed: seed, "direction")
    return (0..<width).map { _ in Float(stream.normal()) }
  }

  private var quick: CausalColumn.Settings {
    var settings = CausalColumn.Settings()
    (settings.randomDirections, settings.replicates) = (3, 100)
    return settings
  }

  private func hook(_ change: CausalColumn.Change, _ v: [Float], _ shift: Double, _ position: Int) throws
    -> Hook
  {
    let length = v.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
    let unit = Tensor([v.count], v.map { Float(Double($0) / length) })
    let selection = Selection(positions: .at([position]))
    switch change {
    case .projectOut: return .projectOut(point, try Subspace(spanning: unit), at: selection)
    case .add: return .add(point, unit, coefficient: Float(shift), at: selection)
    case .subtract: return .add(point, unit, coefficient: -Float(shift), at: selection)
    }
  }

  @Test func effectsAreThoseOfWholeRunsWithAHook() throws {
    let (model, items) = (try model(), items())
    let v = direction(model.config.dModel)
    let column = try CausalColumn(
      model, items: items, at: point, direction: v, shift: 1.5, settings: quick, seed: 1)
    #expect(column.quantity == .answerLogProbability && column.reason == nil)
    #expect(column.items == 6 && column.groups == 3)
    #expect(column.effects.map { $0.change } == [.projectOut, .add, .subtract])
    let workspace = model.makeWorkspace()
    for effect in column.effects {
      let changes = try items.map { item -> Double in
        let batch = TokenBatch([item.tokens])
        let hook = try hook(effect.change, v, 1.5, 2)
        let after = try model.logProbabilities(
          of: item.answer, in: batch, hooks: [hook], workspace: workspace)
        let before = try model.logProbabilities(of: item.answer, in: batch, workspace: workspace)
        return zip(after, before).reduce(0) { $0 + $1.0 - $1.1 }
      }
      // Log-probabilities of the model are float32.
      #expect(abs(effect.mean.value - changes.reduce(0, +) / 6) < 1e-5)
      #expect(abs(effect.size.value - changes.reduce(0) { $0 + abs($1) } / 6) < 1e-5)
      #expect(effect.size.value > 1e-3)
      #expect(effect.random.count == 3 && Set(effect.random).count == 3)
    }
  }

  @Test func atTheEndTheNextTokenIsMeasured() throws {
    let (model, items) = (try model(), items(answers: false))
    let v = direction(model.config.dModel)
    let column = try CausalColumn(
      model, items: items, at: point, direction: v, shift: 2, settings: quick, seed: 1)
    #expect(column.quantity == .nextTokenDivergence)
    #expect(
      column.reason
        == "6 of 6 items have no answer behind the probed position: the change cannot reach the text's own "
        + "log-probability")
    let workspace = model.makeWorkspace()
    for effect in column.effects {
      let divergences = try items.map { item -> Double in
        let hook = try hook(effect.change, v, 2, item.tokens.count - 1)
        let batch = TokenBatch([item.tokens])
        let sides = try [[], [hook]].map { hooks -> [Double] in
          let logits = try model.nextTokenLogits(of: batch, hooks: hooks, in: workspace).elements.map {
            Double($0)
          }
          let total = logits.reduce(0) { $0 + exp($1) }
          return logits.map { exp($0) / total }
        }
        return zip(sides[0], sides[1]).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      }
      #expect(abs(effect.mean.value - divergences.reduce(0, +) / 6) < 1e-6)
      #expect(effect.mean.value == effect.size.value && effect.mean.value > 0)
    }
  }

  @Test func aDirectionThatIsAllOfTheActivationRanksFirst() throws {
    // The same text throughout, so one activation: without it the stream is empty there.
    let model = try model()
    let text = items(1)[0]
    let copies = (0..<4).map {
      CausalItem(tokens: text.tokens, positions: [2], answer: text.answer, group: "g\($0)")
    }
    let cache = try model.activations(of: text.tokens, at: [point])
    let h = Array(try #require(cache[point])[row: 2])
    let column = try CausalColumn(
      model, items: copies, at: point, direction: h, shift: 0, settings: quick, seed: 2)
    let projected = column.effects[0]
    #expect(projected.rank == 1 && projected.p == 0.25)
    #expect(projected.size.value > 3 * (projected.randomSizes.max() ?? 0))
    #expect(
      abs(projected.sizeOverRandom.value - (projected.size.value - projected.randomSizes.reduce(0, +) / 3))
        < 1e-12)
    // Nothing added, nothing changed; of equals the rank is the worst.
    for effect in column.effects.dropFirst() {
      #expect(effect.mean.value == 0 && effect.randomSizes == [0, 0, 0])
      #expect(effect.rank == 4 && effect.p == 1)
    }
  }

  @Test func allTokensOfAMeanAreChanged() throws {
    let model = try model()
    let tokens = items(1)[0].tokens
    let item = CausalItem(
      tokens: tokens, positions: Array(tokens.indices), answer: [tokens.count - 1], group: "g")
    let v = direction(model.config.dModel)
    let column = try CausalColumn(
      model, items: [item], at: point, direction: v, shift: 1, settings: quick, seed: 3)
    let batch = TokenBatch([tokens])
    let hook = Hook.projectOut(point, try Subspace(spanning: Tensor([v.count], v)))
    let workspace = model.makeWorkspace()
    let after = try model.logProbabilities(of: item.answer, in: batch, hooks: [hook], workspace: workspace)[0]
    let before = try model.logProbabilities(of: item.answer, in: batch, workspace: workspace)[0]
    #expect(abs(column.effects[0].mean.value - (after - before)) < 1e-5)
    // One group gives no interval.
    #expect(column.effects[0].mean.interval == nil)
  }

  @Test func ofManyItemsWholeGroupsAreDrawn() throws {
    let model = try model()
    var settings = quick
    settings.mostItems = 5
    func column() throws -> CausalColumn {
      try CausalColumn(
        model, items: items(12), at: point, direction: direction(model.config.dModel), shift: 1,
        settings: settings,
        seed: 4)
    }
    let made = try column()
    #expect(made.items == 4 && made.groups == 2 && made.availableItems == 12)
    #expect(try made == column())
  }

  @Test func theShiftIsTheClassMeansDistance() {
    let features = Tensor(rows: [[1, 0], [3, 5], [7, 1], [9, 2]])
    // Along (0, 2): second values of class 1 less those of class 0, 1.5 − 2.5.
    #expect(
      CausalColumn.shift(
        along: [0, 2], features: features, labels: [0, 0, 1, 1], towards: 1, rows: [0, 1, 2, 3])
        == -1)
  }

  @Test func modelsAndDirectionsThatDoNotFitAreRefused() throws {
    let encoder = try HookedTransformer.open(PromptRunTests.models + "/bert")
    let one = [CausalItem(tokens: [1, 2], positions: [0], answer: [1], group: "g")]
    func refused(_ model: HookedTransformer, _ point: HookPoint, _ direction: [Float]) throws -> SpecError {
      try #require(throws: SpecError.self) {
        try CausalColumn(model, items: one, at: point, direction: direction, shift: 1, seed: 1)
      }
    }
    let noHead = try refused(encoder, .residPost(0), [])
    #expect(noHead.reason == .notApplicable && noHead.location == "causal column, blocks.0.hook_resid_post")
    #expect(noHead.problem.contains("no causal language-model head"))
    let model = try model()
    let ragged = try refused(model, HookPoint(.pattern, layer: 0), [1])
    #expect(ragged.reason == .notApplicable && ragged.problem.contains("no direction fits them"))
    let short = try refused(model, point, [1, 2, 3])
    #expect(short.reason == .badValue)
    #expect(
      short.problem.hasPrefix(
        "expected a direction of \(model.config.dModel) values and finite length above 0, found 3"))
    let zero = try refused(model, point, [Float](repeating: 0, count: model.config.dModel))
    #expect(zero.problem.hasSuffix("of length 0.0"))
  }
}
