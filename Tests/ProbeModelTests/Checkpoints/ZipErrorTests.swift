import Foundation
import Testing

@testable import ProbeModel

/// Archives that are not what PyTorch writes, or could be read in two ways.
@Suite struct ZipErrorTests {
  typealias P = PickleBytes

  private func archive(_ edit: (inout ZipBytes) -> Void = { _ in }) -> Data {
    var zip = ZipBytes.checkpoint(
      pickle: P.pickle(P.dictionary(("w", P.tensor()))), storages: [("0", Data(count: 16))])
    edit(&zip)
    return zip.data
  }

  private func failure(_ edit: (inout ZipBytes) -> Void) throws -> ModelError {
    try modelError { try PyTorch.tensors(in: MappedFile(bytes: archive(edit), name: "m.pt")) }
  }

  @Test func theSmallFileItselfIsRead() throws {
    let edits: [(inout ZipBytes) -> Void] = [
      { _ in }, { $0.hasZip64Record = false }, { $0.comment = Data("PK\u{5}\u{6} as a comment".utf8) },
      { $0.entries[2].wide = (16, nil) },
      { $0.shortCount = .max },
    ]
    for edit in edits {
      let tensors = try PyTorch.tensors(in: MappedFile(bytes: archive(edit), name: "m.pt"))
      #expect(tensors.keys.sorted() == ["w"])
    }
  }

  @Test func aFileThatIsNoArchiveIsRefused() throws {
    let other = try modelError { try PyTorch.tensors(in: MappedFile(bytes: Data("GGUF".utf8), name: "m.pt")) }
    #expect(other.reason == .corrupt && other.problem == "not a zip archive, which PyTorch's checkpoints are")
    let pickle = P.pickle(P.op("}"))
    let alone = try modelError { try PyTorch.tensors(in: MappedFile(bytes: pickle, name: "m.pt")) }
    #expect(alone.problem == "a pickle alone, expected the zip archive that torch.save writes")
  }

  @Test func bytesAfterTheArchiveAreRefused() throws {
    let error = try failure { $0.tail = Data([0]) }
    #expect(error.reason == .corrupt && error.problem == "no zip directory at the end of the file")
  }

  @Test func namesThatOccurTwiceAreRefused() throws {
    let error = try failure { $0.entries.append($0.entries[0]) }
    #expect(error == ModelError(.corrupt, at: "m.pt: entry archive/data.pkl", "the name occurs twice"))
  }

  @Test func entriesThatOverlapAreRefused() throws {
    // The second header lies in the data of the first entry, where a scanner would not look for it.
    let error = try failure { zip in
      let inner = ZipBytes(
        entries: [.init(name: "archive/data/1", data: Data(count: 4))], hasZip64Record: false)
      let outer = zip.entries.removeLast()
      zip.entries.append(.init(name: outer.name, data: inner.data.prefix(48)))
      let start = zip.entries.dropLast().reduce(0) { $0 + 30 + $1.name.utf8.count + $1.data.count }
      zip.entries.append(
        .init(
          name: "archive/data/1", data: Data(count: 4), offset: UInt32(start + 30 + outer.name.utf8.count)))
    }
    #expect(
      error
        == ModelError(.corrupt, at: "m.pt", "the zip entries archive/data/0 and archive/data/1 overlap"))
  }

  @Test func aLocalHeaderThatSaysOtherwiseIsRefused() throws {
    for edit in [
      { $0.entries[0].localName = "archive/data.pkm" }, { $0.entries[0].localName = "a" },
      { $0.entries[0].offset = 1 }, { $0.entries[1].offset = 0 },
    ] as [(inout ZipBytes) -> Void] {
      let error = try failure(edit)
      #expect(error.reason == .corrupt && error.problem.hasSuffix("does not agree with the zip directory"))
    }
    let error = try failure { $0.entries[0].offset = UInt32.max - 1 }
    #expect(error.problem == "its header at byte 4294967294 lies outside the archive's data")
  }

  @Test func compressedAndEncryptedEntriesAreRefused() throws {
    var error = try failure { $0.entries[0].method = 8 }
    #expect(error.reason == .unsupported && error.location == "m.pt: entry archive/data.pkl")
    #expect(error.problem == "the entry is compressed (method 8), expected a stored one")
    error = try failure { $0.entries[0].flags = 1 }
    #expect(error.reason == .unsupported && error.problem == "the entry is encrypted")
  }

  @Test func sizesBeyondTheArchiveAreRefused() throws {
    for size in [17 as UInt32, 1 << 31] {
      let error = try failure { $0.entries[2].size = size }
      #expect(error.reason == .corrupt && error.problem.hasPrefix("its \(size) bytes at byte "))
      #expect(error.problem.hasSuffix("reach into the zip directory"))
    }
    for size in [17, UInt64(Int64.max), UInt64.max] {
      let error = try failure { $0.entries[2].wide = (size, nil) }
      #expect(error.reason == .corrupt && error.problem.hasPrefix("its \(size) bytes at byte "), "\(error)")
    }
    let error = try failure { $0.entries[2].wide = (16, UInt64.max - 3) }
    #expect(error.problem == "its header at byte 18446744073709551612 lies outside the archive's data")
  }

  @Test func endRecordsThatLieAreRefused() throws {
    for edit in [{ $0.count = 2 }, { $0.count = 1 << 40 }, { $0.size += 1 }, { $0.start = 0 }]
      as [(inout (count: UInt64, size: UInt64, start: UInt64)) -> Void]
    {
      let error = try failure { $0.editRecord = edit }
      #expect(error.reason == .corrupt)
      #expect(error.problem == "the two end records of the zip contradict each other")
    }
    var error = try failure {
      $0.editRecord = { $0.count = .max }
      $0.shortCount = .max
    }
    #expect(
      error.reason == .corrupt && error.problem.hasPrefix("the zip directory (18446744073709551615 entries"))
    error = try failure {
      $0.hasZip64Record = false
      $0.shortCount = 2
    }
    #expect(error.problem == "the zip directory holds more than the 2 entries it declares")
    error = try failure {
      $0.hasZip64Record = false
      $0.shortCount = 4
    }
    #expect(error.reason == .corrupt && error.location == "m.pt")
  }

  @Test func archivesOfSomethingElseAreRefused() throws {
    var error = try failure { $0.entries.removeFirst() }
    #expect(error.reason == .unsupported)
    #expect(
      error.problem == "a zip archive with no folder that holds a data.pkl: not a checkpoint of torch")
    error = try failure { $0.entries.append(.init(name: "b/data.pkl", data: Data())) }
    #expect(error.problem.hasPrefix("a zip archive with more than one folder that holds a data.pkl"))
    for name in ["archive/constants.pkl", "archive/code/__torch__.py"] {
      error = try failure { $0.entries.append(.init(name: name, data: Data())) }
      #expect(error.reason == .unsupported && error.problem == "a TorchScript archive, which holds a program")
    }
    error = try failure { $0.entries[1].data = Data("big".utf8) }
    #expect(error.reason == .unsupported && error.location == "m.pt: entry archive/byteorder")
    #expect(error.problem == "the byte order is big, expected little")
  }
}
