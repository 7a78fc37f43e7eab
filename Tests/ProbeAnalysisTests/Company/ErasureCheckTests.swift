import Foundation
import ProbeAnalysis
import ProbeMath
import Testing

@Suite struct ErasureCheckTests {
  /// What a refit was shown.
  private final class Record: @unchecked Sendable {
    // Guarded by the lock: refits run at once.
    private let lock = NSLock()
    private var calls: [(features: Tensor, fit: [Int], test: [Int])] = []

    func add(_ features: Tensor, _ fit: [Int], _ test: [Int]) {
      lock.withLock { calls.append((features, fit, test)) }
    }
    var all: [(features: Tensor, fit: [Int], test: [Int])] { lock.withLock { calls } }
  }

  private func check(
    _ features: Tensor, _ labels: [Int], _ groups: [String], refit: ErasureCheck.Refit? = nil
  ) throws -> ErasureCheck {
    try ErasureCheck(
      features: features, labels: labels, classes: ["a", "b"], groups: groups, strengths: [0.01],
      replicates: 100, seed: 1, refit: refit)
  }

  private func value(_ estimates: [MetricEstimate], _ metric: ProbeMetric) throws -> Double {
    try #require(estimates.first { $0.metric == metric }?.value)
  }

  @Test func aPlantedLabelIsGoneForALinearRefit() throws {
    let data = Clouds(items: 390, width: 4, signal: 1, seed: 1)
    let made = try check(data.features, data.labels, data.groups)
    #expect(try value(made.linear.before, .auroc) > 0.9)
    // 130 test items: standard deviation of AUROC 0.05 by chance, d/n = 0.03 beside it.
    #expect(try abs(value(made.linear.after, .auroc) - 0.5) < 0.2)
    let change = try #require(made.linear.change.first { $0.metric == .auroc })
    #expect(try #require(change.interval).upper < -0.2)
    #expect(made.rank == 1 && made.other == nil)
    #expect(made.featuresPerItem == 4 / 130.0)
    #expect(made.eraserPart.covariance.ratio <= 1e-5)
    // The guarantee is about the part it was fitted on alone.
    #expect(made.refitPart.covariance.ratio > 1e-3 && made.testPart.covariance.ratio > 1e-3)
  }

  @Test func partsAreThirdsOfWholeGroups() throws {
    let data = Clouds(items: 120, width: 3, signal: 1, seed: 2)
    let record = Record()
    let made = try check(data.features, data.labels, data.groups) { features, fit, test in
      record.add(features, fit, test)
      return Tensor([test.count, 2])
    }
    let parts = [made.eraserPart, made.refitPart, made.testPart]
    #expect(parts.map { $0.items } == [40, 40, 40] && parts.map { $0.groups } == [20, 20, 20])
    let (call, other) = (record.all[0], record.all[1])
    #expect(call.fit == other.fit && call.test == other.test)
    #expect(Set(call.fit.map { data.groups[$0] }).isDisjoint(with: call.test.map { data.groups[$0] }))
  }

  @Test func noTestItemReachesEraserOrRefit() throws {
    let data = Clouds(items: 180, width: 4, signal: 1, seed: 3)
    func run(_ features: Tensor) throws -> (ErasureCheck, [(features: Tensor, fit: [Int], test: [Int])]) {
      let record = Record()
      let made = try check(features, data.labels, data.groups) { features, fit, test in
        record.add(features, fit, test)
        return Tensor([test.count, 2])
      }
      return (made, record.all)
    }
    let (before, shown) = try run(data.features)
    var perturbed = data.features
    for row in shown[0].test { for j in 0..<4 { perturbed[row, j] = perturbed[row, j] * -3 + 40 } }
    let (after, shownAfter) = try run(perturbed)
    #expect(before.eraserPart == after.eraserPart)
    #expect(before.refitPart == after.refitPart)
    #expect(before.testPart != after.testPart)
    // What the refits learn from, captured and erased, is the same to the bit.
    func learned(_ calls: [(features: Tensor, fit: [Int], test: [Int])]) -> Set<[Float]> {
      Set(calls.map { $0.features.selecting(rows: $0.fit).elements })
    }
    #expect(learned(shown) == learned(shownAfter) && learned(shown).count == 2)
  }

  @Test func whatIsNotLinearIsStillThere() throws {
    // The label is the sign of a product: there is no covariance to take out but that of chance, one dimension of ten.
    var stream = RandomStream(seed: 4, "product")
    let rows = (0..<300).map { _ in (0..<10).map { _ in Float(stream.normal()) } }
    let labels = rows.map { $0[0] * $0[1] > 0 ? 1 : 0 }
    let made = try check(Tensor(rows: rows), labels, (0..<300).map { "g\($0)" }) { features, _, test in
      Tensor(
        rows: test.map { row in
          let product = features[row, 0] * features[row, 1]
          return [-product, product]
        })
    }
    let other = try #require(made.other)
    #expect(try value(other.before, .auroc) == 1)
    #expect(try value(other.after, .auroc) > 0.8)
    #expect(try value(made.linear.after, .auroc) < 0.7)
  }

  @Test func partsThatCannotBeFilledAreRefused() throws {
    let data = Clouds(items: 10, width: 2, signal: 1, seed: 5)
    let few = try #require(throws: StudyError.self) {
      try check(data.features, data.labels, data.groups)
    }
    #expect(few.reason == .tooFewGroups && few.location == "erasure")
    #expect(few.description.contains("5 groups cannot fill three parts"))
    let rare = try #require(throws: StudyError.self) {
      try check(data.features, (0..<10).map { $0 == 0 ? 1 : 0 }, (0..<10).map { "g\($0)" })
    }
    #expect(rare.reason == .oneClass && rare.location.hasPrefix("erasure, "))
    #expect(rare.description.contains("has a single class"))
  }
}
