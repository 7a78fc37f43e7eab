import ProbeMath
import ProbeModel

extension HealthCheck {
  /// Every value of every point is a finite number. The first point that is not names the place of the damage.
  static let finiteActivations = HealthCheck(
    "finite-activations", claim: "every activation is a finite number"
  ) { patient in
    let model = patient.model
    // hook_result is nHeads times as wide as the stream and a linear map of hook_z, which is looked at.
    let points = model.hookPoints.filter { $0.site != .result }
    var firstBad: (point: HookPoint, row: Int)?
    let batch = patient.batch
    try model.run(batch, observing: Set(points), in: model.makeWorkspace()) { view in
      guard firstBad == nil else { return }
      for row in 0..<batch.rowCount where firstNonFinite(UnsafeBufferPointer(view[row])) != nil {
        firstBad = (view.point, row)
        return
      }
    }
    let expected = "all \(points.count) points finite over \(batch.rowCount) tokens"
    guard let (point, row) = firstBad else { return CheckResult(.ok, found: expected, expected: expected) }
    let token = Int(batch.tokens[row])
    return CheckResult(
      .failed, found: "NaN or infinity first at \(point.name), token \(patient.name(ofToken: token))",
      expected: expected,
      advice: "A weight read there is damaged or overflowed when it was converted: fetch the checkpoint again"
    )
  }
}
