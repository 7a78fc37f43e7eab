import ProbeAnalysis
import ProbeMath

/// Selectivity is about 0 when the task is itself a lot drawn for each type: it is then a second control task.
struct SelectivityCheck: CoverageCheck {
  let types: Int
  var claim: String { "Selectivity of a random-label task" }
  var design: String { "\(types) types, 120 groups of 3" }

  func outcome(_ stream: RandomStream) throws -> [Double] {
    var stream = stream
    let groups = (0..<360).map { "g\($0 / 3)" }
    let type = groups.map { _ in stream.index(below: types) }
    // Half of the types each, so that both tasks have two classes of the same size.
    func lots() -> [Int] {
      let lot = stream.permutation(types).map { $0 % 2 }
      return type.map { lot[$0] }
    }
    let (labels, control) = (lots(), lots())
    let meanings = (0..<types).map { _ in (0..<16).map { _ in Float(stream.normal()) } }
    let features = Tensor(rows: type.map { meanings[$0].map { $0 + 0.5 * Float(stream.normal()) } })
    let classes = ["no", "yes"]
    var design = try ProbeDesign(labels: labels, classes: classes, groups: groups, seed: stream.next())
    design.strengths = simulatedStrengths
    design.replicates = 500
    let study = ProbeStudy(design)
    let task = try study.evaluate(features, named: "task")
    let controlTarget = ProbeTarget.classes(labels: control, names: classes)
    let other = try study.evaluate(features, for: controlTarget, named: "control")
    return [
      study.selectivity(task, control: other, of: controlTarget, .accuracy).value ?? .nan, other.trainScore,
      task.test(.accuracy)?.value ?? .nan,
    ]
  }

  func rows(_ outcomes: [[Double]]) -> [CoverageRow] {
    [
      .mean(design, "selectivity", outcomes.map { $0[0] }, claimed: 0...0),
      .mean(design, "accuracy on the task", outcomes.map { $0[2] }, claimed: nil),
      .mean(design, "training accuracy on the control", outcomes.map { $0[1] }, claimed: nil),
    ]
  }
}
