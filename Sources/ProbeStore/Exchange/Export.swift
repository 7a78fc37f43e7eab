import Foundation
import GRDB
import ProbeMath
import ProbeModel

/// Points of one capture on their way into a file of another program, row by row in the order of examples and positions.
///
/// Memory holds a few batches and, for each example, its key: it does not grow with the number of rows. Each chunk's
/// checksum is verified on the way.
///
/// ```swift
/// let export = try Export(store.capture("capitals"), in: store, points: [PointSelector("resid_post.*")])
/// try export.write(to: "capitals.safetensors", as: ExportFormats.named("safetensors"))
/// ```
public struct Export: Sendable {
  /// The capture.
  public let capture: CaptureRecord
  /// The points, in the order of computation.
  public let points: [HookPoint]
  /// Rows of each point.
  public let rowCount: Int
  /// The examples that have rows in the capture, in the order of their corpus.
  let examples: [ExportedExample]
  let store: ActivationStore
  /// Rows in the store that are exported, as runs of neighbours.
  let runs: [Range<Int>]
  private let includesSentinels: Bool

  /// Chooses what to export.
  ///
  /// - Parameters:
  ///   - capture: the capture; ``ActivationStore/capture(_:)`` finds one.
  ///   - store: the store that holds it.
  ///   - selectors: which of its points; all when empty.
  ///   - sentinels: whether rows of sentinels are exported too.
  /// - Throws: ``StoreError`` `.missing` for points that were not captured, or not to the end.
  public init(
    _ capture: CaptureRecord, in store: ActivationStore, points selectors: [PointSelector] = [],
    sentinels: Bool = false
  ) throws {
    self.capture = capture
    self.store = store
    includesSentinels = sentinels
    points = try Self.choose(selectors, from: capture, store.path)
    examples = try ExportedExample.all(of: capture, in: store)
    var runs: [Range<Int>] = []
    var count = 0
    try Self.forEachBatch(of: examples, of: capture, in: store, sentinels: sentinels) { rows in
      count += rows.count
      for row in rows.map({ $0.row }) {
        if let last = runs.last, last.upperBound == row {
          runs[runs.count - 1] = last.lowerBound..<(row + 1)
        } else {
          runs.append(row..<(row + 1))
        }
      }
    }
    self.runs = runs
    rowCount = count
  }

  /// Writes the file: complete or not at all.
  ///
  /// - Parameters:
  ///   - path: where to.
  ///   - format: one of ``ExportFormats/all``.
  ///   - overwrite: whether a file that lies there is replaced.
  ///   - progress: told after each batch how many bytes are written; what it throws ends the export.
  /// - Returns: the file's size in bytes.
  /// - Throws: ``StoreError``: `cannotCreate`, `diskFull`, `inputOutput`; `damagedChunk`; `badInput` for what the format
  ///   cannot hold.
  @discardableResult
  public func write(
    to path: String, as format: any ExportFormat.Type, overwrite: Bool = false,
    progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> Int {
    try format.check(self, path: path)
    guard !OutputFile.isSame(path, store.path) else {
      throw StoreError(
        .cannotCreate, at: path, "is the store that is exported", advice: "Choose another place")
    }
    let file = try OutputFile(path, overwrite: overwrite)
    try format.write(self, to: ExportOutput(file: file, progress: progress))
    try file.commit()
    return file.count
  }

  /// The record of a point of the export.
  func record(_ point: HookPoint) throws -> PointRecord {
    if let record = capture.point(point) { return record }
    throw StoreError(.missing, at: store.path, "\(point.name) was not captured")
  }

  private static func choose(
    _ selectors: [PointSelector], from capture: CaptureRecord, _ path: String
  ) throws -> [HookPoint] {
    let place = "\(path), capture \(capture.id)"
    let captured = capture.points.compactMap { HookPoint(name: $0.hook) }
    var points = captured
    if !selectors.isEmpty {
      do {
        points = try PointSelector.select(selectors, from: captured)
      } catch {
        throw StoreError(
          .missing, at: place, "\(error.location) was not captured", advice: error.advice)
      }
    }
    guard !points.isEmpty else { throw StoreError(.missing, at: place, "the capture has no points") }
    if let unfinished = points.first(where: { capture.point($0)?.isComplete == false }) {
      throw StoreError(
        .missing, at: "\(place), \(unfinished.name)", "the point is not captured to the end",
        advice: "Run the capture again, or choose other points")
    }
    return points
  }

  // MARK: - Rows

  /// The exported rows without their values, a few thousand at a time.
  func forEachBatch(_ body: ([ExportedRow]) throws -> Void) throws {
    try Self.forEachBatch(of: examples, of: capture, in: store, sentinels: includesSentinels, body)
  }

  /// Whether rows belong to positions; means and other pooled rows do not.
  var hasPositions: Bool { !capture.settings.positions.isPooled }

  private static func forEachBatch(
    of examples: [ExportedExample], of capture: CaptureRecord, in store: ActivationStore, sentinels: Bool,
    _ body: ([ExportedRow]) throws -> Void
  ) throws {
    var first = 0
    while first < examples.count {
      var (end, rows) = (first, 0)
      while end < examples.count, end == first || rows + examples[end].rows.count <= 16_384 {
        rows += examples[end].rows.count
        end += 1
      }
      if capture.settings.positions.isPooled {
        try body(
          (first..<end).flatMap { index in examples[index].rows.map { ExportedRow(example: index, row: $0) } }
        )
      } else {
        try body(ExportedRow.read(examples, first..<end, of: capture, in: store, sentinels: sentinels))
      }
      first = end
    }
  }
}

/// Where a format writes.
public struct ExportOutput {
  let file: OutputFile
  let progress: (Int) throws -> Void
}
