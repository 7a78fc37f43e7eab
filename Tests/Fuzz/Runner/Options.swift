import ArgumentParser
import Foundation
import ProbeFuzz

/// Which readers, on which seeds.
struct TargetOptions: ParsableArguments {
  @Option(help: "The folder of the project's fixtures.")
  var fixtures = "Tests/Fixtures"
  @Option(help: "Number that every change derives from.")
  var seed: UInt64 = 1

  /// The reader called `name`.
  func target(_ name: String) throws -> FuzzTarget {
    if let broken = FuzzTarget.broken.first(where: { $0.name == name }) { return broken }
    let targets = try FuzzTarget.all(FuzzFolder(fixtures: absoluteFixtures))
    guard let target = targets.first(where: { $0.name == name }) else {
      throw ValidationError("no reader \(name): there are \(targets.map(\.name).joined(separator: ", "))")
    }
    return target
  }

  /// Symbolic links are made to files below, so the path must hold anywhere.
  var absoluteFixtures: String { URL(fileURLWithPath: fixtures).path }
}
