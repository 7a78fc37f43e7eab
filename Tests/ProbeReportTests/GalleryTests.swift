import Foundation
import Testing

@testable import ProbeReport

struct GalleryTests {
  /// To look at the sample report: `PROBE_REPORT_GALLERY=FILE swift test --filter Gallery`,
  /// which also writes the worst report beside it.
  @Test func theSampleReportIsFarUnderTwoMegabytes() throws {
    let page = SampleReport.report.html()
    #expect(page.utf8.count < 300_000)
    if let path = ProcessInfo.processInfo.environment["PROBE_REPORT_GALLERY"] {
      try Data(page.utf8).write(to: URL(fileURLWithPath: path))
      let hostile = HostileReport.report(HostileReport.strings.joined(separator: " · ")).html()
      try Data(hostile.utf8).write(to: URL(fileURLWithPath: path + ".hostile.html"))
    }
  }
}
