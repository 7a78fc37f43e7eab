import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeStore

/// `probe analyze`: answers a spec's questions from its store.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Answer a spec's questions from its store; write the report.",
    discussion: """
      Writes NAME.html and NAME.json to the output folder and prints the verdict. Exits with 1 when an expectation of \
      the spec is not met.
      """)

  @Argument(help: "The experiment spec (YAML or JSON).")
  var spec: String
  @Option(help: "The store's path (.probe/NAME.sqlite unless given).")
  var store: String?
  @Option(help: "The folder for report and results.")
  var out = "Reports"
  @Option(
    help:
      "Also save the chosen probes in this folder, as NAME.ID.LABEL.safetensors, and subspaces as NAME.ID.subspace.safetensors."
  )
  var probes: String?
  @Option(help: "Also write the expectations as JUnit XML to this file.")
  var junit: String?
  @Flag(help: "Print the results as JSON instead of a table.")
  var json = false

  func run() throws {
    let spec = try ExperimentSpec(file: spec)
    let path = store ?? StoreLocation.usual(spec.name)
    let experiment = try Experiment(spec: spec, store: ActivationStore(path, for: .reading))
    let (html, file) = ("\(out)/\(spec.name).html", "\(out)/\(spec.name).json")
    // A folder that cannot be made is better known before the work than after it.
    for output in [file, junit].compactMap({ $0 }) { try StoreLocation.makeFolder(of: output) }
    let answers = try experiment.answers { Terminal.message($0) }
    let (results, report) = (answers.results, answers.report)
    let data = try results.encoded()
    try StoreLocation.write(data, to: file)
    try StoreLocation.write(Data(report.html().utf8), to: html)
    for (name, probe) in probes == nil ? [] : answers.probes {
      let path = "\(probes ?? ".")/\(spec.name).\(name).safetensors"
      try StoreLocation.makeFolder(of: path)
      try probe.write(to: path, overwrite: true)
      Terminal.message("Saved \(path)")
    }
    for file in probes == nil ? [] : answers.files {
      let path = "\(probes ?? ".")/\(spec.name).\(file.name).safetensors"
      try StoreLocation.makeFolder(of: path)
      try SafetensorsFile.write(file.parts.tensors, metadata: file.parts.texts, to: path, overwrite: true)
      Terminal.message("Saved \(path)")
    }
    if let junit { try StoreLocation.write(Data(JUnit(results).xml.utf8), to: junit) }
    if json {
      Terminal.output(data)
    } else {
      Terminal.output(VerdictTable(results).text)
      Terminal.output("\n\(report.verdict.headline)\n\nReport: \(html)")
    }
    guard results.holds else { throw Exit.unmet }
  }
}
