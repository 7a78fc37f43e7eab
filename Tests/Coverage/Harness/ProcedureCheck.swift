import ProbeAnalysis
import ProbeMath

/// The interval of nested cross-validation covers the expected accuracy of the procedure: of probes whose strength and
/// weights were learned from other samples of the outer training parts' size.
///
/// Every run also learns such a probe from a fresh sample; the mean of their accuracies on new data, in closed form, is
/// the truth that the intervals of all runs are held against.
struct ProcedureCheck: CoverageCheck {
  let world: GaussianWorld
  var claim: String { "The procedure, by nested cross-validation" }
  var design: String { world.name }

  func outcome(_ stream: RandomStream) throws -> [Double] {
    var stream = stream
    let sample = world.draw(&stream)
    var design = try ProbeDesign(
      labels: sample.labels, classes: ["no", "yes"], groups: sample.groups, seed: stream.next())
    design.strengths = simulatedStrengths
    let found = design.procedure([sample.features], names: ["point"])
    let probe = try fresh(&stream)
    func bounds(_ estimate: MetricEstimate) -> [Double] {
      [estimate.value ?? .nan, estimate.interval?.lower ?? .nan, estimate.interval?.upper ?? .nan]
    }
    return [world.accuracy(of: probe), world.auroc(of: probe)] + bounds(found.headline) + bounds(found.merit)
  }

  /// A probe learned as an outer fold learns: strength by the loss on 4 inner folds, from 4/5 of a sample's groups.
  private func fresh(_ stream: inout RandomStream) throws -> LinearProbe {
    // The other sample only satisfies the design, which wants all three parts.
    let training = world.draw(&stream, groups: world.groups * 4 / 5)
    let unused = world.draw(&stream, groups: 40)
    let sample = training.joined(unused)
    let parts = sample.labels.indices.map { item -> GroupSplit.Part? in
      item < training.labels.count ? .train : sample.groupNumbers[item] % 2 == 0 ? .validation : .test
    }
    var design = try ProbeDesign(
      labels: sample.labels, classes: ["no", "yes"], groups: sample.groups, split: parts, folds: 4,
      seed: stream.next())
    design.strengths = simulatedStrengths
    design.replicates = 2
    return try ProbeStudy(design).evaluate(sample.features, named: "fresh").probe
  }

  func rows(_ outcomes: [[Double]]) -> [CoverageRow] {
    func covered(_ truth: Int, _ first: Int) -> [Double] {
      let mean = outcomes.reduce(0) { $0 + $1[truth] } / Double(outcomes.count)
      return outcomes.map {
        $0[first + 1].isNaN ? .nan : $0[first + 1] <= mean && mean <= $0[first + 2] ? 1 : 0
      }
    }
    return [
      .share(design, "accuracy covered", covered(0, 2), claimed: coverageBand, nominal: 0.95),
      .mean(design, "width of the interval", outcomes.map { $0[4] - $0[3] }, claimed: nil),
      // What cross-validation says must not be off by more than the simulation's own error.
      .mean(design, "estimate − truth", outcomes.map { $0[2] - $0[0] }, claimed: 0...0),
      .share(design, "AUROC covered (Nadeau–Bengio)", covered(1, 5), claimed: nil, nominal: 0.95),
    ]
  }
}
