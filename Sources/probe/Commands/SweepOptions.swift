import ArgumentParser
import ProbeModel

/// What `probe run` sweeps over.
struct SweepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Patch this hook point from the source, at each layer and place in its turn.", valueName: "POINT"))
  var sweep: String?
  @Option(
    help: ArgumentHelp("A sweep's places; heads where the point has them otherwise.", valueName: "PLACES"))
  var over: PatchingSweep.Places?
  @Flag(help: "Print a sweep's changes of the logit difference, in place of shares.")
  var changes = false

  func validate() throws {
    guard sweep == nil else { return }
    if over != nil { throw ValidationError("--over says what --sweep goes over: give --sweep POINT.") }
    if changes { throw ValidationError("--changes says what --sweep prints: give --sweep POINT.") }
  }
}

extension PatchingSweep.Places: ExpressibleByArgument {}
