import Foundation
import GRDB
import ProbeFaults
import Synchronization

@testable import ProbeModel
@testable import ProbeStore

/// A capture of which everything is known, to be disturbed and looked at afterwards.
struct KnownCapture: Sendable {
  static let points: [HookPoint] = [.residPost(0), .residPost(1), HookPoint(.pattern, layer: 0)]

  let corpus: Corpus
  let positions: Positions
  /// What the disturbed stores lie on: it decides their journal.
  var place = FileSystemKind.local
  /// What an uninterrupted run leaves.
  let contents: StoreContents
  /// Pages of its file.
  let pageCount: Int
  let batchCount: Int
  /// Rows up to the end of each batch.
  private let rowsAfter: [Int]
  private let expected: [HookPoint: Rows]

  /// The rows of a point, one after the other, and where each begins.
  private struct Rows: Equatable {
    let values: [Float]
    let offsets: [Int]

    func prefix(_ count: Int) -> Rows {
      Rows(values: Array(values[..<offsets[count]]), offsets: Array(offsets[...count]))
    }
  }

  /// Four batches of a single row: few operations, so that each can fail once.
  static let small = Result {
    let text = (0..<1_040).map { "w\($0)" }.joined(separator: " ")
    return try KnownCapture(
      Corpus((0..<4).map { Example(id: "e\($0)", text: text + " x\($0)") }), positions: .last)
  }

  /// Several batches that share chunks, and rows of different widths.
  static let large = Result { try KnownCapture(Corpora.words(160, about: 55), positions: .all) }

  private init(_ corpus: Corpus, positions: Positions) throws {
    self.corpus = corpus
    self.positions = positions
    let folder = try Folder()
    let path = folder.path("whole.sqlite")
    let capture = try FormulaModel(width: 64).capture(corpus, points: Self.points, positions: positions)
    let store = try ActivationStore(path)
    let record = try capture.run(into: store).capture
    batchCount = capture.plan.batches.count
    rowsAfter = [0] + capture.plan.batches.map { $0.firstRow + $0.rowCount }
    expected = try Dictionary(
      uniqueKeysWithValues: Self.points.map {
        ($0, try Self.rows($0, record.rowCount, of: record, in: store))
      })
    pageCount = try store.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
    try store.close()
    contents = try StoreContents(path)
  }

  /// The same on another file system.
  func on(_ place: FileSystemKind) -> KnownCapture {
    var copy = self
    copy.place = place
    return copy
  }

  /// Opens a store.
  func open(_ path: String, for access: ActivationStore.Access = .writing, maximumPages: Int? = nil) throws
    -> ActivationStore
  {
    try ActivationStore(path, for: access, maximumPages: maximumPages, fileSystem: { _ in place })
  }

  /// The capture, and the model that counts its passes.
  func make() throws -> (capture: Capture, model: FormulaModel) {
    let model = FormulaModel(width: 64)
    return (try model.capture(corpus, points: Self.points, positions: positions), model)
  }

  // MARK: - Afterwards

  /// What is wrong with the store at `path`, where a disturbed run had committed `committed` batches. Ends with the
  /// same capture run to its end.
  ///
  /// Nothing committed is lost or changed; the rest alone is computed; the end is as if nothing had happened.
  /// `readFirst`: whether somebody reads the store before anybody writes to it again.
  func complaints(about path: String, committed: Int, readFirst: Bool = false) -> [String] {
    do {
      if readFirst { try read(path, committed) }
      let store = try open(path)
      defer { try? store.close() }
      let found = try complaints(about: store, committed: committed)
      try store.close()
      return try found + StoreContents(path).differences(from: contents)
    } catch {
      return ["\(error)"]
    }
  }

  private func read(_ path: String, _ committed: Int) throws {
    do {
      let store = try open(path, for: .reading)
      defer { try? store.close() }
      let done = try batchesDone(in: store)
      if done < committed { throw Lost(committed: committed, found: done) }
    } catch let error as StoreError where [.notFound, .notAStore].contains(error.reason) && committed == 0 {
      // There is nothing yet.
    }
  }

  private struct Lost: Error, CustomStringConvertible {
    let committed, found: Int
    var description: String { "lost: \(committed) batches were committed, \(found) are there" }
  }

  /// As ``complaints(about:committed:readFirst:)``, for a store that is still open.
  func complaints(about store: ActivationStore, committed: Int) throws -> [String] {
    let integrity = try store.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    guard integrity == ["ok"] else { return integrity }
    let done = try batchesDone(in: store)
    guard done >= committed else { return ["\(Lost(committed: committed, found: done))"] }
    var complaints = try damage(in: store)
    let (capture, model) = try make()
    _ = try capture.run(into: store, threads: 2)
    let passes = model.passes.withLock { $0.count }
    if passes != batchCount - done {
      complaints.append("\(passes) batches were computed where \(done) of \(batchCount) were there")
    }
    return complaints
  }

  /// Batches that the store holds of every point.
  func batchesDone(in store: ActivationStore) throws -> Int {
    try store.captures().first.map { $0.points.map(\.batchesDone).min() ?? 0 } ?? 0
  }

  /// Whether each point holds whole batches of the right values, with right checksums.
  private func damage(in store: ActivationStore) throws -> [String] {
    guard let record = try store.captures().first else { return [] }
    return try Self.points.compactMap { point in
      guard let there = record.point(point) else { return "\(point.name) is not there" }
      guard there.rowsDone == rowsAfter[there.batchesDone] else {
        return "\(point.name): \(there.batchesDone) batches, \(there.rowsDone) rows"
      }
      let rows = try Self.rows(point, there.rowsDone, of: record, in: store)
      return rows == expected[point]?.prefix(there.rowsDone) ? nil : "\(point.name): other values"
    }
  }

  private static func rows(
    _ point: HookPoint, _ count: Int, of record: CaptureRecord, in store: ActivationStore
  ) throws -> Rows {
    guard count > 0 else { return Rows(values: [], offsets: [0]) }
    if point.site.isRagged {
      let rows = try store.raggedRows(point, of: record, rows: 0..<count)
      return Rows(values: rows.values, offsets: rows.offsets)
    }
    let matrix = try store.matrix(point, of: record, rows: .rows(Array(0..<count)))
    return Rows(values: matrix.elements, offsets: (0...count).map { $0 * matrix.width })
  }
}

/// How far a run came, as its progress reports say: that is when a batch counts as committed.
final class CommittedBatches: Sendable {
  private let reports = Mutex(0)

  /// To be called with each report; the first comes before the first batch. Returns the batches so far.
  func report() -> Int {
    reports.withLock {
      $0 += 1
      return $0 - 1
    }
  }

  var count: Int { reports.withLock { max($0 - 1, 0) } }
}
