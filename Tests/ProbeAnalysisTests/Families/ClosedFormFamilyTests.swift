import ProbeMath
import Testing

@testable import ProbeAnalysis

/// Families in closed form against scikit-learn 1.9.1 and numpy on ``FamilyData/formula(classes:)``.
///
/// Goldens, with `x, y` as there (float32 widened to float64) and `lo = lambda p: log(p/(1-p))`:
///
///     LDA:        lo(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(x, y).predict_proba(x[:3]))
///     balanced:   the same with priors=[.5, .5], and its coef_
///     F:          sklearn.feature_selection.f_classif(x, y)[0]
///     mass-mean:  z = x - x.mean(0); s[i] = z[i] @ θ of the rows whose i % 3 differs, θ = μ1 - μ0;
///                 a, b = sklearn.calibration._sigmoid_calibration(s, y); -(a * (z @ θ of all rows) + b)[:3]
///     -iid:       the same with z = (x - x.mean(0))/x.std(0) and θ = solve(S + 1e-4 trace(S)/4 I, μ1 - μ0),
///                 S = Σ_c Σ_{i in c} (z_i - μ_c)(z_i - μ_c)ᵀ/n
@Suite struct ClosedFormFamilyTests {
  private func items(_ classes: Int, weights: Bool = false) throws -> TrainingItems {
    let (features, labels) = FamilyData.formula(classes: classes)
    let rows = Array(labels.indices)
    return try TrainingItems(
      features, labels: labels, classes: FamilyData.names(classes), rows: rows, folds: rows.map { $0 % 3 },
      weights: weights ? TrainingItems.balancedWeights(labels: labels, rows: rows, classCount: classes) : nil,
      seed: 1)
  }

  private func expect(_ found: [Float], _ golden: [Double], _ comment: Comment) {
    #expect(found.count == golden.count, comment)
    for (a, b) in zip(found, golden) { #expect(abs(Double(a) - b) < 2e-4 * max(1, abs(b)), comment) }
  }

  @Test func ldaAgreesWithScikitLearn() throws {
    let two = try items(2)
    let probe = LinearDiscriminantFamily().fit(two)
    expect(
      (0..<3).map { probe.scores(two.features, rows: [0, 1, 2])[$0, 1] }, [-1.631614, -0.2404984, -1.334076],
      "two")
    let three = try items(3)
    expect(
      LinearDiscriminantFamily().fit(three).scores(three.features, rows: [0, 1, 2]).elements,
      [
        1.259662, -1.287148, -5.356315, -0.5757983, -0.1833125, -1.477534, -1.364051, 0.3267947, -1.292453,
      ], "three")
  }

  @Test func balancedWeightsAreEqualPriors() throws {
    let items = try items(2, weights: true)
    let probe = LinearDiscriminantFamily().fit(items)
    expect(
      (0..<3).map { probe.scores(items.features, rows: [0, 1, 2])[$0, 1] },
      [-1.197737, 0.1493618, -0.8987729], "balanced")
    expect(
      try #require(probe.direction(towards: 1)), [3.284909, -0.2939014, -1.378378, 1.032525], "coefficients")
  }

  @Test func massMeanAgreesWithMeansAndPlattsCalibration() throws {
    let items = try items(2)
    for (family, golden) in [
      (MassMeanFamily() as any ProbeFamily, [-1.085035, -0.2901857, -0.9231932]),
      (WhitenedMassMeanFamily(), [-0.9195332, -0.3002759, -0.748583]),
    ] {
      let scores = family.fit(items).scores(items.features, rows: [0, 1, 2])
      expect((0..<3).map { scores[$0, 1] }, golden, "\(type(of: family).name)")
    }
  }

  @Test func massMeanPointsFromOneMeanToTheOther() throws {
    let items = try items(2)
    let direction = try #require(MassMeanFamily().fit(items).direction(towards: 1))
    func mean(_ label: Int, _ j: Int) -> Float {
      let rows = items.rows.filter { items.labels[$0] == label }
      return rows.reduce(0) { $0 + items.features[$1, j] } / Float(rows.count)
    }
    let difference = (0..<4).map { mean(1, $0) - mean(0, $0) }
    let ratio = direction[0] / difference[0]
    #expect(ratio > 0)
    for (a, b) in zip(direction, difference) { #expect(abs(a - ratio * b) < 1e-4) }
  }

  @Test func aDirectionThatIsWrongOnHeldOutFoldsIsHardlyBelieved() throws {
    // Each fold's own difference of means is the opposite of the other's.
    let rows: [[Float]] = [[1], [-1], [1.2], [-1.2], [-2], [2], [-2.2], [2.2]]
    let labels = [1, 0, 1, 0, 1, 0, 1, 0]
    let items = try TrainingItems(
      Tensor(rows: rows), labels: labels, classes: ["a", "b"], rows: Array(0..<8),
      folds: [0, 0, 0, 0, 1, 1, 1, 1],
      seed: 1)
    let probe = MassMeanFamily().fit(items)
    #expect(probe.scores(items.features, rows: Array(0..<8)).elements.allSatisfy { abs($0) < 0.01 })
    #expect(probe.diagnostics.contains { $0.contains("pointed away from its class") })
  }

  @Test func separationsAreTheFStatistic() throws {
    for (classes, golden) in [
      (2, [11.16261, 0.103241, 2.134868, 1.10698]), (3, [10.06238, 0.2302259, 5.965746, 0.7906971]),
    ] {
      let items = try items(classes)
      let standardizer = Standardizer(fitting: items.features, rows: items.rows)
      let moments = ClassMoments(items, rows: items.rows, standardizer: standardizer, withGram: false)
      let factor = Double(60 - classes) / Double(classes - 1)
      expect(moments.separations.map { Float($0 * factor) }, golden, "\(classes) classes")
    }
  }

  @Test func sparseProbeNamesThePlantedFeatures() throws {
    var stream = RandomStream(seed: 8, "sparse")
    let labels = (0..<300).map { $0 % 2 }
    let rows = labels.map { label in
      // 7 tells much, 19 less, the others nothing.
      (0..<24).map { Float(stream.normal() + (label == 1 ? ($0 == 7 ? 2.5 : $0 == 19 ? 1.5 : 0) : 0)) }
    }
    let items = try TrainingItems(
      Tensor(rows: rows), labels: labels, classes: ["a", "b"], rows: Array(0..<300),
      groups: (0..<300).map { "g\($0)" }, seed: 1)
    let probe = try #require(SparseFamily().fit(items) as? LinearReadOut)
    let dimensions = try #require(probe.dimensions)
    #expect(Array(dimensions.prefix(2)) == [7, 19])
    #expect(dimensions.count <= 8)
    let direction = try #require(probe.direction(towards: 1))
    for j in 0..<24 { #expect((direction[j] != 0) == dimensions.contains(j)) }
    #expect(
      probe.diagnostics.contains { $0.hasPrefix("log loss on held-out folds by number of features: 1: ") })
  }

  @Test func nearestMeansDecideWhereClassesAreBalancedAndApart() throws {
    let data = FamilyData.planted(classes: 3, count: 240, width: 4, distance: 6)
    let items = try TrainingItems(
      data.features, labels: data.labels, classes: FamilyData.names(3), rows: data.train, groups: data.groups,
      seed: 1)
    let means = (0..<3).map { label in
      let rows = data.train.filter { data.labels[$0] == label }
      return (0..<4).map { j in rows.reduce(0) { $0 + data.features[$1, j] } / Float(rows.count) }
    }
    let nearest = data.test.map { row in
      (0..<3).min { a, b in
        func distance(_ c: Int) -> Float {
          (0..<4).reduce(0) {
            $0 + (data.features[row, $1] - means[c][$1]) * (data.features[row, $1] - means[c][$1])
          }
        }
        return distance(a) < distance(b)
      } ?? -1
    }
    let scores = MassMeanFamily().fit(items).scores(data.features, rows: data.test)
    #expect(Classification(labels: data.test.map { data.labels[$0] }, scores: scores).predictions == nearest)
  }
}
