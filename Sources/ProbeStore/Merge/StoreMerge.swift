import Foundation
import GRDB
import ProbeMath
import ProbeModel

/// Puts the parts of captures together, so that the result equals a capture that was never cut.
///
/// A merge is a capture whose batches come from stores and not from a model: it is committed batch by batch,
/// goes on after a crash, and does nothing when it is done. Every chunk that it reads is verified.
public struct StoreMerge: Sendable {
  private let sets: [ShardSet]

  /// Looks at the stores to be merged.
  ///
  /// - Throws: ``StoreError``: `missing` or `conflict` naming the store.
  public init(_ stores: [ActivationStore]) throws {
    sets = try ShardSet.find(in: stores)
  }

  /// Writes what `store` lacks; returns what was done for each capture.
  ///
  /// - Throws: ``StoreError``; `interrupted` after `shouldStop`. The same call goes on where this one ended.
  public func run(
    into store: ActivationStore, threads: Int = availableProcessors,
    progress: @Sendable (CaptureProgress) -> Void = { _ in }, shouldStop: @Sendable () -> Bool = { false }
  ) throws -> [CaptureOutcome] {
    try sets.map { set in
      let (request, source) = try set.request()
      // The comparison reads all that is there: a run has to look again only where it found damage.
      var isDamaged = false
      if let known = try store.capture(request.identity) {
        isDamaged = try source.compare(
          with: known, in: store, request, threads: threads, shouldStop: shouldStop)
      }
      return try request.run(
        into: store, threads: threads, verify: isDamaged, makeProducer: { source.makeProducer() },
        progress: progress,
        shouldStop: shouldStop)
    }
  }
}

extension ShardSet {
  /// The whole capture, as the parts' tables say, and where its rows come from.
  fileprivate func request() throws -> (CaptureRequest, ShardRows) {
    let capture = parts[0].capture
    let corpus = try parts[0].store.corpus(of: capture)
    var sequences: [CapturePlan.Sequence] = []
    var pieces: [Int: String] = [:]
    var starts = [0]
    for part in parts {
      let offset = starts[starts.count - 1]
      for var sequence in try part.store.plan(of: part.capture).sequences {
        sequence.firstRow += offset
        sequences.append(sequence)
      }
      starts.append(offset + part.capture.rowCount)
      pieces.merge(try part.store.pieces(of: part.capture)) { first, _ in first }
    }
    sequences.sort { $0.example < $1.example }
    let plan = CapturePlan(
      positions: capture.settings.positions, sequences: sequences, batches: CapturePlan.pack(sequences),
      skipped: [], unalignedSpans: 0, absentPositions: 0, subsample: capture.subsample)
    guard plan.batches.count == parts.reduce(0, { $0 + $1.capture.batchCount }),
      zip(plan.batches, plan.batches.dropFirst()).allSatisfy({ $0.rows.upperBound == $1.firstRow })
    else {
      throw StoreError(
        .conflict, at: parts[0].store.path, "the parts do not fit together: they were cut from other plans",
        advice: "Capture all parts with the same program, corpus and settings")
    }
    let points = capture.points.compactMap { record in
      HookPoint(name: record.hook).map { RequestedPoint(point: $0, shape: record.rowShape) }
    }
    let source = CaptureSource(
      name: capture.modelName, architecture: capture.architecture, path: capture.modelPath,
      weightsDigest: capture.weightsDigest, tokenizerDigest: capture.tokenizerDigest, nContext: .max,
      dVocab: .max, makeEncoder: nil, piece: { [pieces] in pieces[$0] }, rowShape: { _ in nil },
      makePass: { { _, _, _ in } })
    return (
      CaptureRequest(
        source: source, identity: identity, corpus: corpus, plan: plan, points: points, name: capture.name,
        spec: capture.spec),
      ShardRows(parts: parts, starts: starts, plan: plan)
    )
  }
}

extension ShardRows {
  /// Holds the rows that a store has already against those of the parts. Returns whether chunks are damaged.
  ///
  /// - Throws: ``StoreError`` `conflict` where sound chunks differ: the same inputs on another processor may give other
  ///   bits, and a store must not mix them.
  fileprivate func compare(
    with known: CaptureRecord, in store: ActivationStore, _ request: CaptureRequest, threads: Int,
    shouldStop: () -> Bool
  ) throws -> Bool {
    let records = request.points.compactMap { known.point($0.point) }
    let damaged = try records.map { try store.damage(of: $0, known).map(\.rows) }
    let there = ShardRows(
      parts: [ShardSet.Part(store: store, capture: known)], starts: [0, known.rowCount], plan: plan)
    let pipeline = BatchPipeline(
      request: request, threads: threads, at: store.path, makeProducer: { makeProducer() })
    let mine = StagedBatch(capacity: 0)
    let produce = there.makeProducer()
    let most = records.map(\.batchesDone).max() ?? 0
    // Damaged chunks are written anew afterwards; batches with rows in them are not compared.
    let wanted = { @Sendable (batch: Int) in
      records.indices.filter { point in
        records[point].batchesDone > batch
          && !damaged[point].contains { $0.overlaps(plan.batches[batch].rows) }
      }
    }
    try pipeline.forEach(Array(0..<most), of: wanted, shouldStop: shouldStop) { batch, staged in
      mine.reset()
      let points = request.points.map(\.point)
      try produce(batch, Dictionary(uniqueKeysWithValues: wanted(batch).map { (points[$0], $0) }), mine)
      for (a, b) in zip(staged.parts, mine.parts)
      where a.widths != b.widths || !Self.areEqual(staged.bytes(of: a), mine.bytes(of: b)) {
        throw StoreError(
          .conflict, at: "\(store.path), \(points[a.point].name)",
          "rows \(plan.batches[batch].rows) are there with other values than in the parts",
          advice: "Merge into a new store")
      }
    }
    return damaged.contains { !$0.isEmpty }
  }
}

extension ShardRows {
  private static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
      return a.count == b.count
    }
    return memcmp(first, second, a.count) == 0
  }
}

/// The rows of a whole capture, as its parts hold them.
private struct ShardRows: Sendable {
  let parts: [ShardSet.Part]
  /// First row of each part, and the end of the last.
  let starts: [Int]
  let plan: CapturePlan

  func makeProducer() -> BatchProducer {
    { index, points, buffer in
      let rows = plan.batches[index].rows
      // Parts are cut at batches, so that a batch's rows are in one of them.
      let place = parts.indices.last { starts[$0] <= rows.lowerBound && starts[$0] < starts[$0 + 1] } ?? 0
      let (store, capture) = (parts[place].store, parts[place].capture)
      let local = (rows.lowerBound - starts[place])..<(rows.upperBound - starts[place])
      for (point, slot) in points.sorted(by: { $0.value < $1.value }) {
        let record = try store.stored(point, of: capture)
        try store.read { db in
          let reader = ChunkReader(db, path: store.path, capture, record)
          if let width = record.width {
            try reader.copy(local, rowBytes: width * capture.settings.dtype.byteCount, to: buffer, as: slot)
          } else {
            try reader.copyRagged(local, to: buffer, as: slot)
          }
        }
      }
    }
  }
}

extension ChunkReader {
  /// Verifies the chunks that hold the rows and copies the rows' bytes.
  fileprivate func copy(_ rows: Range<Int>, rowBytes: Int, to buffer: StagedBatch, as slot: Int) throws {
    let target = buffer.reserve(point: slot, byteCount: rows.count * rowBytes, rowCount: rows.count)
    var copied = 0
    for chunk in try chunks(rows) where chunk.rows.overlaps(rows) {
      let wanted = chunk.rows.clamped(to: rows)
      guard wanted.lowerBound == rows.lowerBound + copied, chunk.rowCount <= point.chunkRows ?? 0 else {
        break
      }
      let (start, end) = (
        (wanted.lowerBound - chunk.firstRow) * rowBytes, (wanted.upperBound - chunk.firstRow) * rowBytes
      )
      let place = target + (wanted.lowerBound - rows.lowerBound) * rowBytes - start
      try verify(chunk, byteCount: chunk.rowCount * rowBytes) { offset, bytes in
        let (low, high) = (max(start, offset), min(end, offset + bytes.count))
        guard low < high, let base = bytes.baseAddress else { return }
        (place + low).copyMemory(from: base + (low - offset), byteCount: high - low)
      }
      copied += wanted.count
    }
    guard copied == rows.count else { throw damage("expected \(rows.count) rows, found \(copied)", rows) }
  }

  fileprivate func copyRagged(_ rows: Range<Int>, to buffer: StagedBatch, as slot: Int) throws {
    var all: [UInt8] = []
    var widths: [Int] = []
    for chunk in try chunks(rows) {
      let bytes = try raggedChunk(chunk)
      for place in try places(in: chunk) where rows.contains(place.row) {
        all += bytes[place.bytes]
        widths.append(place.bytes.count / capture.settings.dtype.byteCount)
      }
    }
    guard widths.count == rows.count else {
      throw damage("expected \(rows.count) rows, found \(widths.count)", rows)
    }
    let target = buffer.reserve(point: slot, byteCount: all.count, rowCount: rows.count, widths: widths)
    all.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
    }
  }
}
