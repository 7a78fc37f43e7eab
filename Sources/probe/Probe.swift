import ArgumentParser
import ProbeAnalysis

/// The root command.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "What does a transformer represent? Capture its hidden activations, ask, read the report.",
    discussion: """
      probe capture Probes/capitals-truth.yaml    run the model, keep its activations in .probe/capitals-truth.sqlite
      probe analyze Probes/capitals-truth.yaml    answer the questions, write Reports/capitals-truth.html and .json

      Exit codes: 0 done and every expectation met; 1 an expectation not met (diff: a regression); 64 usage; 65 bad data; 66 input not \
      found; 69 a needed part is unavailable; 70 internal error; 73 cannot create output; 74 input/output error; \
      130 interrupted (the same command goes on).
      """,
    version: Experiment.version,
    subcommands: [
      CaptureCommand.self, AnalyzeCommand.self, ApplyCommand.self, CheckCommand.self, DiffCommand.self,
      HooksCommand.self, ModelsCommand.self, RunCommand.self, DirectionCommand.self, DoctorCommand.self,
      ExportCommand.self, StoreCommand.self, CorpusCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    do {
      var command = try Probe.parseAsRoot()
      try command.run()
    } catch {
      Exit.end(with: error)
    }
  }
}
