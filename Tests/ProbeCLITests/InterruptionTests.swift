import Foundation
import Testing

/// A capture that is killed at any moment goes on with the same command and ends as if nothing had happened.
@Suite struct InterruptionTests {
  private static let store = ".probe/capture.sqlite"
  /// Every point of the model, every position: many batches, some milliseconds each.
  private static let command = [
    "capture", "--model", FixtureModel.llama, "--corpus", "corpus.jsonl", "--points", "*", "blocks.*.*",
    "blocks.*.*.*",
    "ln_final.*",
  ]

  private func folder() throws -> Folder {
    let folder = try Folder()
    // 600 sequences of 48 tokens: 15 batches of up to 2,048 tokens.
    try folder.write("corpus.jsonl", pairs(300, length: 48))
    return folder
  }

  private func uninterrupted() throws -> (content: StoreContent, seconds: Double) {
    let folder = try folder()
    let clock = ContinuousClock()
    let start = clock.now
    let outcome = try Probe.run(Self.command, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let seconds = (clock.now - start) / .seconds(1)
    return (try StoreContent(folder.path + "/" + Self.store), seconds)
  }

  @Test func killedAtAnyMomentTheRerunEndsTheSame() throws {
    let (expected, seconds) = try uninterrupted()
    #expect(expected.integrity == ["ok"])
    var killed = 0
    // Moments over the whole run; which batch they hit differs from machine to machine, and must not matter.
    for fraction in [0.1, 0.3, 0.45, 0.6, 0.75, 0.9] {
      let folder = try folder()
      let child = try Probe.Child(Self.command, in: folder)
      Thread.sleep(forTimeInterval: seconds * fraction)
      child.signal(SIGKILL)
      child.wait()
      killed += try child.outcome().wasKilled ? 1 : 0
      let rerun = try Probe.run(Self.command, in: folder)
      #expect(rerun.code == 0, "after \(fraction): \(rerun)")
      let content = try StoreContent(folder.path + "/" + Self.store)
      #expect(content.integrity == ["ok"])
      #expect(Self.differences(content, expected) == [], "killed after \(fraction) of the run")
    }
    #expect(killed > 0, "no kill came before the end of the run")
  }

  /// Killed again and again, each time a little later, it still ends.
  @Test func killedManyTimesItStillEndsTheSame() throws {
    let (expected, seconds) = try uninterrupted()
    let folder = try folder()
    for kill in 0..<4 {
      let child = try Probe.Child(Self.command, in: folder)
      Thread.sleep(forTimeInterval: seconds * (0.3 + 0.05 * Double(kill)))
      child.signal(SIGKILL)
      child.wait()
    }
    let rerun = try Probe.run(Self.command, in: folder)
    #expect(rerun.code == 0, "\(rerun)")
    #expect(try Self.differences(StoreContent(folder.path + "/" + Self.store), expected) == [])
  }

  @Test func controlCEndsWith130AndTheSameCommandGoesOn() throws {
    let (expected, _) = try uninterrupted()
    let folder = try folder()
    let child = try Probe.Child(Self.command, in: folder)
    // The signal is sent when the store is there: by then the program listens.
    while child.isRunning, !folder.has(Self.store) { Thread.sleep(forTimeInterval: 0.002) }
    child.signal(SIGINT)
    child.wait()
    let outcome = try child.outcome()
    try #require(!outcome.wasKilled, "\(outcome)")
    #expect(outcome.code == 130, "\(outcome)")
    #expect(outcome.errors.contains("The same command goes on from there"))
    let rerun = try Probe.run(Self.command, in: folder)
    #expect(rerun.code == 0, "\(rerun)")
    #expect(try Self.differences(StoreContent(folder.path + "/" + Self.store), expected) == [])
  }

  /// Names of the tables whose rows differ; the rows are too long for a message.
  private static func differences(_ a: StoreContent, _ b: StoreContent) -> [String] {
    Set(a.tables.keys).union(b.tables.keys).filter { a.tables[$0] != b.tables[$0] }.sorted()
  }
}
