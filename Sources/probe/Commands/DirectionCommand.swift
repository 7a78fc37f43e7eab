import ArgumentParser
import Foundation
import ProbeAnalysis

/// `probe direction`: the vector of a saved linear probe, for steering.
struct DirectionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "direction",
    abstract: "Write a saved probe's direction as a vector file for `probe run`.",
    discussion: """
      The direction in activation space along which the log-odds of a class rise fastest; --unit scales it to length 1. \
      Example:
        probe direction truth.safetensors --towards true --unit --out truth.json
        probe run smollm2-135m --prompt 'Rome is in' --steer 'resid_post.12=8*truth.json'
      """)

  @Argument(help: "The saved probe (.safetensors), a linear one.")
  var probe: String
  @Option(help: "The class.")
  var towards: String
  @Flag(help: "Scale it to length 1.")
  var unit = false
  @Option(help: "The file.")
  var out: String

  func run() throws {
    let saved = try SavedProbe(file: probe)
    var vector = try saved.direction(towards: towards)
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let scale = unit && length > 0 ? length : 1
    vector = vector.map { Float(Double($0) / scale) }
    try StoreLocation.write(SavedProbe.json(vector), to: out)
    Terminal.message(
      "\(vector.count) values at \(saved.origin.point), length \(String(format: "%.4g", length / scale)), written to "
        + out)
  }
}
