import Foundation
import Testing

@testable import ProbeReport

struct GalleryTests {
  /// To look at the sample report: `PROBE_REPORT_GALLERY=FILE swift test --filter Gallery`.
  @Test func theSampleReportIsFarUnderTwoMegabytes() throws {
    let page = SampleReport.report.html()
    #expect(page.utf8.count < 300_000)
    if let path = ProcessInfo.processInfo.environment["PROBE_REPORT_GALLERY"] {
      try Data(page.utf8).write(to: URL(fileURLWithPath: path))
    }
  }
}
