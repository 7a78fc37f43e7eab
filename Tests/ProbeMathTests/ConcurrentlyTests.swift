import Foundation
import ProbeMath
import Testing

/// Work on all processors whose results and errors do not depend on timing.
@Suite struct ConcurrentlyTests {
  struct Failure: Error, Equatable { let index: Int }

  @Test func resultsComeInOrder() {
    for count in [1, 2, 7, 1000] {
      let results = concurrently(count) { index -> Int in
        // The first items take longest.
        (0..<(count - index) * 10).reduce(index) { sum, _ in sum } * 3
      }
      #expect(results == (0..<count).map { $0 * 3 })
    }
  }

  @Test func nothingToDoIsAnEmptyList() {
    for count in [0, -1, Int.min] {
      let results = concurrently(count) { index -> Int in
        Issue.record("ran item \(index)")
        return index
      }
      #expect(results.isEmpty)
    }
  }

  @Test func theFirstErrorByIndexIsThrownAfterAllHaveRun() throws {
    for _ in 0..<20 {
      let log = Log()
      let error = try #require(throws: Failure.self) {
        _ = try concurrently(50) { index throws(Failure) -> Int in
          log.add(index)
          if index == 49 || index == 13 || index == 30 { throw Failure(index: index) }
          return index
        }
      }
      #expect(error == Failure(index: 13))
      #expect(log.sorted == Array(0..<50))
    }
  }

  @Test func itNests() {
    let sums = concurrently(8) { outer in
      concurrently(8) { inner in outer * inner }.reduce(0, +)
    }
    #expect(sums == (0..<8).map { $0 * 28 })
  }

  /// Which items ran. `@unchecked Sendable` because a lock guards the list.
  private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var items: [Int] = []
    func add(_ item: Int) { lock.withLock { items.append(item) } }
    var sorted: [Int] { lock.withLock { items.sorted() } }
  }
}
