import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct RidgePathTests {
  /// Features of different sizes far from zero, and a number that depends on some of them.
  private func problem(_ items: Int, _ width: Int, seed: UInt64) -> (x: Tensor, y: [Double]) {
    var stream = RandomStream(seed: seed, "ridge")
    var x = normalFeatures(items, width, &stream)
    var y: [Double] = []
    for i in 0..<items {
      for j in 0..<width { x[i, j] = x[i, j] * Float(1 + j) + Float(40 * j) }
      y.append(Double(x[i, 0]) - 0.2 * Double(x[i, width - 1]) + stream.normal() + 7)
    }
    return (x, y)
  }

  @Test func solutionsAreThoseOfTheNormalEquations() {
    // Tall through moments; wide through the items' own products.
    for (items, width) in [(60, 6), (12, 20)] {
      let (x, y) = problem(items, width, seed: 3)
      for weighted in [false, true] {
        let weights = weighted ? (0..<items).map { 0.5 + Double($0 % 3) } : nil
        let rows = Array(2..<items)
        let strengths = [3, 0.1, 0.01]
        let probes = RidgeProbeFitter(strengths: strengths).fit(
          x, values: y, target: .number, rows: rows, weights: weights)
        for (probe, strength) in zip(probes, strengths) {
          let slow = SlowRidge(x, y, rows: rows, strength: strength, weights: weights)
          let size = slow.weights.map { abs($0) }.max() ?? 0
          for j in 0..<width { #expect(abs(Double(probe.weights[0, j]) - slow.weights[j]) < 2e-4 * size) }
          // The first two rows were not learned from.
          for row in 0..<2 {
            let value = probe.predict(x, rows: [row])[0]
            #expect(abs(value - slow.predict(x, row)) < 2e-3, "\(items) × \(width), λ \(strength)")
          }
        }
      }
    }
  }

  @Test func anyUnionOfFoldsIsASum() {
    let (x, y) = problem(50, 4, seed: 4)
    let folds = (0..<50).map { $0 % 4 - 1 }
    let moments = FoldMoments(
      x, targets: RidgeTarget.number.columns(y), folds: folds, foldCount: 3)
    #expect(moments.folds.map { $0.items } == [13, 12, 12])
    let path = RidgePath(moments.sum(without: 1), origin: moments.origin)
    let rows = folds.indices.filter { folds[$0] == 0 || folds[$0] == 2 }
    let slow = SlowRidge(x, y, rows: rows, strength: 0.1)
    for j in 0..<4 {
      #expect(abs(Double(path.standardizer.mean[j]) - slow.mean[j]) < 1e-4)
      #expect(abs(Double(path.standardizer.scale[j]) / slow.scale[j] - 1) < 1e-5)
      #expect(abs(Double(path.solutions([0.1])[0].weights[0, j]) - slow.weights[j]) < 1e-3)
    }
  }

  @Test func farFromZeroNothingCancels() {
    // A mean of 20,000 standard deviations: float32 products about zero would have lost everything.
    let (x, y) = problem(80, 3, seed: 5)
    var far = x
    for i in 0..<80 { for j in 0..<3 { far[i, j] = x[i, j] + 20_000 } }
    let slow = SlowRidge(far, y, rows: Array(0..<80), strength: 0.01)
    let probe = RidgeProbeFitter(strengths: [0.01]).fit(far, values: y, target: .number)[0]
    for j in 0..<3 { #expect(abs(Double(probe.weights[0, j]) - slow.weights[j]) < 2e-3) }
  }

  @Test func degreesOfFreedomFallFromTheRankToZero() {
    let (x, y) = problem(60, 5, seed: 6)
    let moments = FoldMoments(
      x, targets: RidgeTarget.number.columns(y), folds: [Int](repeating: 0, count: 60), foldCount: 1)
    let path = RidgePath(moments.folds[0], origin: moments.origin)
    #expect(abs(path.degreesOfFreedom(1e-9) - 5) < 1e-4)
    // Σ Λ is the number of features that vary, so λ far above gives Σ Λ / λ.
    #expect(abs(path.degreesOfFreedom(1e6) * 1e6 - 5) < 1e-3)
  }

  @Test func aFeatureThatIsConstantInTrainingGetsNoWeight() {
    let (source, y) = problem(40, 3, seed: 7)
    var x = source
    for i in 0..<30 { x[i, 1] = 22_600 }
    let folds = (0..<40).map { $0 < 30 ? 0 : 1 }
    let moments = FoldMoments(x, targets: RidgeTarget.number.columns(y), folds: folds, foldCount: 2)
    let path = RidgePath(moments.sum(without: 1), origin: moments.origin)
    #expect(path.solutions([0.1])[0].weights[0, 1] == 0)
  }

  @Test func twoClassesAgreeWithScikitLearn() {
    // RidgeClassifier(alpha = 4 × 0.5) by hand: x = −1, −1, 1, 1 is standardised as it is; targets −1, −1, −1, 1 have
    // mean −½ and covariance ½ with it, so w = ½ / (1 + ½) and b = −½.
    let x = Tensor([4, 1], [-1, -1, 1, 1])
    let probe = RidgeProbeFitter(strengths: [0.5]).fit(
      x, values: [0, 0, 0, 1], target: .classes(["a", "b"]))[0]
    #expect(abs(probe.weights[0, 0] - 1 / 3) < 1e-6)
    #expect(abs(probe.bias[0] + 0.5) < 1e-6)
    #expect(probe.scores(x, rows: [2]).elements.map { ($0 * 6).rounded() } == [1, -1])
  }
}
