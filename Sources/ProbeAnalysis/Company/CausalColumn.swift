import Foundation
import ProbeMath
import ProbeModel

/// Whether the model uses what a probe reads: what happens to its output when the probe's direction is changed, against
/// the same change along random directions.
///
/// At the probed positions of the chosen point the direction v̂ is projected out, h − (h·v̂) v̂, or a class-mean
/// difference δ along it is added or subtracted, h ± δ v̂. Random directions are normal draws scaled to the length of v̂,
/// and get the same δ. The effect on an item is the change of the log-probability of its answer: the last span, or the
/// last token, of the text as the model reads it.
///
/// Where no answer stands behind the probed position (it is the text's last token) nothing of the text can change. Then the
/// effect is on the token that would come next: the divergence KL(before ‖ after) of its distribution.
///
/// An effect says that the direction carries something the output depends on, not that it is the label. Less than the
/// random directions do says nothing either way: a model may hold a label redundantly.
public struct CausalColumn: Sendable, Codable, Equatable {
  /// What is measured, nats.
  public enum Quantity: String, Sendable, Codable {
    /// Change of Σ ln p over the answer's tokens: negative where the answer becomes less likely.
    case answerLogProbability = "answer_log_probability"
    /// KL divergence of the next token's distribution, before from after: 0 where nothing changes.
    case nextTokenDivergence = "next_token_divergence"
  }

  /// What is done along a direction.
  public enum Change: String, Sendable, Codable, CaseIterable {
    /// h − (h·v̂) v̂
    case projectOut = "project_out"
    /// h + δ v̂
    case add
    /// h − δ v̂
    case subtract
  }

  /// How it is measured.
  public struct Settings: Sendable, Codable, Equatable {
    /// Random directions.
    public var randomDirections = 8
    /// Most items; of more, whole groups are drawn.
    public var mostItems = 256
    /// Resamples for the intervals.
    public var replicates = 2000
    /// Confidence level.
    public var level = 0.95

    /// The usual ones.
    public init() {}
  }

  /// A mean over items, with its interval over groups.
  public struct Mean: Sendable, Codable, Equatable {
    /// Nats.
    public let value: Double
    /// nil where none can be made: under two groups.
    public let interval: Interval?
  }

  /// One change along the probe's direction, and along random ones.
  public struct Effect: Sendable, Codable, Equatable {
    /// What was done.
    public let change: Change
    /// Mean effect along the probe's direction.
    public let mean: Mean
    /// Mean size |effect|: effects of both signs do not cancel in it.
    public let size: Mean
    /// Mean effect along each random direction.
    public let random: [Double]
    /// Mean size along each random direction.
    public let randomSizes: [Double]
    /// Size along the probe's direction − mean size along random ones, of the same items.
    public let sizeOverRandom: Mean

    /// Mean of ``random``.
    public var randomMean: Double { random.reduce(0, +) / Double(random.count) }
    /// Place of the probe's direction by ``size`` among all, 1 for the largest; of equals the worst.
    public var rank: Int { 1 + randomSizes.count { $0 >= size.value } }
    /// ``rank`` / (1 + random directions): the smallest that can come out is 1 / (1 + random directions).
    public var p: Double { Double(rank) / Double(1 + randomSizes.count) }
  }

  /// Where it acted.
  public let point: HookPoint
  /// What was measured.
  public let quantity: Quantity
  /// Why it is not the answer's log-probability; nil when it is.
  public let reason: String?
  /// Items measured, and those there were.
  public let items, availableItems: Int
  /// Groups measured.
  public let groups: Int
  /// δ, in activation units.
  public let shift: Double
  /// In the order of `Change.allCases`.
  public let effects: [Effect]

  /// Runs the model with and without the changes.
  ///
  /// - Parameters:
  ///   - model: a causal model with a head over the vocabulary.
  ///   - items: test items (those that trained the probe would flatter it).
  ///   - direction: the probe's, as wide as a row of the point (``LinearProbe/direction(towards:)``); its length does not
  ///     matter.
  ///   - shift: δ, see ``shift(along:features:labels:towards:rows:)``.
  /// - Throws: ``SpecError`` `.notApplicable` for a model without a causal head or a point that no vector fits,
  ///   `.badValue` for a direction of another width, of length 0 or not finite, `.missingData` without items;
  ///   ``ModelError`` for a run that fails.
  public init(
    _ model: HookedTransformer, items given: [CausalItem], at point: HookPoint, direction: [Float],
    shift: Double, settings: Settings = Settings(), seed: UInt64
  ) throws {
    precondition(settings.randomDirections > 0, "CausalColumn: no random directions")
    if let reason = Self.reasonAgainst(model, point) {
      throw SpecError(.notApplicable, at: "causal column, \(point.name)", reason)
    }
    let unit = try Self.unit(direction, model, point)
    guard shift.isFinite else {
      throw SpecError(
        .badValue, at: "causal column, \(point.name)", "the shift along the direction is \(shift)")
    }
    let drawn = Self.drawn(given, most: settings.mostItems, seed: seed)
    guard !drawn.isEmpty else {
      throw SpecError(.missingData, at: "causal column, \(point.name)", "there are no items to change")
    }
    let answering = drawn.filter { !$0.answer.isEmpty }
    let answers = 2 * answering.count >= drawn.count
    let items = answers ? answering : drawn
    let directions = [unit] + Self.randomDirections(settings.randomDirections, width: unit.count, seed: seed)
    let trials = Change.allCases.flatMap { change in
      directions.map { CausalTrial(change: change, direction: $0, shift: Float(shift)) }
    }
    let run = CausalRun(
      model: model, point: point, quantity: answers ? .answerLogProbability : .nextTokenDivergence,
      trials: trials)
    let measured = try run.effects(on: items)
    let bootstrap = Self.bootstrap(items, settings, seed: seed)
    effects = Change.allCases.enumerated().map { place, change in
      let first = place * directions.count
      return Effect(
        change, Array(measured[first..<first + directions.count]), bootstrap, level: settings.level)
    }
    (self.point, quantity, self.shift) = (point, run.quantity, shift)
    (self.items, availableItems) = (items.count, given.count)
    groups = bootstrap.groupCount
    reason =
      answers
      ? nil
      : "\(drawn.count - answering.count) of \(drawn.count) items have no answer behind the probed position: the change "
        + "cannot reach the text's own log-probability"
  }

  /// Why the column cannot be measured; nil when it can.
  public static func reasonAgainst(_ model: HookedTransformer, _ point: HookPoint) -> String? {
    guard model.config.masking == .causal, model.has(HookPoint(.logits)) else {
      return "the model has no causal language-model head: there is no log-probability to change"
    }
    guard model.has(point) else { return "the model has no such point" }
    guard !point.site.isRagged, model.rowShape(of: point) != [1] else {
      return "rows of this point differ in width or are one number: no direction fits them"
    }
    return nil
  }

  /// δ: how far the mean of class `towards` lies from that of the other items, along the direction's unit vector.
  public static func shift(
    along direction: [Float], features: Tensor, labels: [Int], towards index: Int, rows: [Int]
  ) -> Double {
    precondition(
      direction.count == features.width, "shift: \(direction.count) values, \(features.width) features")
    let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    var (sums, counts) = ([0.0, 0.0], [0.0, 0.0])
    for row in rows {
      let side = labels[row] == index ? 1 : 0
      sums[side] += zip(features[row: row], direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      counts[side] += 1
    }
    guard length > 0, counts[0] > 0, counts[1] > 0 else { return 0 }
    return (sums[1] / counts[1] - sums[0] / counts[0]) / length
  }
}

extension CausalColumn {
  private static func unit(
    _ direction: [Float], _ model: HookedTransformer, _ point: HookPoint
  ) throws(SpecError) -> [Float] {
    let width = (model.rowShape(of: point) ?? []).reduce(1, *)
    let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard direction.count == width, length > 0, length.isFinite else {
      throw SpecError(
        .badValue, at: "causal column, \(point.name)",
        "expected a direction of \(width) values and finite length above 0, found \(direction.count) values of "
          + "length \(length)")
    }
    return direction.map { Float(Double($0) / length) }
  }

  private static func randomDirections(_ count: Int, width: Int, seed: UInt64) -> [[Float]] {
    (0..<count).map { index in
      var stream = RandomStream(seed: seed, "causal", "direction", "\(index)")
      let draw = (0..<width).map { _ in stream.normal() }
      let length = draw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return draw.map { Float($0 / length) }
    }
  }

  /// Whole groups in random order, those left out that would take too many; in the order given.
  private static func drawn(_ items: [CausalItem], most: Int, seed: UInt64) -> [CausalItem] {
    guard items.count > most else { return items }
    let roster = GroupRoster(labels: items.map { _ in 0 }, groups: items.map { $0.group })
    var stream = RandomStream(seed: seed, "causal", "items")
    var (kept, taken) = (Set<Int>(), 0)
    for group in stream.permutation(roster.names.count) where taken + roster.counts[group][0] <= most {
      kept.insert(group)
      taken += roster.counts[group][0]
    }
    return items.indices.filter { kept.contains(roster.groupOf[$0]) }.map { items[$0] }
  }

  private static func bootstrap(_ items: [CausalItem], _ settings: Settings, seed: UInt64) -> ClusterBootstrap
  {
    let roster = GroupRoster(labels: items.map { _ in 0 }, groups: items.map { $0.group })
    return ClusterBootstrap(
      groups: roster.groupOf, replicates: settings.replicates,
      stream: RandomStream(seed: seed, "causal", "bootstrap"))
  }
}

extension CausalColumn.Effect {
  /// - Parameter values: effects by direction, the probe's first, and item.
  fileprivate init(
    _ change: CausalColumn.Change, _ values: [[Double]], _ bootstrap: ClusterBootstrap, level: Double
  ) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func measured(_ values: [Double]) -> CausalColumn.Mean {
      CausalColumn.Mean(
        value: mean(values), interval: bootstrap.interval(of: WeightedMean(values), level: level))
    }
    let sizes = values.map { $0.map { abs($0) } }
    self.change = change
    self.mean = measured(values[0])
    size = measured(sizes[0])
    random = values.dropFirst().map(mean)
    randomSizes = sizes.dropFirst().map(mean)
    sizeOverRandom = measured(
      sizes[0].indices.map { item in
        sizes[0][item] - mean(sizes.dropFirst().map { $0[item] })
      })
  }
}
