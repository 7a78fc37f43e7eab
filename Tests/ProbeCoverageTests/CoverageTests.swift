import ProbeAnalysis
import ProbeMath
import Testing

@testable import ProbeCoverage

/// The claims of the statistics on simulated data, in a short version; scripts/simulate-coverage.sh has the long one.
@Suite struct CoverageTests {
  // 200 runs have a standard error of 1.5 points at 95%: three of them, since there are some thirty numbers.
  @Test(arguments: CoverageChecks.all.indices) func theClaimHolds(index: Int) throws {
    let check = CoverageChecks.all[index]
    for row in try check.run(200, seed: 7) {
      #expect(row.runs >= 190)
      #expect(
        row.holds(within: 3),
        "\(check.claim), \(row.design): \(row.quantity) \(row.value) ± \(row.standardError)")
    }
  }

  @Test func theClosedFormIsTheAccuracyOnNewItems() throws {
    let world = GaussianWorld("test", groups: 20_000, features: 4, distance: 0.7)
    var stream = RandomStream(seed: 2, "world")
    let training = world.draw(&stream, groups: 60)
    let probe = LogisticProbeFitter(strengths: [0.01]).fit(
      training.features, labels: training.labels, classes: ["no", "yes"])[0]
    let new = world.draw(&stream)
    let read = Classification(labels: new.labels, scores: probe.scores(new.features))
    // 20,000 items: standard errors of 0.003; three of them.
    #expect(abs(ClassificationMetric.accuracy.value(read) - world.accuracy(of: probe)) < 0.01)
    #expect(abs(ClassificationMetric.auroc.value(read) - world.auroc(of: probe)) < 0.01)
  }

  @Test func itemsOfAGroupShareTheirOffsetAndNothingElse() {
    let world = GaussianWorld(
      "test", groups: 3000, sizes: 2...2, shared: 0.5, groupsHaveOneLabel: true, features: 2, distance: 0)
    var stream = RandomStream(seed: 3, "world")
    let sample = world.draw(&stream)
    func covariance(_ a: (Int) -> Float, _ b: (Int) -> Float) -> Double {
      (0..<3000).reduce(0) { $0 + Double(a($1) * b($1)) } / 3000
    }
    // Standard errors of about 0.02.
    let x = sample.features
    #expect(abs(covariance({ x[2 * $0, 0] }, { x[2 * $0 + 1, 0] }) - 0.5) < 0.08)
    #expect(abs(covariance({ x[2 * $0, 0] }, { x[2 * $0, 0] }) - 1) < 0.1)
    #expect(abs(covariance({ x[2 * $0, 0] }, { x[2 * $0 + 1, 1] })) < 0.08)
    #expect((0..<3000).allSatisfy { sample.labels[2 * $0] == sample.labels[2 * $0 + 1] })
  }

  @Test func aClaimThatFailsIsSaid() {
    let narrow = CoverageRow.share(
      "d", "covered", (0..<1000).map { $0 < 880 ? 1 : 0 }, claimed: coverageBand, nominal: 0.95)
    #expect(!narrow.holds(within: 2))
    let off = CoverageRow.mean("d", "selectivity", (0..<100).map { $0 % 2 == 0 ? 0.1 : 0.12 }, claimed: 0...0)
    #expect(!off.holds(within: 3))
    #expect(abs(off.standardError - 0.001005) < 1e-5)
    let check = CoverageChecks.all[0]
    var report = CoverageReport(runs: 1000, seed: 1)
    let lines = report.add(check, [narrow])
    #expect(lines.last == "| d | covered | 0.8800 ± 0.0069 | 0.93–0.97 | **fails** |")
    #expect(report.text.contains("## \(check.claim)"))
  }
}
