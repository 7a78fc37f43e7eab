import ProbeMath
import ProbeModel

/// Puts activations that were computed elsewhere into a store, as a capture like any other: batch by batch, crash-safe,
/// resumable, and with nothing to do the second time.
///
/// The capture's identity is the name, the examples, what the rows are, and the type: several points imported under one
/// name are one capture with several points.
///
/// ```swift
/// let activations = try ExternalActivations(path: "layer12.npy")
/// let importing = try Import(activations, of: Corpus.read("examples.jsonl"), point: .residPost(12), name: "mine")
/// _ = try importing.run(into: ActivationStore("mine.sqlite"))
/// ```
public struct Import: Sendable {
  /// What `model_architecture` of imported captures says.
  public static let architecture = "imported"

  /// Which point the activations are of.
  public let point: HookPoint
  /// A row an example (`pooled`) or a position (`all`).
  public var positions: Positions { rows.positions }
  /// What scalars are stored as.
  public let dtype: ScalarType
  /// What names the capture and stands for the model.
  public let name: String

  private let activations: ExternalActivations
  private let corpus: Corpus
  private let rows: ImportedRows
  private let request: CaptureRequest

  /// Reads and checks everything, every value included; nothing is written yet.
  ///
  /// - Parameters:
  ///   - activations: the file.
  ///   - corpus: the examples, in the order of the rows.
  ///   - point: which point the activations are of.
  ///   - offsets: where each example's rows begin and the last's end; those of the file when nil.
  ///   - dtype: what to store scalars as; what keeps every value when nil.
  ///   - name: stands for the model, and names the capture.
  /// - Throws: ``StoreError``: `badInput` where rows and examples do not fit together, or the point's rows differ in width;
  ///   `nonFinite` and `outOfRange` naming row and example.
  public init(
    _ activations: ExternalActivations, of corpus: Corpus, point: HookPoint, offsets: [Int]? = nil,
    dtype: ScalarType? = nil, name: String = "imported"
  ) throws {
    guard !point.site.isRagged else {
      throw StoreError(
        .badInput, at: point.name, "the rows of this point differ in width: they cannot be imported",
        advice: "Import a point of fixed width")
    }
    self.activations = activations
    self.corpus = corpus
    self.point = point
    self.dtype = dtype ?? activations.dtype
    self.name = name
    rows = try ImportedRows(
      rowCount: activations.rowCount, offsets: offsets ?? activations.offsets, corpus: corpus,
      path: activations.path)
    let identity = CaptureIdentity(
      weightsDigest: SHA256Digest.of("imported \(name)"), tokenizerDigest: nil, corpus: corpus,
      settings: CaptureSettings(positions: rows.positions, dtype: self.dtype, sentinel: .none),
      numericsVersion: 0)
    let source = CaptureSource(
      name: name, architecture: Self.architecture, path: activations.path,
      weightsDigest: identity.weightsDigest, tokenizerDigest: nil, nContext: .max, dVocab: .max,
      makeEncoder: nil, piece: { _ in nil }, rowShape: { _ in nil }, makePass: { { _, _, _ in } })
    request = CaptureRequest(
      source: source, identity: identity, corpus: corpus, plan: rows.plan(of: corpus),
      points: [RequestedPoint(point: point, shape: activations.rowShape)], name: name, spec: "")
    // What cannot be stored is better known before half of it is.
    try forEachBlock(0..<activations.rowCount) { _, _ in }
  }

  /// Writes what the store lacks.
  ///
  /// - Parameters:
  ///   - store: where to write.
  ///   - progress: told after each batch how many of the rows are in the store.
  ///   - shouldStop: asked after each batch; the same call goes on from there.
  /// - Returns: the capture, and the number of rows that were written; 0 when all of them were there.
  /// - Throws: ``StoreError``: `badInput` when the store holds other values under this name; `interrupted`.
  public func run(
    into store: ActivationStore, progress: (_ rows: Int, _ of: Int) -> Void = { _, _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> (capture: CaptureRecord, rowsWritten: Int) {
    let plan = request.plan
    let known = try store.capture(request.identity)
    if let known { try check(known, in: store) }
    let record = try store.begin(request)
    guard let target = record.point(point) else {
      throw StoreError(.corrupt, at: store.path, "the point that was just written is not there")
    }
    let largest = plan.batches.map { $0.rowCount }.max() ?? 0
    let staged = StagedBatch(capacity: largest * activations.width * dtype.byteCount)
    var written = 0
    for index in target.batchesDone..<max(plan.batches.count, target.batchesDone) {
      let batch = plan.batches[index]
      staged.reset()
      try encode(batch, into: staged)
      try store.commit(staged, batch: index, plan: plan, points: [target], dtype: dtype)
      written += batch.rowCount
      progress(batch.firstRow + batch.rowCount, plan.rowCount)
      if shouldStop(), index + 1 < plan.batches.count {
        throw StoreError(
          .interrupted, at: store.path, "stopped after \(index + 1) of \(plan.batches.count) batches",
          advice: "The same command goes on from there")
      }
    }
    if written > 0 { try store.checkpoint() }
    guard let finished = try store.capture(request.identity) else {
      throw StoreError(.corrupt, at: store.path, "the capture is no longer there")
    }
    return (finished, written)
  }

  // MARK: - What is there already

  /// Refuses to go on where the store holds something else under the same name.
  private func check(_ known: CaptureRecord, in store: ActivationStore) throws {
    let place = "\(store.path), capture \(known.id) \"\(name)\""
    func other(_ problem: String, at place: String) -> StoreError {
      StoreError(
        .badInput, at: place, problem, advice: "Choose another --name: nothing that is stored is changed")
    }
    guard known.planDigest == request.planDigest else {
      throw other("its rows are cut into examples differently", at: place)
    }
    guard let stored = known.point(point) else { return }
    guard stored.rowShape == activations.rowShape else {
      throw other(
        "holds rows of shape \(stored.rowShape), here are rows of \(activations.rowShape)",
        at: "\(place), \(point.name)")
    }
    try forEachBlock(0..<stored.rowsDone) { values, row in
      var rounded = [UInt8](repeating: 0, count: values.count * dtype.byteCount)
      var expected = [Float](repeating: 0, count: values.count)
      rounded.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        _ = dtype.encode(values, to: base)
        dtype.decode(base, count: values.count, into: &expected)
      }
      let count = values.count / activations.width
      let found = try store.matrix(point, of: known, rows: .rows(Array(row..<(row + count)))).elements
      guard let index = expected.indices.first(where: { expected[$0].bitPattern != found[$0].bitPattern })
      else { return }
      throw other(
        "holds other values: \(found[index]) where \(expected[index]) is to be imported",
        at: "\(place), \(point.name), \(location(ofRow: row + index / activations.width))")
    }
  }

  // MARK: - Values

  private func encode(_ batch: CapturePlan.Batch, into staged: StagedBatch) throws {
    var target = staged.reserve(
      point: 0, byteCount: batch.rowCount * activations.width * dtype.byteCount, rowCount: batch.rowCount)
    try forEachBlock(batch.firstRow..<(batch.firstRow + batch.rowCount)) { values, _ in
      _ = dtype.encode(values, to: target)
      target += values.count * dtype.byteCount
    }
  }

  /// The values of some rows, a few at a time, each checked to be finite and to fit the type; `row` is the first.
  private func forEachBlock(
    _ range: Range<Int>, _ body: (_ values: UnsafeBufferPointer<Float>, _ row: Int) throws -> Void
  ) throws {
    let width = activations.width
    // Enough values to be worth a call, few enough for the second look to find them in the cache.
    let step = max(1, 65_536 / width)
    var values = [Float](repeating: 0, count: step * width)
    var scratch = [UInt8](repeating: 0, count: step * width * dtype.byteCount)
    for row in stride(from: range.lowerBound, to: range.upperBound, by: step) {
      let count = min(step, range.upperBound - row)
      try values.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        activations.decodeRows(row..<(row + count), into: base)
        let block = UnsafeBufferPointer(start: base, count: count * width)
        let lost = scratch.withUnsafeMutableBytes { bytes in
          bytes.baseAddress.map { dtype.encode(block, to: $0) } ?? 0
        }
        if lost > 0 || firstNonFinite(block) != nil { throw complaint(block, firstRow: row) }
        try body(block, row)
      }
    }
  }

  /// Says which of the values, whose first is that of row `firstRow`, cannot be stored.
  private func complaint(_ values: UnsafeBufferPointer<Float>, firstRow: Int) -> StoreError {
    let bad = values.firstIndex { !$0.isFinite || !dtype.holds($0) } ?? 0
    let (row, column) = (firstRow + bad / activations.width, bad % activations.width)
    let value = activations.value(row: row, column: column)
    let place = "\(activations.path), \(location(ofRow: row)), value \(column)"
    guard value.isFinite else {
      return StoreError(
        .nonFinite, at: place, "the activation is \(value)",
        advice: "Leave the example out, or repair what computed it")
    }
    let type: ScalarType = values[bad].isFinite ? dtype : .float32
    return StoreError(
      .outOfRange, at: place, "the activation \(value) does not fit \(type.rawValue)",
      advice: type == .float16
        ? "Import with --dtype bfloat16 or float32"
        : type == .bfloat16 ? "Import with --dtype float32" : "Scale the activations")
  }

  /// `row 12, example "fr", position 3`
  private func location(ofRow row: Int) -> String {
    let index = rows.example(ofRow: row)
    let position = positions == .all ? ", position \(row - rows.ranges[index].lowerBound)" : ""
    return "row \(row), example \"\(corpus.examples[index].id)\"" + position
  }
}
