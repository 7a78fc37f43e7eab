import ProbeMath
import ProbeModel

/// One change along one direction.
struct CausalTrial: Sendable {
  let change: CausalColumn.Change
  /// Of length 1.
  let direction: [Float]
  /// δ
  let shift: Float

  /// Changes one activation.
  func act(on h: UnsafeMutableBufferPointer<Float>) {
    direction.withUnsafeBufferPointer { v in
      var amount = shift
      switch change {
      case .add: break
      case .subtract: amount = -shift
      case .projectOut:
        var dot = 0.0
        for j in v.indices { dot += Double(h[j]) * Double(v[j]) }
        amount = -Float(dot)
      }
      for j in v.indices { h[j] += amount * v[j] }
    }
  }
}

/// Runs ``CausalColumn``'s trials. The tokens before the first changed one are run once and kept as keys and values.
struct CausalRun: Sendable {
  let model: HookedTransformer
  let point: HookPoint
  let quantity: CausalColumn.Quantity
  let trials: [CausalTrial]

  /// The effect of every trial on every item, `[trial][item]`, nats.
  func effects(on items: [CausalItem]) throws -> [[Double]] {
    let batches = LogProbabilityBaseline.packed(items.map { $0.tokens.count })
    let workers = min(availableProcessors, max(batches.count, 1))
    let parts = try concurrently(workers) { worker in
      let workspace = model.makeWorkspace()
      return try stride(from: worker, to: batches.count, by: workers).map { index in
        (index, try effects(on: Array(items[batches[index]]), workspace))
      }
    }
    let ordered = parts.joined().sorted { $0.0 < $1.0 }.map { $0.1 }
    return trials.indices.map { trial in ordered.flatMap { $0[trial] } }
  }

  private func effects(on items: [CausalItem], _ workspace: Workspace) throws -> [[Double]] {
    let batch = try ChangedBatch(items, model, workspace)
    switch quantity {
    case .answerLogProbability:
      let before = try batch.answers(nil, at: point)
      return try trials.map { trial in
        zip(try batch.answers(trial, at: point), before).map { $0 - $1 }
      }
    case .nextTokenDivergence:
      let before = try batch.next(nil, at: point)
      return try trials.map { trial in
        zip(before, try batch.next(trial, at: point)).map { $0.divergence(to: $1) }
      }
    }
  }
}

/// Items that run together, from their first changed token on.
private struct ChangedBatch {
  private let model: HookedTransformer
  private let items: [CausalItem]
  private let workspace: Workspace
  /// What stands before the changed tokens; nil for a model that cannot go on from there.
  private let past: KeyValueCache?
  private let batch: TokenBatch

  init(_ items: [CausalItem], _ model: HookedTransformer, _ workspace: Workspace) throws {
    (self.items, self.model, self.workspace) = (items, model, workspace)
    past = try? model.makeCache(sequences: items.count)
    guard let past else {
      batch = TokenBatch(items.map { $0.tokens })
      return
    }
    let starts = items.map { $0.positions.min() ?? 0 }
    let before = TokenBatch(zip(items, starts).map { Array($0.tokens[..<$1]) })
    try model.run(before, observing: [], continuing: past, in: workspace) { _ in }
    batch = TokenBatch(zip(items, starts).map { Array($0.tokens[$1...]) }, from: starts)
  }

  private func row(_ item: Int, _ index: Int) -> Int {
    batch.rows(of: item).lowerBound + index - batch.firstPositions[item]
  }

  private func hooks(_ trial: CausalTrial?, at point: HookPoint) -> [Hook] {
    guard let trial else { return [] }
    let rows = items.indices.flatMap { item in items[item].positions.map { row(item, $0) } }
    return [Hook(point) { view in for row in rows { trial.act(on: view[row]) } }]
  }

  /// The scores of `rows` under a trial; the past is left as it was.
  private func eachLogits(
    of rows: [Int], _ trial: CausalTrial?, at point: HookPoint,
    _ body: (Int, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    defer {
      for item in items.indices { past?.truncate(item, to: batch.firstPositions[item]) }
    }
    try model.eachLogits(
      of: rows, in: batch, hooks: hooks(trial, at: point), continuing: past, workspace: workspace, body)
  }

  /// Σ ln p of each item's answer.
  func answers(_ trial: CausalTrial?, at point: HookPoint) throws -> [Double] {
    let targets = items.indices.flatMap { item in items[item].answer.map { (item: item, index: $0) } }
    var sums = [Double](repeating: 0, count: items.count)
    try eachLogits(of: targets.map { row($0.item, $0.index - 1) }, trial, at: point) { place, scores in
      let (item, index) = targets[place]
      let distribution = try NextTokenDistribution(Array(scores)[...], at: point.name)
      sums[item] += distribution.logProbability(items[item].tokens[index])
    }
    return sums
  }

  /// The distribution of the token behind each item.
  func next(_ trial: CausalTrial?, at point: HookPoint) throws -> [NextTokenDistribution] {
    var distributions: [NextTokenDistribution] = []
    try eachLogits(of: items.indices.map { batch.rows(of: $0).upperBound - 1 }, trial, at: point) {
      _, scores in
      distributions.append(try NextTokenDistribution(Array(scores)[...], at: point.name))
    }
    return distributions
  }
}
