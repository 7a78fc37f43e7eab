import Foundation
import ProbeModel
import Testing

@Suite struct DigestTests {
  /// The example messages of FIPS 180-4 (NIST's "Examples with Intermediate Values").
  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ])
  func sha256MatchesThePublishedVectors(message: String, digest: String) {
    #expect(SHA256Digest.of(message) == digest)
  }

  @Test func piecesDigestLikeTheWhole() {
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var whole = SHA256Digest()
    whole.update(bytes)
    var pieces = SHA256Digest()
    for start in stride(from: 0, to: bytes.count, by: 777) {
      pieces.update(bytes[start..<min(start + 777, bytes.count)])
    }
    let (one, other) = (whole.finish(), pieces.finish())
    #expect(one == other)
  }

  @Test func aFileDigestsLikeItsBytes() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    // More than two of the reader's 1 MiB pieces.
    let text = String(repeating: "0123456789abcdef", count: 150_000)
    try Data(text.utf8).write(to: url)
    #expect(try SHA256Digest.ofFile(url.path) == SHA256Digest.of(text))
  }

  @Test func aMissingFileIsNotFound() {
    let error = #expect(throws: ModelError.self) { try SHA256Digest.ofFile("no/such/file") }
    #expect(error?.reason == .notFound)
    #expect(error?.description == "no/such/file: cannot be opened: No such file or directory")
  }
}
