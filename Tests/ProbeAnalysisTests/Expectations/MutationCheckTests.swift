import Testing

@testable import ProbeAnalysis

@Suite struct MutationCheckTests {
  private static func value(_ value: Double?) -> [String: Measurement.Value] {
    [
      "accuracy": .init(
        value: value, lower: value.map { $0 - 0.1 }, upper: value.map { $0 + 0.1 }, n: 40, groups: 20,
        chance: 0.5)
    ]
  }

  private static func measured(_ mutants: [Measurement.Mutant]?) -> [String: [Measurement]] {
    [
      "p": [
        Measurement(
          label: nil, point: "blocks.1.hook_resid_post", isBest: true, metrics: value(0.9), mutants: mutants),
        Measurement(label: nil, point: "blocks.0.hook_resid_post", isBest: false, metrics: value(0.8)),
      ]
    ]
  }

  /// Ten shuffles of which two pass by luck, one embedding that passes, and one that could not be made.
  private static let mutants =
    (0..<10).map { seed in
      Measurement.Mutant(name: "shuffled-labels", seed: seed, metrics: value(seed % 5 == 3 ? 0.75 : 0.5))
    } + [
      Measurement.Mutant(name: "embeddings", seed: 0, metrics: value(0.8)),
      Measurement.Mutant(name: "log-probability", seed: 0, metrics: [:], reason: "no likelihood to read"),
      Measurement.Mutant(name: "another", seed: 2, metrics: value(0.2)),
    ]

  private func check(_ text: String, _ mutants: [Measurement.Mutant]? = mutants) throws -> MutationCheck {
    try MutationCheck(Expectation(text), Self.measured(mutants))
  }

  /// Wilson's interval for 8 of 10, from scipy's binomtest(8, 10).proportion_ci(method="wilson").
  @Test func theKillRateIsOverSeedsWithWilsonsInterval() throws {
    let check = try check("p.best.accuracy >= 0.7")
    let shuffled = try #require(check.kinds.first { $0.name == "shuffled-labels" })
    #expect(shuffled.available == 10 && shuffled.killed == 8)
    #expect(shuffled.survivors == [3, 8])
    let rate = try #require(shuffled.rate)
    #expect(abs(rate.lower - 0.4901624715366418) < 1e-12 && abs(rate.upper - 0.9433178485456248) < 1e-12)
    let embeddings = try #require(check.kinds.first { $0.name == "embeddings" })
    #expect(embeddings.available == 1 && embeddings.killed == 0)
    #expect(check.outcome.holds && !check.assertsNothing)
    // 8 shuffles and `another`, of 12 that there are.
    #expect(check.killed == 9 && check.available == 12 && check.killRate == 0.75)
  }

  @Test func theBoundIsReadOnTheMutantToo() throws {
    let check = try check("p.best.accuracy.lower >= 0.71")
    #expect(check.killed == 12 && check.killRate == 1)
  }

  @Test func whatCannotBeMadeIsNamedWithItsReason() throws {
    let kinds = try check("p.best.accuracy >= 0.7").kinds
    #expect(kinds.map { $0.name } == KnownMutant.allCases.map { $0.rawValue } + ["another"])
    let reasons = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0.reasons) })
    #expect(reasons["log-probability"] == ["no likelihood to read"])
    #expect(reasons["bag-of-tokens"] == ["not among the mutants of these results"])
    #expect(reasons["shuffled-labels"] == [])
    #expect(kinds.filter { $0.available == 0 }.allSatisfy { $0.rate == nil })
  }

  @Test func aMetricThatAMutantLacksIsNoKill() throws {
    let places = [
      Measurement(
        label: nil, point: nil, isBest: true,
        metrics: ["f1": .init(value: 0.9, lower: 0.8, upper: 1, n: 4, groups: 2, chance: nil)],
        mutants: Self.mutants)
    ]
    let check = try MutationCheck(Expectation("p.best.f1 > 0.5"), ["p": places])
    #expect(check.available == 0 && check.killRate == nil && check.rate == nil && !check.assertsNothing)
    #expect(check.kinds.first { $0.name == "embeddings" }?.reasons == ["has no f1"])
  }

  @Test func anUndefinedNumberIsNoKill() throws {
    let undefined = [Measurement.Mutant(name: "embeddings", seed: 0, metrics: Self.value(nil))]
    let check = try check("p.best.accuracy.lower >= 0.7", undefined)
    #expect(check.available == 0)
    #expect(check.kinds[0].reasons == ["accuracy.lower is undefined"])
  }

  @Test func anAssertionThatEveryMutantMeetsAssertsNothing() throws {
    #expect(try check("p.best.accuracy > 0.1").assertsNothing)
    #expect(try check("p.best.accuracy <= 1").assertsNothing)
  }

  @Test func otherPlacesHaveNoMutantsAndOldResultsHaveNone() throws {
    let elsewhere = try check("p[resid_post.0].accuracy > 0.5")
    #expect(elsewhere.available == 0)
    #expect(elsewhere.kinds.allSatisfy { $0.reasons == ["mutants are made at the chosen place only"] })
    let old = try check("p.best.accuracy > 0.5", nil)
    #expect(old.kinds.allSatisfy { $0.reasons == ["these results have no mutants"] })
  }

  @Test func aPathToNothingIsAnErrorHereToo() {
    #expect(throws: SpecError.self) { try check("p.best.acuracy > 0.5") }
  }
}
