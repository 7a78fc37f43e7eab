import ProbeModel

extension HealthCheck {
  /// The number of threads changes no bit.
  static let threads = HealthCheck(
    "threads", claim: "one thread and two give the same bits"
  ) { patient in
    .notApplicable("this engine runs a pass on one thread")
  }
}
