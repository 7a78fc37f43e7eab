import Testing

@testable import ProbeAnalysis

@Suite struct OutcomeTextTests {
  private static func measured(_ value: Double?, _ lower: Double?, _ upper: Double?) -> [String:
    [Measurement]]
  {
    func one(_ value: Double?, _ lower: Double?, _ upper: Double?) -> [String: Measurement.Value] {
      ["accuracy": .init(value: value, lower: lower, upper: upper, n: 64, groups: 16, chance: 0.5)]
    }
    let mutants = [0.46, 0.5, 0.57].enumerated().map {
      Measurement.Mutant(name: "shuffled-labels", seed: $0, metrics: one($1, nil, nil))
    }
    return [
      "p": [
        Measurement(
          label: nil, point: "blocks.1.hook_resid_post", isBest: true, metrics: one(value, lower, upper),
          mutants: mutants + [Measurement.Mutant(name: "embeddings", seed: 0, metrics: one(0.9, nil, nil))])
      ]
    ]
  }

  private func text(_ expectation: String, _ measured: [String: [Measurement]]) throws -> String {
    try OutcomeText(Expectation(expectation).evaluate(measured), measurements: measured).text
  }

  /// h = 0.1 and a margin of 0.07: 16 · (10/7)² = 32.7 groups.
  @Test func aBoundThatMissesSaysWhatWouldSettleIt() throws {
    #expect(
      try text("p.best.accuracy.lower >= 0.6", Self.measured(0.67, 0.57, 0.77))
        == "p.best.accuracy.lower >= 0.6 does not hold: found 0.570; accuracy 0.670 [0.570, 0.770] at "
        + "blocks.1.hook_resid_post, n = 64 in 16 groups, chance 0.500, control 0.510. If the estimate stays, about "
        + "33 groups (132 examples) would settle it; there are 16 (64)")
  }

  /// Half the distance takes four times the groups: the bound shrinks as 1/√G.
  @Test(arguments: [
    ("p.best.accuracy.lower > 0.625", "about 64 groups (256 examples)"),
    ("p.best.accuracy.upper <= 0.875", "about 64 groups (256 examples)"),
    ("p.best.accuracy.lower > 0.6875", "about 256 groups (1024 examples)"),
  ])
  func halfTheDistanceTakesFourTimesTheGroups(expectation: String, needed: String) throws {
    #expect(try text(expectation, Self.measured(0.75, 0.5, 1)).contains(needed))
  }

  @Test(arguments: [
    "p.best.accuracy.lower >= 0.75", "p.best.accuracy.lower < 0.4", "p.best.accuracy.upper > 1.1",
    "p.best.accuracy.upper < 0.7", "p.best.accuracy > 0.8",
  ])
  func whereMoreWouldNotDoItThereIsNoNumber(expectation: String) throws {
    #expect(try !text(expectation, Self.measured(0.75, 0.5, 1)).contains("would settle it;"))
  }

  @Test func anEstimateOnTheWrongSideIsNotHelpedByMore() throws {
    let text = try text("p.best.accuracy.lower >= 0.7", Self.measured(0.67, 0.57, 0.77))
    #expect(text.hasSuffix("The estimate itself does not meet it: more examples alone would not settle it"))
  }

  @Test func aBareEstimateIsToldToAssertTheBound() throws {
    let low = try text("p.best.accuracy >= 0.7", Self.measured(0.67, 0.57, 0.77))
    #expect(low.hasSuffix("which another sample would move: assert .lower instead"))
    let high = try text("p.best.accuracy < 0.6", Self.measured(0.67, 0.57, 0.77))
    #expect(high.hasSuffix("which another sample would move: assert .upper instead"))
  }

  @Test func whatHoldsNeedsNoAdvice() throws {
    #expect(
      try text("p.best.accuracy.lower >= 0.5", Self.measured(0.67, 0.57, 0.77))
        == "p.best.accuracy.lower >= 0.5 holds: found 0.570; accuracy 0.670 [0.570, 0.770] at "
        + "blocks.1.hook_resid_post, n = 64 in 16 groups, chance 0.500, control 0.510")
  }

  /// A number that rounds to the threshold must not read as one that reaches it.
  @Test(arguments: [
    (0.59996, "0.59996", "0.600"), (0.5999999, "0.5999999", "0.600"), (0.5, "0.500", "0.500"),
  ])
  func asManyDigitsAsItTakes(found: Double, written: String, rounded: String) throws {
    let text = try text("p.best.accuracy.lower >= 0.6", Self.measured(0.7, found, 0.8))
    #expect(text.contains("found \(written); accuracy 0.700 [\(rounded), 0.800]"), "\(text)")
  }

  @Test func anUndefinedNumberIsSaidToBeSo() throws {
    #expect(
      try text("p.best.accuracy.lower >= 0.6", Self.measured(nil, nil, nil))
        == "p.best.accuracy.lower >= 0.6 does not hold: found undefined at blocks.1.hook_resid_post, "
        + "n = 64 in 16 groups, chance 0.500, control 0.510. An undefined number never holds")
  }
}
