import Foundation
import Testing

@testable import ProbeReport

struct StylesheetTests {
  @Test func thePolicyNamesTheDigestOfTheVeryStylesheetInThePage() throws {
    let page = SampleReport.report.html()
    let start = try #require(page.range(of: "<style>"))
    let end = try #require(page.range(of: "</style>"))
    let css = String(page[start.upperBound..<end.lowerBound])
    #expect(Stylesheet.digest == "sha256-" + (try digest(css)), "put this digest into Stylesheet.swift")
    #expect(page.contains("style-src &#39;\(Stylesheet.digest)&#39;"))
  }

  /// SHA-256 in base 64, from the operating system's own tool: an independent source.
  private func digest(_ text: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // The stylesheet is smaller than a pipe's buffer.
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let hex = String(decoding: output.fileHandleForReading.readDataToEndOfFile().prefix(64), as: UTF8.self)
    process.waitUntilExit()
    let bytes = stride(from: 0, to: hex.utf8.count, by: 2).compactMap { offset -> UInt8? in
      let start = hex.index(hex.startIndex, offsetBy: offset)
      return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)
    }
    try #require(bytes.count == 32)
    return Data(bytes).base64EncodedString()
  }
}
