import Foundation
import GRDB
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct CaptureStateTests {
  private let points: [HookPoint] = [.residPost(0), .residPost(1)]

  @Test func aSecondRunChangesNotAByte() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let model = FormulaModel()
    let corpus = try Corpora.words(8)
    let store = try ActivationStore(path)
    let first = try model.capture(corpus, points: points).run(into: store)
    try store.close()
    #expect(first.tokensComputed == first.capture.tokenCount)
    let passes = model.passes.withLock { $0.count }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))

    let again = try ActivationStore(path)
    let second = try model.capture(corpus, points: points).run(into: again)
    try again.close()
    #expect(second.tokensComputed == 0)
    #expect(second.bytesWritten == 0)
    #expect(second.capture == first.capture)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(model.passes.withLock { $0.count } == passes)
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
  }

  @Test(arguments: [1, 3], [Positions.all, .last])
  func stoppedAfterAnyBatchAndResumedEqualsUninterrupted(threads: Int, positions: Positions) throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(10)
    let capture = try model.capture(corpus, points: points, positions: positions)
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try capture.run(into: whole)
    let expected = try whole.contents()
    #expect(capture.plan.batches.count >= 4)

    for stop in 1..<capture.plan.batches.count {
      let store = try ActivationStore(folder.path("\(stop).sqlite"))
      var runs = 0
      while true {
        let committed = Mutex(0)
        do {
          _ = try capture.run(
            into: store, threads: threads, progress: { _ in committed.withLock { $0 += 1 } },
            // The first progress report comes before the first batch.
            shouldStop: { committed.withLock { $0 > stop } })
          break
        } catch let error as StoreError {
          #expect(error.reason == .interrupted)
          #expect(error.exitCode == 130)
          runs += 1
        }
      }
      // With several threads all batches may be under way when the stop comes.
      if threads == 1, stop + 3 < capture.plan.batches.count { #expect(runs > 0) }
      #expect(try store.contents() == expected)
    }
  }

  @Test func anotherPointComputesThatPointAlone() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(8)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let first = try model.capture(corpus, points: points).run(into: store)
    let chunks = try store.contents()["chunk_data"]
    model.passes.withLock { $0.removeAll() }

    let more = try model.capture(corpus, points: points + [.residPost(2)]).run(into: store)
    #expect(model.passes.withLock { $0.allSatisfy { $0.points == [.residPost(2)] } })
    #expect(more.tokensComputed == first.tokensComputed)
    #expect(more.capture.id == first.capture.id)
    #expect(more.capture.points.map(\.hook) == (0...2).map { HookPoint.residPost($0).name })
    // What was there stays as it was.
    #expect(
      try store.contents()["chunk_data"]?.prefix(chunks?.count ?? 0).elementsEqual(chunks ?? []) == true)

    // A subset of what is there is nothing to do.
    let subset = try model.capture(corpus, points: [.residPost(1)]).run(into: store)
    #expect(subset.tokensComputed == 0)
  }

  @Test func anotherPointOfAHalfDoneCaptureCatchesUp() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let corpus = try Corpora.words(10)
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    let three = try model.capture(corpus, points: points + [.residPost(2)])
    let expected = try three.run(into: whole).capture

    let store = try ActivationStore(folder.path("half.sqlite"))
    #expect(throws: StoreError.self) {
      try model.capture(corpus, points: points).run(into: store, threads: 1, shouldStop: { true })
    }
    let caughtUp = try three.run(into: store).capture
    for point in three.points {
      #expect(
        try store.matrix(point, of: caughtUp, rows: .all) == whole.matrix(point, of: expected, rows: .all))
    }
    #expect(try store.contents()["point"] == whole.contents()["point"])
  }

  @Test func whateverDecidesTheNumbersMakesAnotherCapture() throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let corpus = try Corpora.words(2, about: 20)
    let model = FormulaModel()
    let changed = try Corpus(
      corpus.examples.map { Example(id: $0.id, text: ($0.text ?? "") + " x") })
    let captures = [
      try model.capture(corpus, points: points),
      try FormulaModel(weights: "w2").capture(corpus, points: points),
      try model.capture(changed, points: points),
      try model.capture(corpus, points: points, positions: .last),
      try model.capture(corpus, points: points, dtype: .float32),
      try model.capture(corpus, points: points, sentinel: .none),
      try model.capture(corpus, points: points, overflow: .skip),
      try model.capture(corpus, points: points, chat: .chatml),
    ]
    let ids = try captures.map { try $0.run(into: store).capture.id }
    #expect(ids == Array(1...8))
    #expect(try store.captures().count == 8)
    // A name is no part of what a capture is.
    let renamed = try model.capture(corpus, points: points, name: "other").run(into: store)
    #expect(renamed.capture.id == 1)
    #expect(renamed.tokensComputed == 0)
    #expect(renamed.capture.name == "other")
  }

  @Test func theNumberOfThreadsDoesNotShow() throws {
    let folder = try Folder()
    let corpus = try Corpora.words(12)
    let contents = try [1, 2, 5].map { threads in
      let store = try ActivationStore(folder.path("\(threads).sqlite"))
      _ = try FormulaModel().capture(corpus, points: points).run(into: store, threads: threads)
      return try store.contents()
    }
    #expect(contents[1] == contents[0])
    #expect(contents[2] == contents[0])
  }

  @Test func progressEndsAtTheTotal() throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try FormulaModel().capture(try Corpora.words(8), points: points)
    let reports = Mutex<[CaptureProgress]>([])
    let outcome = try capture.run(into: store, progress: { report in reports.withLock { $0.append(report) } })
    let seen = reports.withLock { $0 }
    #expect(seen.map(\.tokensDone) == seen.map(\.tokensDone).sorted())
    #expect(seen.first?.tokensDone == 0)
    #expect(seen.first?.eta == nil)
    #expect(seen.last?.tokensDone == capture.plan.tokenCount)
    #expect(seen.last?.tokensTotal == capture.plan.tokenCount)
    #expect(seen.last?.eta == 0)
    #expect(seen.last?.bytes == outcome.bytesWritten)
    #expect(outcome.bytesWritten == capture.estimatedBytes)
  }

  @Test func twoRunsOfTheSamePointCannotBothWrite() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let corpus = try Corpora.words(8)
    let capture = try FormulaModel().capture(corpus, points: points)
    let mine = try ActivationStore(path)
    let theirs = try ActivationStore(path)
    // The other run commits the same batch while this one is between two of its own.
    let error = #expect(throws: StoreError.self) {
      try capture.run(
        into: mine, threads: 1,
        progress: { report in
          if report.tokensDone == 0 { _ = try? capture.run(into: theirs, threads: 1) }
        })
    }
    #expect(error?.reason == .busy)
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try capture.run(into: whole)
    #expect(try mine.contents() == whole.contents())
  }

  @Test func readersWorkWhileACaptureRuns() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let model = FormulaModel()
    let capture = try model.capture(try Corpora.words(10), points: points)
    let store = try ActivationStore(path)
    let checked = Mutex(0)
    _ = try capture.run(
      into: store,
      progress: { report in
        guard report.tokensDone > 0 else { return }
        // A reader of its own, as another process has it.
        if let reader = try? ActivationStore(path, for: .reading), let seen = try? reader.captures().first,
          let rows = seen.points.first?.rowsDone, rows > 0,
          (try? reader.matrix(.residPost(0), of: seen, rows: .rows(Array(0..<rows))))?.rows == rows
        {
          checked.withLock { $0 += 1 }
        }
      })
    #expect(checked.withLock { $0 } == capture.plan.batches.count)
  }
}
