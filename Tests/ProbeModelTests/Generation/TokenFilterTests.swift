import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// What filters leave of a row of logits, and what is drawn from it.
@Suite struct TokenFilterTests {
  /// Golden values of Hugging Face's warpers (`Tests/Fixtures/generation/make_generation.py`).
  struct Golden: Decodable {
    struct Case: Decodable {
      let row: String
      let temperature: Double?
      let topK: Int?
      let topP: Double?
      let typical: Double?
      let kept: [Int]
      let scores: [Float?]
    }

    let rows: [String: [Float?]]
    let cases: [Case]

    static func read() throws -> Golden {
      let file = Fixture.root.appendingPathComponent("generation/filters.json")
      return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }
  }

  @Test func filtersLeaveWhatTheReferenceLeaves() throws {
    let golden = try Golden.read()
    #expect(golden.cases.count > 100)
    for item in golden.cases {
      var logits = try #require(golden.rows[item.row]).map { $0 ?? -.infinity }
      let sampling = try Sampling(
        temperature: item.temperature ?? 1, topK: item.topK, topP: item.topP, typical: item.typical, seed: 0)
      for filter in sampling.filters { filter.apply(to: &logits) }
      #expect(logits.indices.filter { logits[$0] > -.infinity } == item.kept, "\(item)")
      // Up to a constant, which a softmax does not see. One float32 division, and one subtraction.
      let (top, expectedTop) = (logits.max() ?? 0, item.scores.compactMap { $0 }.max() ?? 0)
      for (found, expected) in zip(logits, item.scores) where found > -.infinity {
        let difference = (expected ?? .nan) - expectedTop
        #expect(abs(found - top - difference) <= 1e-6 * max(1, abs(expectedTop), abs(difference)), "\(item)")
      }
    }
  }

  /// The definition, tried on random rows: the set that stays reaches the mass, and without its last member does not.
  @Test(arguments: [0.1, 0.5, 0.9])
  func massIsReachedAndNotLongBefore(_ mass: Double) {
    var random = RandomStream(seed: 2, "mass")
    for _ in 0..<50 {
      let logits = (0..<30).map { _ in Float(2 * random.normal()) }
      let sum = logits.reduce(0) { $0 + exp(Double($1)) }
      let p = logits.map { exp(Double($0)) / sum }
      let entropy = -p.reduce(0) { $0 + $1 * log($1) }
      let orders = [
        (TokenFilter.topP(mass), p.indices.sorted { p[$0] > p[$1] }),
        (.typical(mass), p.indices.sorted { abs(-log(p[$0]) - entropy) < abs(-log(p[$1]) - entropy) }),
      ]
      for (filter, order) in orders {
        var filtered = logits
        filter.apply(to: &filtered)
        let kept = order.filter { filtered[$0] > -.infinity }
        #expect(kept == Array(order.prefix(kept.count)))
        #expect(kept.reduce(0) { $0 + p[$1] } >= mass - 1e-9)
        #expect(kept.dropLast().reduce(0) { $0 + p[$1] } < mass + 1e-9)
      }
    }
  }

  /// Of equal tokens as many stay as the mass needs, and never none.
  @Test func equalTokensShareTheMass() {
    for (mass, left) in [(.leastNonzeroMagnitude, 1), (1e-17, 1), (0.3, 1), (0.34, 2), (0.99, 3)]
      as [(Double, Int)]
    {
      var logits: [Float] = [0.1, 0.1, 0.1]
      TokenFilter.topP(mass).apply(to: &logits)
      #expect(logits.filter { $0 > -.infinity }.count == left, "mass \(mass)")
      // All are equally typical.
      logits = [0.1, 0.1, 0.1]
      TokenFilter.typical(mass).apply(to: &logits)
      #expect(logits == [0.1, 0.1, 0.1])
    }
  }

  /// Tokens below the k-th highest go, ties with it stay.
  @Test func theHighestStay() {
    var random = RandomStream(seed: 3, "highest")
    for _ in 0..<100 {
      // Few values, so that most k fall into a tie.
      let logits = (0..<1 + random.index(below: 40)).map { _ in Float(random.index(below: 9)) - 4 }
      let count = 1 + random.index(below: logits.count)
      var filtered = logits
      TokenFilter.topK(count).apply(to: &filtered)
      let least = logits.sorted(by: >)[count - 1]
      #expect(filtered == logits.map { $0 < least ? -.infinity : $0 })
    }
  }

  /// Locally typical sampling may leave the likeliest token out.
  @Test func theLikeliestTokenIsNotAlwaysTypical() {
    // Probabilities 0.4 and sixty of 0.01: the entropy is 3.13, surprisals are 0.92 and 4.61.
    var logits = [Float](repeating: Float(log(0.01)), count: 61)
    logits[7] = Float(log(0.4))
    TokenFilter.typical(0.5).apply(to: &logits)
    #expect(logits[7] == -.infinity && logits.filter { $0 > -.infinity }.count == 60)
  }

  @Test func aTemperatureNearZeroIsGreedy() throws {
    let logits: [Float] = [1, 1.5, -2, 1.4]
    var (row, random) = (logits, RandomStream(seed: 1, "cold"))
    TokenFilter.temperature(1e-3).apply(to: &row)
    #expect((0..<200).allSatisfy { _ in TokenChooser.draw(row, &random) == 1 })
    row = logits
    TokenFilter.temperature(.leastNonzeroMagnitude).apply(to: &row)
    #expect(row == [-.infinity, 0, -.infinity, -.infinity])
  }

  /// χ² of 20,000 draws against the distribution: 15 degrees of freedom, one false alarm in 10⁶ seeds; this seed is
  /// fixed, so it either is one for ever or never.
  @Test func frequenciesAgreeWithTheDistribution() throws {
    var random = RandomStream(seed: 11, "draws")
    var logits = (0..<24).map { _ in Float(random.normal()) }
    TokenFilter.topK(16).apply(to: &logits)
    let kept = logits.indices.filter { logits[$0] > -.infinity }
    try #require(kept.count == 16)
    let sum = kept.reduce(0) { $0 + exp(Double(logits[$1])) }
    var counts = [Int](repeating: 0, count: 24)
    let draws = 20_000
    for _ in 0..<draws { counts[TokenChooser.draw(logits, &random)] += 1 }
    #expect(logits.indices.allSatisfy { kept.contains($0) || counts[$0] == 0 })
    let statistic = kept.reduce(0.0) { total, token in
      let expected = Double(draws) * exp(Double(logits[token])) / sum
      return total + (Double(counts[token]) - expected) * (Double(counts[token]) - expected) / expected
    }
    // The 1 − 10⁻⁶ quantile of χ²(15).
    #expect(statistic < 56.5)
  }

  @Test func whatCannotBeChosenFromIsRefused() throws {
    func choose(_ row: [Float]) throws -> Int {
      var (row, chooser) = (row, TokenChooser(.greedy, prompts: 1))
      return try row.withUnsafeMutableBufferPointer { try chooser.choose($0, prompt: 0).token }
    }
    #expect(try choose([-.infinity, 2, 3, 3]) == 2)
    for row in [[1, .nan, 2], [1, .infinity], [-.infinity, -.infinity]] as [[Float]] {
      let error = try modelError { try choose(row) }
      #expect(error.reason == .nonFinite && error.location == "logits of prompt 0")
      #expect(error.problem == "NaN, +∞ or nothing but −∞: no token can be chosen")
    }
  }

  @Test func settingsOutsideTheirRangeAreRefused() throws {
    for (location, range, body) in [
      ("temperature", "a finite number above 0", { try Sampling(temperature: 0, seed: 1) }),
      ("temperature", "a finite number above 0", { try Sampling(temperature: .infinity, seed: 1) }),
      ("top-k", "1 or more", { try Sampling(topK: 0, seed: 1) }),
      ("top-p", "a number above 0, at most 1", { try Sampling(topP: 1.5, seed: 1) }),
      ("top-p", "a number above 0, at most 1", { try Sampling(topP: .nan, seed: 1) }),
      ("typical", "a number above 0, at most 1", { try Sampling(typical: 0, seed: 1) }),
    ] as [(String, String, () throws -> Sampling)] {
      let error = try modelError { try body() }
      #expect(error.reason == .badValue && error.location == location)
      #expect(error.problem.hasPrefix("expected \(range), found "))
    }
    #expect(try Sampling(topP: 1, typical: 1, seed: 1).filters.isEmpty)
  }
}
