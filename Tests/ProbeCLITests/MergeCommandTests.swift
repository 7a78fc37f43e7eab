import Foundation
import Testing

/// `probe capture --shard` and `probe store merge`, as processes.
@Suite struct MergeCommandTests {
  private let parts = ["s.shard-0-of-2.sqlite", "s.shard-1-of-2.sqlite"]

  /// A folder with a capture in two parts, of several batches.
  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(600))
    try folder.write("first.yaml", CommandTests.spec())
    for index in 0..<2 {
      let outcome = try Probe.run(
        ["capture", "first.yaml", "--store", "s.sqlite", "--shard", "\(index)/2"], in: folder)
      #expect(outcome.code == 0, "\(outcome)")
    }
    return folder
  }

  @Test func mergedPartsHoldWhatOneCaptureHolds() throws {
    let folder = try folder()
    let merge = ["store", "merge", "merged/s.sqlite"] + parts.reversed()
    let first = try Probe.run(merge, in: folder)
    #expect(first.code == 0 && first.output == "", "\(first)")
    #expect(first.errors.contains(" written to merged/s.sqlite"), "\(first)")
    #expect(!folder.has("merged/s.sqlite-wal"))
    let whole = try Probe.run(["capture", "first.yaml", "--store", "whole.sqlite"], in: folder)
    #expect(whole.code == 0, "\(whole)")
    #expect(
      try StoreContent(folder.path + "/merged/s.sqlite") == StoreContent(folder.path + "/whole.sqlite"))
    let again = try Probe.run(merge, in: folder)
    #expect(again.code == 0 && again.errors.contains("nothing to do"), "\(again)")
  }

  @Test func aPartIsNotWrittenInto() throws {
    let folder = try folder()
    let before = try parts.map { try folder.read($0) }
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.path + "/soft.sqlite", withDestinationPath: parts[1])
    try files.linkItem(atPath: folder.path + "/" + parts[1], toPath: folder.path + "/hard.sqlite")
    for out in [parts[1], "./" + parts[1], "soft.sqlite", "hard.sqlite"] {
      let outcome = try Probe.run(["store", "merge", out] + parts, in: folder)
      #expect(outcome.code == 64, "\(outcome)")
      #expect(
        outcome.errors.contains("OUT, \(out), is the same file as the part \(parts[1]): give another"),
        "\(outcome)")
    }
    #expect(try parts.map { try folder.read($0) } == before)
  }

  @Test func aMergeWithoutAllPartsWritesNothing() throws {
    let folder = try folder()
    let alone = try Probe.run(["store", "merge", "s.sqlite", parts[0]], in: folder)
    #expect(alone.code == 65 && alone.errors.contains("there is no 1/2"), "\(alone)")
    #expect(!folder.has("s.sqlite"))
  }

  @Test(arguments: [
    (["--shard", "4/4"], "expected an index from 0 to 3, found 4"),
    (["--shard", "4"], "expected i/n or auto/n"),
    (["--subsample", "3"], "give --max-bytes, too"),
    (["--positions", "every:0"], "every:0"),
    (["--max-bytes", "-1"], "--max-bytes"),
  ])
  func whatCannotBeMeantIsAUsageError(options: [String], text: String) throws {
    let folder = try Folder()
    try folder.write("corpus.jsonl", pairs(3))
    try folder.write("first.yaml", CommandTests.spec())
    let run = try Probe.run(["capture", "first.yaml"] + options, in: folder)
    #expect(run.code == 64, "\(run)")
    #expect(run.errors.contains(text), "\(run)")
    #expect(!folder.has(".probe"))
  }
}
