import Foundation
import Testing

/// A capture that is killed at any moment goes on with the same command and ends as if nothing had happened.
///
/// One after the other: the moments are shares of an undisturbed run's time.
@Suite(.serialized) struct InterruptionTests {
  private static let store = ".probe/capture.sqlite"
  /// Every point of the model, every position.
  private static let command = [
    "capture", "--model", FixtureModel.llama, "--corpus", "corpus.jsonl", "--points", "*", "blocks.*.*",
    "blocks.*.*.*",
    "ln_final.*",
  ]

  private static func makeFolder() throws -> Folder {
    let folder = try Folder()
    // 768 sequences of 16 tokens: six batches of 2,048 tokens.
    try folder.write("corpus.jsonl", pairs(384, length: 16))
    return folder
  }

  /// What a run that nobody disturbs leaves, and its time.
  private static let undisturbed = Result {
    let folder = try makeFolder()
    let clock = ContinuousClock()
    let start = clock.now
    let outcome = try Probe.run(command, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let seconds = (clock.now - start) / .seconds(1)
    return (content: try StoreContent(folder.path + "/" + store), seconds: seconds)
  }

  /// Runs the command to its end, and asserts that nothing is different from an undisturbed run.
  private func finish(in folder: Folder, _ history: String) throws {
    let rerun = try Probe.run(Self.command, in: folder)
    #expect(rerun.code == 0, "\(history): \(rerun)")
    let content = try StoreContent(folder.path + "/" + Self.store)
    #expect(content.integrity == ["ok"], "\(history)")
    #expect(try Self.differences(content, Self.undisturbed.get().content) == [], "\(history)")
  }

  /// Which batch a moment hits differs from machine to machine, and must not matter.
  @Test func killedAtAnyMomentTheRerunEndsTheSame() throws {
    let seconds = try Self.undisturbed.get().seconds
    var kills = 0
    for share in [0.15, 0.4, 0.6, 0.8] {
      let folder = try Self.makeFolder()
      let child = try Probe.Child(Self.command, in: folder)
      Thread.sleep(forTimeInterval: seconds * share)
      child.signal(SIGKILL)
      child.wait()
      kills += try child.outcome().wasKilled ? 1 : 0
      try finish(in: folder, "killed after \(share) of the run")
    }
    #expect(kills > 0, "no kill came before the end of the run")
  }

  @Test func killedAgainAndAgainItStillEndsTheSame() throws {
    let seconds = try Self.undisturbed.get().seconds
    let folder = try Self.makeFolder()
    for share in [0.5, 0.5, 0.4] {
      let child = try Probe.Child(Self.command, in: folder)
      Thread.sleep(forTimeInterval: seconds * share)
      child.signal(SIGKILL)
      child.wait()
    }
    try finish(in: folder, "killed three times")
  }

  @Test func controlCEndsWith130AndTheSameCommandGoesOn() throws {
    let folder = try Self.makeFolder()
    let child = try Probe.Child(Self.command, in: folder)
    // The signal is sent when the store is there: by then the program listens.
    while child.isRunning, !folder.has(Self.store) { Thread.sleep(forTimeInterval: 0.002) }
    child.signal(SIGINT)
    child.wait()
    let outcome = try child.outcome()
    try #require(!outcome.wasKilled, "\(outcome)")
    #expect(outcome.code == 130, "\(outcome)")
    #expect(outcome.errors.contains("The same command goes on from there"))
    try finish(in: folder, "interrupted")
  }

  /// Names of the tables whose rows differ; the rows are too long for a message.
  private static func differences(_ a: StoreContent, _ b: StoreContent) -> [String] {
    Set(a.tables.keys).union(b.tables.keys).filter { a.tables[$0] != b.tables[$0] }.sorted()
  }
}
