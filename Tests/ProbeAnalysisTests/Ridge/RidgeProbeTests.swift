import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct RidgeProbeTests {
  @Test func targetsComeBackFromTheirColumns() {
    let cases: [(RidgeTarget, [Double])] = [
      (.classes(["a", "b"]), [0, 1, 1]), (.classes(["a", "b", "c"]), [2, 0, 1]), (.number, [-1.5, 3, 0]),
      (.ordinal(levels: ["low", "middle", "high"]), [2, 1, 0]), (.cyclic(period: 24), [0.5, 23.5, 12]),
    ]
    for (target, values) in cases {
      let columns = target.columns(values)
      #expect(columns.shape == [3, target.outputs])
      for (value, found) in zip(values, target.values(columns)) { #expect(abs(value - found) < 1e-5) }
    }
  }

  @Test func predictionsStayOnTheirScale() {
    let levels = RidgeTarget.ordinal(levels: ["low", "middle", "high"])
    #expect(levels.values(Tensor([4, 1], [-3, 0.4, 1.6, 9])) == [0, 0, 2, 2])
    // Length does not matter, only the angle; and the answer lies in [0, 24).
    let hours = RidgeTarget.cyclic(period: 24).values(Tensor([2, 2], [0, -0.2, 5, -5]))
    #expect(abs(hours[0] - 18) < 1e-5 && abs(hours[1] - 21) < 1e-5)
  }

  @Test func aPlaceOnACircleIsReadWhereANumberIsNot() {
    // Features are the circle itself: hours 23 and 1 are neighbours there.
    var stream = RandomStream(seed: 1, "hours")
    let hours = (0..<120).map { _ in stream.uniform() * 24 }
    let x = Tensor(
      rows: hours.map { hour in
        [
          Float(cos(.pi * hour / 12) + 0.05 * stream.normal()),
          Float(sin(.pi * hour / 12) + 0.05 * stream.normal()),
        ]
      })
    func worst(_ target: RidgeTarget) -> Double {
      let probe = RidgeProbeFitter(strengths: [1e-4]).fit(
        x, values: hours, target: target, rows: Array(0..<80))[0]
      return zip(probe.predict(x, rows: Array(80..<120)), hours[80...]).map { found, hour in
        let distance = abs(found - hour)
        return min(distance, 24 - distance)
      }.max() ?? 0
    }
    // Noise of 0.05 in both coordinates is 0.2 hours; five of its standard deviations are one.
    #expect(worst(.cyclic(period: 24)) < 1)
    #expect(worst(.number) > 3)
  }

  @Test func probesSurviveEncoding() throws {
    var stream = RandomStream(seed: 4, "codable")
    let x = normalFeatures(20, 3, &stream)
    let targets: [RidgeTarget] = [
      .classes(["a", "b", "c"]), .number, .ordinal(levels: ["x", "y", "z"]), .cyclic(period: 3),
    ]
    for target in targets {
      let probe = RidgeProbeFitter(strengths: [0.1]).fit(
        x, values: (0..<20).map { Double($0 % 3) }, target: target)[0]
      #expect(try JSONDecoder().decode(RidgeProbe.self, from: JSONEncoder().encode(probe)) == probe)
    }
  }
}
