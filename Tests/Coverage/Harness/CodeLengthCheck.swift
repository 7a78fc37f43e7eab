import ProbeAnalysis
import ProbeMath

/// Random labels take at least n · H(y) bits in the online code.
struct CodeLengthCheck: CoverageCheck {
  let world: GaussianWorld
  var claim: String { "Description length of random labels" }
  var design: String { world.name }

  func outcome(_ stream: RandomStream) throws -> [Double] {
    var stream = stream
    let sample = world.draw(&stream)
    var settings = OnlineCode.Settings()
    settings.strengths = simulatedStrengths
    let made = try OnlineCode(
      features: sample.features, labels: sample.labels, classes: ["no", "yes"], groups: sample.groups,
      settings: settings, seed: stream.next())
    return [made.code.bits / made.code.labelBits]
  }

  func rows(_ outcomes: [[Double]]) -> [CoverageRow] {
    [
      .mean(design, "L / (n · H(y))", outcomes.map { $0[0] }, claimed: 1...(.infinity)),
      .share(
        design, "runs with L < n · H(y)", outcomes.map { $0[0] < 1 ? 1 : 0 }, claimed: 0...0.05, nominal: 0.05
      ),
    ]
  }
}
