import Foundation
import Testing

@testable import ProbeMath

@Suite struct ProcedureIntervalTests {
  /// A nested cross-validation of a nearest-mean classifier on Gaussian items in groups that share an offset.
  struct Simulation {
    let losses: [CrossValidationLosses]
    let groups: [Int]
    /// Mean accuracy of the outer models on new data, in closed form.
    let accuracy: Double

    init(run: Int, repetitions: Int = 1, items: Int = 120, features: Int = 20, groupSize: Int, folds: Int = 5)
    {
      var stream = RandomStream(seed: 3, "procedure", "\(groupSize)", "\(run)")
      let distance = 0.9
      let groups = (0..<items).map { $0 / groupSize }
      let share = groupSize > 1 ? 0.5 : 0
      let offsets = (0..<items / groupSize).map { _ in (0..<features).map { _ in stream.normal() } }
      let labels = offsets.indices.map { _ in stream.index(below: 2) }
      let x = groups.map { group in
        (0..<features).map { j in
          let own = (1 - share).squareRoot() * stream.normal() + share.squareRoot() * offsets[group][j]
          return own + (j == 0 ? (labels[group] == 1 ? distance : -distance) : 0)
        }
      }
      var truths: [Double] = []
      var losses: [CrossValidationLosses] = []
      for _ in 0..<repetitions {
        let order = stream.permutation(offsets.count)
        let fold = groups.map { order[$0] % folds }
        /// Weights and bias of the model without folds a and b.
        func model(_ a: Int, _ b: Int) -> (weights: [Double], bias: Double) {
          var sums = [[Double](repeating: 0, count: features), [Double](repeating: 0, count: features)]
          var counts = [1e-9, 1e-9]
          for i in x.indices where fold[i] != a && fold[i] != b {
            counts[labels[groups[i]]] += 1
            for j in 0..<features { sums[labels[groups[i]]][j] += x[i][j] }
          }
          let means = zip(sums, counts).map { sum, count in sum.map { $0 / count } }
          let weights = zip(means[1], means[0]).map { $0 - $1 }
          let bias = (0..<features).reduce(0) { $0 - 0.5 * weights[$1] * (means[0][$1] + means[1][$1]) }
          return (weights, bias)
        }
        func isRight(_ model: (weights: [Double], bias: Double), _ i: Int) -> Double {
          let score = zip(model.weights, x[i]).reduce(model.bias) { $0 + $1.0 * $1.1 }
          return (score > 0) == (labels[groups[i]] == 1) ? 1 : 0
        }
        let outerModels = (0..<folds).map { model($0, $0) }
        var inner = [[Double]](repeating: [Double](repeating: .nan, count: items), count: folds)
        for a in 0..<folds {
          for b in 0..<a {
            let pair = model(a, b)
            for i in x.indices {
              if fold[i] == a { inner[b][i] = isRight(pair, i) }
              if fold[i] == b { inner[a][i] = isRight(pair, i) }
            }
          }
        }
        truths += outerModels.map { model in
          let norm = model.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
          let reach = model.weights[0] * distance
          return 0.5
            * (normalDistribution((reach + model.bias) / norm)
              + normalDistribution((reach - model.bias) / norm))
        }
        losses.append(
          .init(folds: fold, outer: x.indices.map { isRight(outerModels[fold[$0]], $0) }, inner: inner))
      }
      self.groups = groups
      self.losses = losses
      accuracy = truths.reduce(0, +) / Double(truths.count)
    }
  }

  // 300 runs have a standard error of 1.3 points: a true 95% shows as 92.5–97.5.
  @Test(arguments: [1, 4]) func theProceduresAccuracyIsCovered(groupSize: Int) {
    let runs = concurrently(300) { run in
      let simulation = Simulation(run: run, groupSize: groupSize)
      let interval = ProcedureInterval.interval(simulation.losses, groups: simulation.groups, range: .unit)
      let outer = simulation.losses[0].outer
      let naive = clusteredVarianceOfMean(outer, groups: simulation.groups).squareRoot()
      return (simulation.accuracy, interval, outer.reduce(0, +) / Double(outer.count), naive)
    }
    let truth = runs.reduce(0) { $0 + $1.0 } / 300
    let covered = runs.count { $0.1?.contains(truth) ?? false }
    let naivelyCovered = runs.count { abs($0.2 - truth) <= 1.96 * $0.3 }
    #expect((0.92...0.985).contains(Double(covered) / 300), "covered \(covered) of 300")
    // The control: in groups, training varies so much that what the test items alone say is too narrow.
    if groupSize > 1 {
      #expect(naivelyCovered < covered - 9, "clustered \(naivelyCovered), procedure \(covered)")
    }
  }

  @Test func theErrorLiesBetweenTheClusteredOneAndRootKTimesIt() throws {
    for run in 0..<20 {
      let simulation = Simulation(run: run, repetitions: 2, groupSize: 4)
      // Without the logit scale the error can be read back from the bounds.
      for method in [Interval.Method.procedureT, .nestedCV] {
        let interval = try #require(
          ProcedureInterval.interval(simulation.losses, groups: simulation.groups, method: method))
        let estimate = try #require(interval.estimate)
        #expect(interval.method == method)
        // Two repetitions of 5 folds, 30 groups.
        let quantile =
          method == .nestedCV
          ? normalQuantile(0.975) : studentQuantile(0.975, degrees: 1 / (1 / 24 + 1 / 29.0))
        let error = (interval.upper - estimate) / quantile
        let naive =
          (simulation.losses.reduce(0) {
            $0 + clusteredVarianceOfMean($1.outer, groups: simulation.groups) / 2
          }).squareRoot()
        #expect(error >= naive * (1 - 1e-9) && error <= 5.0.squareRoot() * naive * (1 + 1e-9))
        #expect(abs(interval.upper + interval.lower - 2 * estimate) < 1e-12)
      }
    }
  }

  @Test func theTrainingVarianceIsThatOfLeastSquares() {
    // numpy: lstsq of the additive model, its pseudo-inverse for the noise.
    let pairs = [
      [0.755, 0.608, 0.516, 0.507], [0.825, 0.865, 0.743, 0.792], [0.717, 0.874, 0.826, 0.501],
      [0.843, 0.513, 0.792, 0.57],
    ]
    let found = TrainingVariability(pairs: pairs)
    for (effect, expected) in zip(found.effects, [0.069375, 0.01425, 0.00175, -0.085375]) {
      #expect(abs(effect - expected) < 1e-12)
    }
    #expect(abs(found.variance - -0.0093469125) < 1e-12)
  }

  @Test func itemsOutsideAllFoldsDoNotCount() {
    let simulation = Simulation(run: 1, groupSize: 4)
    let losses = simulation.losses[0]
    let longer = CrossValidationLosses(
      folds: losses.folds + [-1, -1], outer: losses.outer + [.nan, 7],
      inner: losses.inner.map { $0 + [.nan, 1] })
    let interval = ProcedureInterval.interval([losses], groups: simulation.groups, range: .unit)
    #expect(interval != nil)
    #expect(
      ProcedureInterval.interval([longer], groups: simulation.groups + [99, 100], range: .unit) == interval)
  }

  @Test func everyItemRightIsWilsonsOnEffectiveGroups() throws {
    let folds = (0..<30).map { $0 / 2 % 5 }
    let ones = [Double](repeating: 1, count: 30)
    let inner = (0..<5).map { k in folds.map { $0 == k ? Double.nan : 1 } }
    let interval = try #require(
      ProcedureInterval.interval(
        [.init(folds: folds, outer: ones, inner: inner)], groups: (0..<30).map { $0 / 2 }, range: .unit))
    #expect(interval == .wilson(proportion: 1, trials: 15))
  }

  @Test func aSingleGroupGivesNoInterval() {
    let simulation = Simulation(run: 3, groupSize: 4)
    #expect(ProcedureInterval.interval(simulation.losses, groups: simulation.groups.map { _ in 0 }) == nil)
  }

  @Test func nadeauBengioMatchesItsFormula() throws {
    // Mean 0.7, s² = 0.01: 0.7 ± t(4) √((1/5 + 1/4) · 0.01), t(4) at 97.5% = 2.776445.
    let step = (0.01 / 2.5).squareRoot()
    let scores = (-2...2).map { 0.7 + Double($0) * step }
    let interval = try #require(ProcedureInterval.nadeauBengio(scores: scores, testShare: 0.25, range: .unit))
    let reach = 2.776445 * 0.0045.squareRoot()
    #expect(abs(interval.upper - (0.7 + reach)) < 1e-6)
    #expect(abs(interval.lower - (0.7 - reach)) < 1e-6)
    #expect(ProcedureInterval.nadeauBengio(scores: [0.7, .nan], testShare: 0.25) == nil)
  }
}
