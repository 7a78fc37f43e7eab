import Foundation
import ProbeMath
import ProbeModel

/// One thing that `probe doctor` looks at.
///
/// A check is a file under `Doctor/Checks` and a line in ``Checkup/all``. It answers with a ``CheckResult``; it throws only
/// what the caller must hear of (a reference file that does not fit the model), never to say that a model is ill.
public struct HealthCheck: Sendable {
  /// The name, in tables and JSON: lower case and hyphens.
  public let name: String
  /// What a healthy model does, in one phrase.
  public let claim: String
  /// Whether it compares activations, which says nothing once they are NaN or infinite.
  let readsActivations: Bool
  let look: @Sendable (Patient) throws -> CheckResult

  init(
    _ name: String, claim: String, readsActivations: Bool = true,
    look: @escaping @Sendable (Patient) throws -> CheckResult
  ) {
    (self.name, self.claim, self.readsActivations, self.look) = (name, claim, readsActivations, look)
  }

  /// The check's answer for a model.
  public func result(for patient: Patient) throws -> CheckResult {
    var result = try look(patient)
    result.name = name
    return result
  }
}

/// All checks there are, and what they find in a model.
public enum Checkup {
  /// Every check, in the order of the table; a new one is one line here.
  public static let all: [HealthCheck] = [
    .finiteActivations, .residualIdentity, .attention, .packing, .earlyStop, .threads, .cachedBeginning,
    .normOutliers,
    .tokenizer, .knownAnswers, .repetition, .kernels, .reference,
  ]

  /// Runs the checks, every one unless told otherwise.
  ///
  /// Once activations are not finite, checks that compare activations are not applicable: all of them would say the same.
  ///
  /// - Parameter progress: told the name of each check before it runs.
  /// - Throws: errors of the run, and ``ModelError`` for a reference file that does not fit the model.
  public static func examine(
    _ patient: Patient, checks: [HealthCheck] = all, progress: (HealthCheck) -> Void = { _ in }
  ) throws -> Diagnosis {
    try BLAS.load()
    var results: [CheckResult] = []
    var isFinite = true
    for check in checks {
      progress(check)
      guard isFinite || !check.readsActivations else {
        var result = CheckResult.notApplicable("activations are not finite")
        result.name = check.name
        results.append(result)
        continue
      }
      let result = try check.result(for: patient)
      if check.name == HealthCheck.finiteActivations.name { isFinite = result.verdict != .failed }
      results.append(result)
    }
    return Diagnosis(model: patient.model, checks: results)
  }
}

/// The checks' answers for one model. Its JSON form is documented in docs/doctor.md.
public struct Diagnosis: Sendable, Encodable {
  /// Version of the JSON shape.
  public let schema = 1
  /// The model's name.
  public let model: String
  /// Its family.
  public let architecture: String
  /// Where it lies.
  public let path: String
  /// Whether no check failed.
  public let isHealthy: Bool
  /// One answer a check, in the order of ``Checkup/all``.
  public let checks: [CheckResult]

  init(model: HookedTransformer, checks: [CheckResult]) {
    (self.model, architecture, path, self.checks) = (model.name, model.architecture, model.path, checks)
    isHealthy = !checks.contains { $0.verdict == .failed }
  }

  private enum CodingKeys: String, CodingKey {
    case schema, model, architecture, path, checks
    case isHealthy = "healthy"
  }
}
