import ProbeAnalysis
import ProbeMath

/// The interval of one fixed probe covers that probe's own accuracy on new groups.
struct FixedProbeCheck: CoverageCheck {
  let world: GaussianWorld
  var claim: String { "One fixed probe on held-out groups" }
  var design: String { world.name }

  func outcome(_ stream: RandomStream) throws -> [Double] {
    var stream = stream
    let sample = world.draw(&stream)
    var design = try ProbeDesign(
      labels: sample.labels, classes: ["no", "yes"], groups: sample.groups, seed: stream.next())
    design.strengths = simulatedStrengths
    design.replicates = 1000
    let evaluation = try ProbeStudy(design).evaluate(sample.features, named: "probe")
    let truths = [world.accuracy(of: evaluation.probe), world.auroc(of: evaluation.probe)]
    return zip([ProbeMetric.accuracy, .auroc], truths).flatMap { metric, truth -> [Double] in
      guard let interval = evaluation.test(metric)?.interval else { return [.nan, .nan] }
      return [interval.contains(truth) ? 1 : 0, interval.upper - interval.lower]
    }
  }

  func rows(_ outcomes: [[Double]]) -> [CoverageRow] {
    [
      .share(design, "accuracy covered", outcomes.map { $0[0] }, claimed: coverageBand, nominal: 0.95),
      .mean(design, "width of the interval", outcomes.map { $0[1] }, claimed: nil),
      .share(design, "AUROC covered", outcomes.map { $0[2] }, claimed: coverageBand, nominal: 0.95),
    ]
  }
}
