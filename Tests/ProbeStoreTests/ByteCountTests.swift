import Testing

@testable import ProbeStore

@Suite struct ByteCountTests {
  @Test(arguments: [
    ("0", 0), ("1048576", 1_048_576), ("12 B", 12), ("500MB", 500_000_000), ("2GiB", 2_147_483_648),
    ("1.5 kB", 1_500),
    ("0.5KiB", 512), ("3tb", 3_000_000_000_000), ("1TiB", 1_099_511_627_776), ("1.0005kB", 1_000),
    ("9223372036854775807", .max),
  ])
  func numbersWithUnitsAreRead(text: String, bytes: Int) throws {
    #expect(try ByteCount(text, at: "") == ByteCount(bytes))
  }

  @Test(arguments: [
    "", "B", "MB", "-1", "+1", "1 2", "1e3", ".5GB", "1.", "1.2.3MB", "5 parsecs", "1,000", "0x10", "nan",
    "٣MB", "1MBs",
  ])
  func whatIsNoNumberOfBytesIsRefused(text: String) {
    let error = #expect(throws: StoreError.self) { try ByteCount(text, at: "--max-bytes") }
    #expect(
      error?.description
        == "--max-bytes: expected a number of bytes, found \"\(text)\". Write it as 500MB, 2GiB or 1048576")
  }

  @Test(arguments: [
    "9223372036854775808", "9223372036854775807kB", "8388608TiB", "99999999999999999999999999999999",
  ])
  func moreThanAnIntegerHoldsIsRefused(text: String) {
    let error = #expect(throws: StoreError.self) { try ByteCount(text, at: "s.yaml:3") }
    #expect(error?.description == "s.yaml:3: \(text) is more than any disk holds")
  }

  @Test(arguments: [
    (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_610_612_736, "1.5 GiB"), (.max, "8388608.0 TiB"),
  ])
  func numbersAreShownInBinaryUnits(bytes: Int, text: String) { #expect("\(ByteCount(bytes))" == text) }
}
