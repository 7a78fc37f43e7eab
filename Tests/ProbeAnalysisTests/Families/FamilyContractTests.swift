import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

/// What every family in the list promises.
@Suite struct FamilyContractTests {
  static let names = ProbeFamilies.all.map { $0.name }

  private func fit(
    _ name: String, classes: Int, weights: [Double]? = nil,
    edit: (inout Tensor, inout [Int]) -> Void = { _, _ in }
  ) throws -> (probe: any FittedProbe, features: Tensor, labels: [Int], test: [Int]) {
    let data = FamilyData.planted(classes: classes)
    var (features, labels) = (data.features, data.labels)
    edit(&features, &labels)
    let family = try #require(ProbeFamilies.named(name))
    let items = try TrainingItems(
      features, labels: labels, classes: FamilyData.names(classes), rows: data.train, groups: data.groups,
      weights: weights, seed: 3)
    return (family.init().fit(items), data.features, data.labels, data.test)
  }

  @Test func namesAreIdentifiersAndUnique() {
    #expect(Set(Self.names).count == Self.names.count)
    for name in Self.names {
      #expect(name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
    }
    for family in ProbeFamilies.all { #expect(!family.summary.isEmpty) }
  }

  @Test(arguments: names, [2, 3]) func plantedClassesAreFoundInGroupsNeverSeen(name: String, classes: Int)
    throws
  {
    let fit = try fit(name, classes: classes)
    let scores = fit.probe.scores(fit.features, rows: fit.test)
    #expect(fit.probe.family == name)
    #expect(fit.probe.width == 6)
    #expect(scores.shape == [fit.test.count, classes])
    // Bayes' accuracy is 0.98 for two classes 3√2 apart, and 0.97 for three.
    #expect(FamilyData.accuracy(scores, fit.test.map { fit.labels[$0] }) > 0.9)
    for row in 0..<scores.rows {
      let total = (0..<classes).reduce(0.0) { $0 + 1 / (1 + exp(-Double(scores[row, $1]))) }
      #expect(abs(total - 1) < 1e-4, "probabilities of row \(row) sum to \(total)")
    }
  }

  @Test(arguments: names) func rowsThatDoNotTrainAreNotLookedAt(name: String) throws {
    let clean = try fit(name, classes: 2)
    let spoiled = try fit(name, classes: 2) { features, labels in
      for row in 80..<160 {
        for column in 0..<6 { features[row, column] = Float(1000 * (row % 7) - 500 * column) }
        labels[row] = 1 - labels[row]
      }
    }
    #expect(
      clean.probe.scores(clean.features, rows: clean.test)
        == spoiled.probe.scores(clean.features, rows: clean.test))
  }

  @Test(arguments: names) func theSameSeedGivesTheSameProbe(name: String) throws {
    let (first, second) = (try fit(name, classes: 3), try fit(name, classes: 3))
    #expect(
      first.probe.scores(first.features, rows: first.test)
        == second.probe.scores(first.features, rows: first.test))
    #expect(first.probe.diagnostics == second.probe.diagnostics)
  }

  @Test(arguments: names) func jsonBringsTheSameProbeBack(name: String) throws {
    func roundTrip<P: FittedProbe>(_ probe: P) throws -> P {
      try JSONDecoder().decode(P.self, from: JSONEncoder().encode(probe))
    }
    let fit = try fit(name, classes: 2)
    let back = try roundTrip(fit.probe)
    #expect(back.scores(fit.features, rows: fit.test) == fit.probe.scores(fit.features, rows: fit.test))
    #expect(back.classes == fit.probe.classes)
  }

  @Test(arguments: names) func balancedWeightsFavourTheScarceClass(name: String) throws {
    // Classes overlap and one row in five is of class 1: unweighted, its mean probability is near 0.2.
    var stream = RandomStream(seed: 4, "overlap")
    let labels = (0..<120).map { $0 % 5 == 0 ? 1 : 0 }
    let features = Tensor(rows: labels.map { [Float(stream.normal() + Double($0)), Float(stream.normal())] })
    let rows = Array(labels.indices)
    let weights = TrainingItems.balancedWeights(labels: labels, rows: rows, classCount: 2)
    #expect(abs(weights.reduce(0, +) - 120) < 1e-9)
    let family = try #require(ProbeFamilies.named(name))
    func share(_ weights: [Double]?) throws -> Double {
      let items = try TrainingItems(
        features, labels: labels, classes: ["no", "yes"], rows: rows, groups: rows.map { "g\($0)" },
        weights: weights, seed: 1)
      let scores = family.init().fit(items).scores(features, rows: rows)
      return rows.reduce(0) { $0 + 1 / (1 + exp(-Double(scores[$1, 1]))) } / 120
    }
    let (plain, balanced) = (try share(nil), try share(weights))
    #expect(plain < 0.3, "\(plain)")
    #expect(balanced > 0.38 && balanced < 0.6, "\(balanced)")
  }

  @Test(arguments: names) func oneGroupLeavesNothingToChooseOn(name: String) throws {
    let data = FamilyData.planted(classes: 2, count: 60)
    let family = try #require(ProbeFamilies.named(name))
    let items = try TrainingItems(
      data.features, labels: data.labels, classes: ["a", "b"], rows: data.train,
      groups: [String](repeating: "one", count: 60), seed: 1)
    let probe = family.init().fit(items)
    let scores = probe.scores(data.features, rows: data.test)
    #expect(scores.elements.allSatisfy { $0.isFinite })
    // LDA chooses nothing on folds.
    #expect(name == "lda" || probe.diagnostics.contains(TrainingItems.noFolds))
  }

  @Test func aFeatureThatIsNotFiniteIsRefusedWithItsPlace() throws {
    let data = FamilyData.planted(classes: 2)
    var features = data.features
    features[100, 4] = .nan
    #expect {
      _ = try TrainingItems(
        features, labels: data.labels, classes: ["a", "b"], rows: data.train, groups: data.groups, seed: 1)
    } throws: { error in
      guard let error = error as? StudyError else { return false }
      return error.reason == .notFinite && error.location == "row 100, feature 4"
        && error.description.contains("Feature 4 of row 100 is nan")
    }
  }
}
