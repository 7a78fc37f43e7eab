import ArgumentParser
import ProbeAnalysis
import ProbeModel

/// `probe doctor`: whether a model is computed as it should be, and how fast.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check a model: invariants, tokenizer, known answers, speed, a reference.",
    discussion: """
      Exit code 0: healthy (warnings included); 1: a check failed. With --reference, also compares activations that \
      another implementation wrote to a safetensors file, tensors named by hook point; see docs/doctor.md. Example:
        probe doctor smollm2-135m --reference activations.safetensors
      """)

  @Argument(help: "A model by name or path.")
  var model: String
  @Option(help: ArgumentHelp("Activations to compare with.", valueName: "file"))
  var reference: String?
  @Option(parsing: .unconditional, help: "What |Δ| may be of max(1, |x|) against the reference.")
  var tolerance = ReferenceActivations.defaultTolerance
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard tolerance.isFinite, tolerance > 0 else {
      throw ValidationError("--tolerance is \(tolerance), expected a number above 0")
    }
  }

  func run() throws {
    let model = try HookedTransformer.open(ModelLocator.path(of: model))
    let reference = try reference.map {
      try ReferenceActivations(path: $0, for: model, tolerance: tolerance)
    }
    let patient = try Patient(model, reference: reference)
    let diagnosis = try Checkup.examine(patient) { Terminal.status("\($0.name): \($0.claim)") }
    Terminal.status(nil)
    if json {
      try Terminal.output(json: diagnosis)
    } else {
      Terminal.output(DoctorTable(diagnosis).text)
    }
    guard diagnosis.isHealthy else { throw Exit.unmet }
  }
}
