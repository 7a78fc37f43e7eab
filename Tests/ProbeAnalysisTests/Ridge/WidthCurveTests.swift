import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct WidthCurveTests {
  /// Features whose variance falls from column to column, and the class in one of them.
  private func problem(_ items: Int, _ width: Int, in column: Int) -> (x: Tensor, labels: [Int]) {
    var stream = RandomStream(seed: 1, "width")
    var x = normalFeatures(items, width, &stream)
    for i in 0..<items {
      for j in 0..<width { x[i, j] *= Float(4 * (width - j)) }
      x[i, column] += (i % 2 == 1 ? 6 : -6) * Float(4 * (width - column))
    }
    return (x, (0..<items).map { $0 % 2 })
  }

  @Test func theLeadingComponentIsEnoughForWhatLiesInIt() {
    let (x, labels) = problem(200, 10, in: 0)
    let curve = WidthCurve(
      x, labels: labels, classCount: 2, train: Array(0..<140), test: Array(140..<200))
    #expect(curve.widths == [1, 2, 4, 8, 10])
    #expect(curve.accuracy == [1, 1, 1, 1, 1])
    #expect(curve.auroc == [1, 1, 1, 1, 1])
    #expect(curve.smallestWidth() == 1)
    #expect(curve.area == 1)
    #expect(abs((curve.variance.last ?? 0) - 1) < 1e-6)
    #expect(zip(curve.variance, curve.variance.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func whatLiesInASmallComponentTakesMore() {
    // Columns have variances 100, 81, …; with ±6 of its own size, that of the last becomes 1 + 36: between 6² and 7².
    let (x, labels) = problem(400, 10, in: 9)
    let curve = WidthCurve(
      x, labels: labels, classCount: 2, train: Array(0..<300), test: Array(300..<400))
    #expect(curve.accuracy[2] < 0.75)
    #expect(curve.accuracy[3] > 0.97)
    #expect(curve.smallestWidth() == 8)
    // By hand: trapezoids of log₂ width 0, 1, 2, 3, log₂ 10.
    let a = curve.accuracy
    let last = 0.321928094887
    let area =
      ((a[0] + a[1]) / 2 + (a[1] + a[2]) / 2 + (a[2] + a[3]) / 2 + last * (a[3] + a[4]) / 2) / (3 + last)
    #expect(abs(curve.area - area) < 1e-9)
  }

  @Test func allComponentsGiveTheRidgeProbeItself() {
    // Tall and wide.
    for (items, width, train) in [(90, 6, 60), (40, 30, 24)] {
      var stream = RandomStream(seed: 2, "full")
      var x = normalFeatures(items, width, &stream)
      for i in 0..<items { x[i, i % 3] += 1.5 }
      let labels = (0..<items).map { $0 % 3 }
      let test = Array(train..<items)
      let curve = WidthCurve(
        x, labels: labels, classCount: 3, train: Array(0..<train), test: test, strength: 0.2)
      let probe = RidgeProbeFitter(strengths: [0.2], scaling: .common).fit(
        x, values: labels.map { Double($0) }, target: .classes(["a", "b", "c"]), rows: Array(0..<train))[0]
      let right = zip(probe.predict(x, rows: test), test).count { Int($0) == labels[$1] }
      #expect(curve.widths.last == min(width, train - 1))
      #expect(abs((curve.accuracy.last ?? 0) - Double(right) / Double(test.count)) < 1e-9)
    }
  }

  @Test func aGridAveragesItsCurves() {
    let (x, labels) = problem(60, 4, in: 0)
    let curve = WidthCurve(x, labels: labels, classCount: 2, train: Array(0..<40), test: Array(40..<60))
    let noise = WidthCurve(
      x, labels: labels.reversed(), classCount: 2, train: Array(0..<40), test: Array(40..<60))
    let grid = WidthGrid(points: ["0", "1"], curves: [curve, noise])
    #expect(abs(grid.area - (curve.area + noise.area) / 2) < 1e-12)
  }
}
