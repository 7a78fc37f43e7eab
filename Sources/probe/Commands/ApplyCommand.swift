import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeStore

/// `probe apply`: a saved probe on other data.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Apply a saved probe to another capture: trained on A, tested on B.",
    discussion: """
      Nothing is fitted. Refused are activations of other weights, classes that the probe does not know, and examples \
      that it was fitted on. Example:
        probe apply truth.safetensors --store .probe/elements-truth.sqlite
      """)

  @Argument(help: "The saved probe (.safetensors).")
  var probe: String
  @Option(help: "The store.")
  var store: String
  @Option(help: "A capture by number or name; needed where the store holds several.")
  var capture: String?
  @Option(help: "The label with the truth; the probe's own unless given.")
  var label: String?
  @Option(help: "Also write the outcome as JSON, with what was said about every item, to this file.")
  var out: String?
  @Flag(help: "Take activations of other weights than the probe was fitted on.")
  var anyModel = false
  @Flag(help: "Take examples that the probe was fitted on.")
  var allowOverlap = false
  @Flag(help: "Print the outcome as JSON instead of a table.")
  var json = false

  func run() throws {
    var application = ProbeApplication(try SavedProbe(file: probe))
    if let label { application.label = label }
    application.allowsAnyModel = anyModel
    application.allowsOverlap = allowOverlap
    let store = try ActivationStore(store, for: .reading)
    let outcome = try application.outcome(on: store, store.capture(capture))
    if let out {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try StoreLocation.write(try encoder.encode(outcome), to: out)
    }
    if json { try Terminal.output(json: outcome) } else { Terminal.output(AppliedProbeText(outcome).text) }
  }
}
