import ProbeTesting
import Testing
import XCTest

/// The helper for XCTest, inside XCTest's own machinery: a test case is run and watched from here.
@Suite(.serialized) struct AssertProbeTests {
  /// What XCTest was told.
  private final class Watcher: NSObject, XCTestObservation {
    var failures: [(text: String, file: String?, line: Int)] = []

    func testCase(
      _ testCase: XCTestCase, didFailWithDescription description: String, inFile filePath: String?,
      atLine lineNumber: Int
    ) {
      failures.append((description, filePath, lineNumber))
    }
  }

  /// Runs `body` as an XCTest test and gives its failures.
  @MainActor private func failures(_ body: @escaping (XCTestCase) throws -> Void) -> [(
    text: String, file: String?, line: Int
  )] {
    let watcher = Watcher()
    XCTestObservationCenter.shared.addTestObserver(watcher)
    defer { XCTestObservationCenter.shared.removeTestObserver(watcher) }
    XCTestCase(name: "assertProbe", testClosure: body).run()
    return watcher.failures
  }

  @Test @MainActor func whatHoldsIsSilent() throws {
    let file = try ResultsFixture()
    let failures = failures { _ in
      XCTAssertEqual(assertProbe("p.truth.best.accuracy.lower >= 0.6", in: file.file)?.found, 0.7)
    }
    #expect(failures.isEmpty)
  }

  @Test @MainActor func whatFailsNamesTheReportAndTheCallersLine() throws {
    let results = try ResultsFixture()
    try results.write("Reports/n.html", "<!DOCTYPE html>")
    let line = #line + 2
    let failures = failures { _ in
      assertProbe(
        ["p.truth.best.accuracy.lower > 0.6", "p.truth.best.accuracy.lower > 0.9"], in: results.file)
    }
    #expect(failures.map { $0.line } == [line] && failures[0].file == #filePath)
    #expect(
      failures[0].text.contains("p.truth.best.accuracy.lower > 0.9 does not hold: found 0.700; accuracy"))
    #expect(failures[0].text.hasSuffix(". Report: \(results.folder)/Reports/n.html"))
  }

  @Test @MainActor func whatCannotBeReadFails() {
    let failures = failures { _ in
      XCTAssertNil(assertProbe("p.truth.best.accuracy > 0.5", in: "/no/such/file.json"))
    }
    #expect(failures.count == 1)
    #expect(failures[0].text.contains("/no/such/file.json: no such file"))
  }
}
