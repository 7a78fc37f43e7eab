import Foundation
import Testing

@testable import ProbeReport

struct NumberTests {
  /// Golden values from Python: `Decimal(repr(x)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)`.
  @Test(arguments: [
    (0.285, 2, "0.29"), (1.005, 2, "1.01"), (0.125, 2, "0.13"), (2.5, 0, "3"), (0.5, 0, "1"),
    (9.995, 2, "10.00"),
    (999.96, 1, "1,000.0"), (1234567.891, 2, "1,234,567.89"), (0.049, 1, "0.0"), (0.05, 1, "0.1"),
    (1e-7, 3, "0.000"),
    (.leastNonzeroMagnitude, 1, "0.0"),
    (123456789012345.0, 0, "123,456,789,012,345"), (0.1 + 0.2, 3, "0.300"),
    (100, 1, "100.0"),
  ])
  func fixedDecimalsRoundHalvesAwayFromZero(_ value: Double, _ digits: Int, _ expected: String) {
    #expect(NumberText.fixed(value, digits: digits) == expected)
    let isZero = !expected.contains { ("1"..."9").contains($0) }
    #expect(NumberText.fixed(-value, digits: digits) == (isZero ? expected : "\u{2212}" + expected))
  }

  @Test func largeNumbersAreScientificAndOthersAreNotAvailable() {
    #expect(NumberText.fixed(1.25e17, digits: 2) == "1.3e17")
    #expect(NumberText.fixed(9.99e20, digits: 2) == "1.0e21")
    #expect(NumberText.fixed(.nan, digits: 2) == "n/a")
    #expect(NumberText.fixed(-.infinity, digits: 2) == "n/a")
  }

  @Test func estimatesStandWithTheirCompany() {
    let accuracy = Estimate(0.873, lower: 0.839, upper: 0.904, n: 1_428, chance: 0.5, control: 0.512)
    #expect(accuracy.text == "87.3% [83.9, 90.4]")
    #expect(accuracy.company == ["n\u{A0}=\u{A0}1,428", "chance\u{A0}50.0%", "control\u{A0}51.2%"])
    #expect(Estimate(0.9344, lower: 0.91, upper: 0.95, n: 3, unit: .plain).text == "0.934 [0.910, 0.950]")
    #expect(
      Estimate(-5.5, lower: -6, upper: -5, n: 3, unit: .symbol("bits"), digits: 1).text
        == "−5.5\u{A0}bits [−6.0, −5.0]")
    #expect(Estimate(.nan, lower: .nan, upper: .nan, n: 0).text == "n/a [n/a]")
    #expect(Estimate(0.5, lower: .nan, upper: 0.6, n: 2).text == "50.0% [n/a, 60.0]")
    #expect(Estimate(1, lower: 0.995, upper: 1, n: 5, chance: .nan).company == ["n\u{A0}=\u{A0}5"])
  }

  @Test func numbersThatAreNotOnesSurviveJSON() throws {
    let estimate = Estimate(.nan, lower: -.infinity, upper: 0.5, n: 2)
    let copy = try JSONDecoder().decode(Estimate.self, from: JSONEncoder().encode(estimate))
    #expect(copy == estimate && copy.value.isNaN && copy.upper == 0.5)
  }

  @Test func axesCoverTheDataWithRoundTicks() {
    var state: UInt64 = 1
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    for _ in 0..<2_000 {
      let size = Double("1e\(Int(random() * 24) - 12)") ?? 1
      let values = (0..<1 + Int(random() * 5)).map { _ in
        (random() - 0.5) * size + (random() < 0.3 ? 100 * size : 0)
      }
      let scale = LinearScale(covering: values)
      // Ends may miss a value by the rounding of one division.
      let slack = (scale.upper - scale.lower) * 1e-8
      #expect(values.allSatisfy { scale.lower - slack <= $0 && $0 <= scale.upper + slack }, "\(values)")
      #expect((2...12).contains(scale.ticks.count), "\(values): \(scale.ticks)")
      #expect(zip(scale.ticks, scale.ticks.dropFirst()).allSatisfy { $0 < $1 })
      let step = scale.ticks[1] - scale.ticks[0]
      let leading = step / (Double("1e\(Int(log10(step * 1.000001).rounded(.down)))") ?? 1)
      // 1e-3: the difference of two ticks near 100 sizes loses digits.
      #expect([1, 2, 5].contains { abs(leading - $0) < 1e-3 }, "step \(step)")
    }
  }

  @Test func anIntervalBeyondAllDoesNotCarryAnAxisOfSharesBeyondIt() {
    func axis(_ values: [Double], _ ends: [Double], _ unit: ProbeReport.Unit = .fraction) -> LinearScale {
      LinearScale(covering: values, reaching: ends, unit: unit)
    }
    #expect(axis([0.4, 0.98], [0.35, 1.03]).upper == 1)
    #expect(axis([-0.9, 0.1], [-1.2, 0.3]).lower == -1)
    // A ratio of 1.2 is no share; another unit knows no bound.
    #expect(axis([0.4, 1.2], [1.3]).upper >= 1.3)
    #expect(axis([0.4, 0.98], [0.35, 1.03], .plain).upper >= 1.03)
    let scale = axis([0.4, 0.98], [0.35, 1.03])
    #expect(scale.holds(1) && !scale.holds(1.03) && scale.held(1.03) == 1)
  }

  @Test func axesOfSharesStayBetweenNoneAndAll() {
    #expect(LinearScale(covering: [0, 1]).ticks == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(LinearScale(covering: [0.47, 0.904]).ticks == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    #expect(LinearScale(covering: [0.3, 0.3]).ticks.contains(0.3))
    #expect(LinearScale(covering: [.nan]).ticks.first == 0)
    let scale = LinearScale(covering: [0.47, 0.61])
    #expect(scale.ticks.map { scale.text($0, unit: .fraction) } == ["45%", "50%", "55%", "60%", "65%"])
  }
}
