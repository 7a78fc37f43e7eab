import Foundation
import Testing

@testable import ProbeModel

@Suite struct DigestCacheTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A cache that keeps digests of 4 bytes and more; its clock runs `ahead` seconds before the real one, so that the
  /// files of the test are settled.
  private func cache(ahead: Int = 60) -> DigestCache {
    DigestCache(environment: ["PROBE_CACHE": folder.path + "/cache"], smallest: 4, now: { time(nil) + ahead })
  }

  private func entries() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache")) ?? []).sorted()
      .map { "\(folder.path)/cache/\($0)" }
  }

  private func digest(_ path: String, ahead: Int = 60) throws -> String {
    cache(ahead: ahead).digest(of: [try MappedFile(path: path)])
  }

  /// Puts `digest` into the only entry, with everything else and the entry's own digest right, so that a digest that
  /// comes from the entry can be told from one that was computed.
  private func forge(_ digest: String) throws {
    let path = try #require(entries().first)
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropLast()
    let place = try #require(lines.lastIndex { $0.hasPrefix("sha256 ") })
    lines[place] = "sha256 \(digest)"
    let text = lines.joined(separator: "\n") + "\n"
    try Data((text + "entry \(SHA256Digest.of(text))\n").utf8).write(to: URL(fileURLWithPath: path))
  }

  private static let mark = String(repeating: "5", count: 64)

  @Test func anUnchangedFileIsNotReadAgain() throws {
    let path = try folder.write("weights", "some weights")
    #expect(try digest(path) == SHA256Digest.of("some weights"))
    #expect(entries().map { ($0 as NSString).lastPathComponent } == [SHA256Digest.of(path)])
    try forge(Self.mark)
    #expect(try digest(path) == Self.mark)
  }

  @Test func anEditOfTheSameSizeWithItsTimeSetBackIsNoticed() throws {
    let path = try folder.write("weights", "some weights")
    _ = try digest(path)
    let before = try #require(FileStamp(path: path))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: Data("SOME".utf8))
    try handle.close()
    try setTimes(path, before)
    let after = try #require(FileStamp(path: path))
    #expect(
      (after.size, after.inode, after.modified) == (before.size, before.inode, before.modified))
    #expect(try digest(path) == SHA256Digest.of("SOME weights"))
  }

  @Test func aFileThatTakesThePlaceOfAnotherIsNoticed() throws {
    let path = try folder.write("weights", "some weights")
    let other = try folder.write("other", "SOME weights")
    _ = try digest(path)
    let before = try #require(FileStamp(path: path))
    try setTimes(other, before)
    #expect(rename(other, path) == 0)
    #expect(try #require(FileStamp(path: path)).modified == before.modified)
    #expect(try digest(path) == SHA256Digest.of("SOME weights"))
  }

  @Test func bytesThatWereMappedBeforeAReplacementAreThoseDigested() throws {
    let path = try folder.write("weights", "some weights")
    let mapped = try MappedFile(path: path)
    #expect(rename(try folder.write("other", "SOME weights"), path) == 0)
    #expect(cache().digest(of: [mapped]) == SHA256Digest.of("some weights"))
    #expect(try digest(path) == SHA256Digest.of("SOME weights"))
    #expect(cache().digest(of: [mapped]) == SHA256Digest.of("some weights"))
  }

  @Test func aFileThatChangedJustNowIsNotKept() throws {
    let path = try folder.write("weights", "some weights")
    #expect(try digest(path, ahead: 0) == SHA256Digest.of("some weights"))
    #expect(try digest(path, ahead: 2) == SHA256Digest.of("some weights"))
    #expect(entries().isEmpty)
    // A clock that was set back proves nothing either.
    #expect(try digest(path, ahead: -1_000_000) == SHA256Digest.of("some weights"))
    #expect(entries().isEmpty)
  }

  @Test func aFileThatChangesWhileItIsDigestedIsNotKept() throws {
    let path = try folder.write("weights", "some weights")
    // The clock is asked once, before the first byte is read.
    let cache = DigestCache(environment: ["PROBE_CACHE": folder.path + "/cache"], smallest: 4) {
      try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      return time(nil) + 60
    }
    #expect(cache.digest(of: [try MappedFile(path: path)]) == SHA256Digest.of("some weights"))
    #expect(entries().isEmpty)
  }

  @Test func anEntryCutShortAnywhereIsIgnored() throws {
    let path = try folder.write("weights", "some weights")
    _ = try digest(path)
    let entry = try #require(entries().first)
    try forge(Self.mark)
    let whole = try Data(contentsOf: URL(fileURLWithPath: entry))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: entry))
      #expect(try digest(path) == SHA256Digest.of("some weights"))
    }
  }

  @Test func anEntryWithAnyByteGarbledIsIgnored() throws {
    let path = try folder.write("weights", "some weights")
    _ = try digest(path)
    let entry = try #require(entries().first)
    try forge(Self.mark)
    let whole = try Data(contentsOf: URL(fileURLWithPath: entry))
    for place in whole.indices {
      var garbled = whole
      garbled[place] ^= 1
      try garbled.write(to: URL(fileURLWithPath: entry))
      #expect(try digest(path) == SHA256Digest.of("some weights"))
    }
  }

  @Test func whateverElseLiesInAnEntrysPlaceIsIgnored() throws {
    let path = try folder.write("weights", "some weights")
    _ = try digest(path)
    let entry = try #require(entries().first)
    try FileManager.default.removeItem(atPath: entry)
    try FileManager.default.createDirectory(atPath: entry, withIntermediateDirectories: false)
    #expect(try digest(path) == SHA256Digest.of("some weights"))
    try FileManager.default.removeItem(atPath: entry)
    #expect(mkfifo(entry, 0o600) == 0)
    #expect(try digest(path) == SHA256Digest.of("some weights"))
  }

  @Test func aFolderThatCannotBeMadeIsNoError() throws {
    let path = try folder.write("weights", "some weights")
    try folder.write("cache", "a file in the folder's place")
    #expect(try digest(path) == SHA256Digest.of("some weights"))
    let nowhere = DigestCache(environment: [:], smallest: 4) { time(nil) + 60 }
    #expect(nowhere.folder == nil)
    #expect(nowhere.digest(of: [try MappedFile(path: path)]) == SHA256Digest.of("some weights"))
  }

  @Test func smallFilesAndMemoryLeaveNoEntry() throws {
    #expect(try digest(folder.write("tiny", "abc")) == SHA256Digest.of("abc"))
    #expect(
      cache().digest(of: [MappedFile(bytes: Array("some weights".utf8), name: "memory")])
        == SHA256Digest.of("some weights"))
    #expect(entries().isEmpty)
  }

  @Test func severalFilesAndWhatFollowsThemAreOneEntry() throws {
    let files = [try folder.write("a", "first"), try folder.write("b", "second")]
    func digest(_ paths: [String], then appendix: String) throws -> String {
      cache().digest(of: try paths.map { try MappedFile(path: $0) }, then: appendix)
    }
    #expect(try digest(files, then: "{}") == SHA256Digest.of("firstsecond{}"))
    #expect(entries().count == 1)
    try forge(Self.mark)
    #expect(try digest(files, then: "{}") == Self.mark)
    #expect(try digest(files, then: "{1}") == SHA256Digest.of("firstsecond{1}"))
    #expect(try digest(files.reversed(), then: "{}") == SHA256Digest.of("secondfirst{}"))
    #expect(try digest([files[0]], then: "") == SHA256Digest.of("first"))
    try folder.write("b", "SECOND")
    #expect(try digest(files, then: "{1}") == SHA256Digest.of("firstSECOND{1}"))
  }

  /// A cache has no state in the process: threads meet in its folder alone, as processes do. The clock runs ahead, so
  /// that digests are kept; sizes tell the versions apart, because times within a tick of the kernel's do not.
  @Test func manyWhoDigestWhileFilesAreReplacedAllGetTheirOwnBytesDigest() throws {
    let path = try folder.write("weights", "weights")
    let wrong = Counter()
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for round in 0..<40 {
        do {
          if worker == 0 {
            let other = try folder.write("other", String(repeating: "weights", count: 2 + round))
            guard rename(other, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
          }
          let mapped = try MappedFile(path: path)
          let plain = SHA256Digest.of(String(decoding: mapped.bytes, as: UTF8.self))
          if cache().digest(of: [mapped]) != plain { wrong.add() }
        } catch {
          wrong.add()
        }
      }
    }
    #expect(wrong.count == 0)
    #expect(entries().map { ($0 as NSString).lastPathComponent } == [SHA256Digest.of(path)])
  }

  @Test func aModelsIdentityIsTheSameWithAndWithoutTheCache() throws {
    let model = try HookedTransformer.open(Fixture(name: "llama-mha").path)
    let none = DigestCache(environment: [:])
    let first = model.identity(cache: cache())
    #expect(entries().count == 1)
    #expect(first == model.identity(cache: none))
    #expect(model.identity(cache: cache()) == first)
    try forge(Self.mark)
    #expect(model.identity(cache: cache()).weightsDigest == Self.mark)
    #expect(try HookedTransformer.weightsDigest(of: model.path, cache: none) == first.weightsDigest)
  }

  @Test func theFolderFollowsTheEnvironment() {
    func folder(_ environment: [String: String]) -> String? { DigestCache(environment: environment).folder }
    let home = ["HOME": "/home/ada"]
    #expect(folder(home) == "/home/ada/.cache/probe")
    #expect(folder(home.merging(["XDG_CACHE_HOME": "/caches"]) { $1 }) == "/caches/probe")
    #expect(folder(home.merging(["XDG_CACHE_HOME": "caches"]) { $1 }) == "/home/ada/.cache/probe")
    #expect(folder(["PROBE_CACHE": "here", "XDG_CACHE_HOME": "/caches"]) == "here")
    #expect(folder(home.merging(["PROBE_CACHE": ""]) { $1 }) == "/home/ada/.cache/probe")
    #expect(folder([:]) == nil)
  }

  private func setTimes(_ path: String, _ stamp: FileStamp) throws {
    let time = timespec(tv_sec: stamp.modified.seconds, tv_nsec: stamp.modified.nanoseconds)
    try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
  }
}

/// Counts from several threads.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0

  func add() { lock.withLock { value += 1 } }
  var count: Int { lock.withLock { value } }
}
