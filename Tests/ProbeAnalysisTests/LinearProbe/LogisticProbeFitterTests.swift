import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct LogisticProbeFitterTests {
  @Test func solutionsAgreeWithScikitLearn() throws {
    for problem in try ProbeGoldens.load() {
      // C = 1/(n λ).
      let strengths = problem.fits.map { 1 / (Double(problem.labels.count) * $0.C) }
      let fitter = LogisticProbeFitter(strengths: strengths, tolerance: 3e-6)
      let probes = fitter.fit(
        problem.tensor, labels: problem.labels, classes: problem.classNames, weights: problem.weights)
      for (probe, golden) in zip(probes, problem.fits) {
        #expect(probe.fit.converged, "\(problem.name) at C \(golden.C)")
        // Near the minimum the objective is flat: float32 products leave 1e-6 of it.
        #expect(abs(probe.fit.objective - golden.objective) < 2e-6 * max(1, golden.objective))
        let expected = golden.coef.flatMap { $0 }
        let largest = expected.map { abs($0) }.max() ?? 0
        for (w, v) in zip(probe.weights.elements, expected) {
          // Distance to the solution ≤ gradient/λ in the flattest direction; the weakest λ here is 1e-4.
          #expect(abs(Double(w) - v) < 3e-3 * largest + 1e-6, "\(problem.name) at C \(golden.C)")
        }
        // The softmax's biases are fixed up to a common shift.
        let shift = golden.intercept.count == 1 ? 0 : golden.intercept.reduce(0, +) / Double(problem.classes)
        let own = golden.intercept.count == 1 ? 0 : probe.bias.reduce(0, +) / Float(problem.classes)
        for (b, v) in zip(probe.bias, golden.intercept) {
          #expect(abs(Double(b - own) - (v - shift)) < 3e-3 * max(1, abs(v)), "\(problem.name)")
        }
      }
    }
  }

  @Test func solutionsMeetTheFirstOrderCondition() {
    for (items, width, classes) in [(90, 12, 2), (30, 50, 2), (90, 12, 3), (30, 50, 4)] {
      let data = Clouds(items: items, width: width, classes: classes, signal: 0.4, seed: 2)
      let names = (0..<classes).map { "\($0)" }
      let lambda = 0.02
      let probe = LogisticProbeFitter(strengths: [lambda]).fit(
        data.features, labels: data.labels, classes: names)[0]
      let scores = probe.scores(data.features)
      // λW = (1/n) Σ (1[y = c] − p_c) z, computed here in float64 from the probe's own answers.
      for output in 0..<probe.weights.rows {
        let target = classes == 2 ? 1 : output
        var sum = [Double](repeating: 0, count: width)
        var bias = 0.0
        for item in 0..<items {
          let p = 1 / (1 + exp(-Double(scores[item, target])))
          let residual = (data.labels[item] == target ? 1 : 0) - p
          bias += residual / Double(items)
          for j in 0..<width {
            let z = (data.features[item, j] - probe.standardizer.mean[j]) / probe.standardizer.scale[j]
            sum[j] += residual * Double(z) / Double(items)
          }
        }
        // The fitter stops at 1e-5 of a gradient whose norm is about 1.
        for j in 0..<width { #expect(abs(sum[j] - lambda * Double(probe.weights[output, j])) < 5e-5) }
        #expect(abs(bias) < 5e-5)
      }
    }
  }

  @Test func gradientsAgreeWithFiniteDifferences() {
    for classes in [2, 3] {
      for weighted in [false, true] {
        let data = Clouds(items: 40, width: 5, classes: classes, signal: 1, seed: 4)
        let rows = Array(0..<40)
        let problem = SpanProblem(
          data.features, rows: rows, standardizer: Standardizer(fitting: data.features, rows: rows))
        let objective = LogisticObjective(
          features: problem.features, items: 40, width: problem.width, stride: problem.stride,
          labels: data.labels.map { Int32($0) }, classCount: classes,
          weights: weighted ? rows.map { 0.5 + Double($0 % 3) } : nil, strength: 0.1)
        var stream = RandomStream(seed: 1, "point")
        let point = (0..<objective.parameterCount).map { _ in stream.normal() }
        var gradient = point
        var scratch = point
        _ = objective.evaluate(point, gradient: &gradient)
        let step = 0.02
        for i in point.indices {
          var (up, down) = (point, point)
          up[i] += step
          down[i] -= step
          let rise = objective.evaluate(up, gradient: &scratch) - objective.evaluate(down, gradient: &scratch)
          // Float32 logits put 1e-7 on each value, 5e-6 on the quotient; curvature adds step² / 6 · F‴ ≈ 1e-4.
          #expect(abs(rise / (2 * step) - gradient[i]) < 4e-4)
        }
      }
    }
  }

  @Test func predictionsDoNotDependOnTheUnitsOfFeatures() {
    let data = Clouds(items: 60, width: 8, signal: 0.5, seed: 5)
    var scaled = data.features
    for item in 0..<60 { for j in 0..<8 { scaled[item, j] = scaled[item, j] * Float(1 << j) - Float(j * 3) } }
    let fitter = LogisticProbeFitter(strengths: [0.01])
    let a = fitter.fit(data.features, labels: data.labels, classes: ["a", "b"])[0].scores(data.features)
    let b = fitter.fit(scaled, labels: data.labels, classes: ["a", "b"])[0].scores(scaled)
    // Shifts by up to 21 cost float32 a digit and a half; scores are of order 1.
    for (x, y) in zip(a.elements, b.elements) { #expect(abs(x - y) < 2e-3) }
  }

  @Test func itemsInTheirOwnSpanGiveTheSameProbe() {
    // With as many features again that are copies, the wide route must find what the tall one finds.
    let data = Clouds(items: 24, width: 16, signal: 0.5, seed: 6)
    let doubled = Tensor(rows: (0..<24).map { Array(data.features[row: $0]) + Array(data.features[row: $0]) })
    let lambda = 0.05
    // Copies share the weight: w each instead of one 2w, so half the penalty on the same function.
    let tall = LogisticProbeFitter(strengths: [lambda / 2]).fit(
      data.features, labels: data.labels, classes: ["a", "b"])
    let wide = LogisticProbeFitter(strengths: [lambda]).fit(
      doubled, labels: data.labels, classes: ["a", "b"])
    let (a, b) = (tall[0].scores(data.features), wide[0].scores(doubled))
    for (x, y) in zip(a.elements, b.elements) { #expect(abs(x - y) < 1e-3 * max(1, abs(x))) }
  }

  @Test func directionRaisesTheLogOddsByItsSquaredNorm() {
    let data = Clouds(items: 60, width: 6, signal: 0.8, seed: 7)
    let probe = LogisticProbeFitter(strengths: [0.1]).fit(
      data.features, labels: data.labels, classes: ["a", "b"])[0]
    let direction = probe.direction(towards: 1)
    let square = direction.reduce(0) { $0 + $1 * $1 }
    var moved = data.features
    for item in 0..<60 { for j in 0..<6 { moved[item, j] += 0.5 * direction[j] } }
    let (before, after) = (probe.scores(data.features), probe.scores(moved))
    for item in 0..<60 {
      #expect(abs(after[item, 1] - before[item, 1] - 0.5 * square) < 1e-4 * max(1, square))
    }
    #expect(probe.direction(towards: 0) == direction.map { -$0 })
  }

  @Test func aConstantFeatureChangesNothing() {
    let data = Clouds(items: 40, width: 4, signal: 1, seed: 8)
    let widened = Tensor(rows: (0..<40).map { Array(data.features[row: $0]) + [22_600] })
    let fitter = LogisticProbeFitter(strengths: [0.1])
    let narrow = fitter.fit(data.features, labels: data.labels, classes: ["a", "b"])[0]
    let wide = fitter.fit(widened, labels: data.labels, classes: ["a", "b"])[0]
    #expect(wide.standardizer.scale[4] == 1)
    #expect(wide.weights[0, 4] == 0)
    // Two solutions, each within 1e-5 of the gradient over λ = 0.1.
    for j in 0..<4 { #expect(abs(wide.weights[0, j] - narrow.weights[0, j]) < 2e-4) }
  }

  @Test func runningOutOfIterationsIsADiagnosticNotAnError() {
    let data = Clouds(items: 60, width: 10, signal: 1, seed: 9)
    let fitter = LogisticProbeFitter(strengths: [1e-6], maximumIterations: 1)
    let probe = fitter.fit(data.features, labels: data.labels, classes: ["a", "b"])[0]
    #expect(!probe.fit.converged)
    #expect(probe.fit.ending == .iterationLimit)
  }

  @Test func probesSurviveEncoding() throws {
    let data = Clouds(items: 30, width: 4, classes: 3, signal: 1, seed: 10)
    let probe = LogisticProbeFitter(strengths: [0.1]).fit(
      data.features, labels: data.labels, classes: ["a", "b", "c"])[0]
    let decoded = try JSONDecoder().decode(LinearProbe.self, from: JSONEncoder().encode(probe))
    #expect(decoded == probe)
  }

  @Test func logOddsFollowFromTheSoftmax() {
    let data = Clouds(items: 30, width: 4, classes: 3, signal: 1, seed: 11)
    let probe = LogisticProbeFitter(strengths: [0.1]).fit(
      data.features, labels: data.labels, classes: ["a", "b", "c"])[0]
    let (logits, scores) = (probe.logits(data.features), probe.scores(data.features))
    for item in 0..<30 {
      let e = (0..<3).map { exp(Double(logits[item, $0])) }
      let p = e.map { $0 / e.reduce(0, +) }
      for c in 0..<3 { #expect(abs(Double(scores[item, c]) - log(p[c] / (1 - p[c]))) < 1e-5) }
    }
  }
}
