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
  /// Number of rows.
  public var rowCount: Int { activations.rowCount }
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

  /// Writes what the store lacks, and what is damaged in it.
  ///
  /// - Parameters:
  ///   - store: where to write.
  ///   - threads: batches in flight; the stored bits do not depend on it.
  ///   - progress: called before the first batch and after each.
  ///   - shouldStop: asked after each batch; the same call goes on from there.
  /// - Returns: what was done; no byte is written when all of it was there.
  /// - Throws: ``StoreError``: `badInput` when the store holds other values under this name; `interrupted`.
  public func run(
    into store: ActivationStore, threads: Int = availableProcessors,
    progress: @Sendable (CaptureProgress) -> Void = { _ in }, shouldStop: @Sendable () -> Bool = { false }
  ) throws -> CaptureOutcome {
    var isDamaged = false
    if let known = try store.capture(request.identity) { isDamaged = try check(known, in: store) }
    return try request.run(
      into: store, threads: threads, verify: isDamaged,
      makeProducer: { { batch, _, buffer in try encode(request.plan.batches[batch], into: buffer) } },
      progress: progress, shouldStop: shouldStop)
  }

  // MARK: - What is there already

  /// Refuses to go on where the store holds something else under the same name. Returns whether chunks are damaged:
  /// what they held is not compared.
  private func check(_ known: CaptureRecord, in store: ActivationStore) throws -> Bool {
    let place = "\(store.path), capture \(known.id) \"\(name)\""
    func other(_ problem: String, at place: String) -> StoreError {
      StoreError(
        .badInput, at: place, problem, advice: "Choose another --name: nothing that is stored is changed")
    }
    guard known.planDigest == request.planDigest else {
      throw other("its rows are cut into examples differently", at: place)
    }
    guard let stored = known.point(point) else { return false }
    guard stored.rowShape == activations.rowShape else {
      throw other(
        "holds rows of shape \(stored.rowShape), here are rows of \(activations.rowShape)",
        at: "\(place), \(point.name)")
    }
    let damage = try store.damage(of: stored, known).map { $0.rows }
    var sound = 0
    for broken in damage + [stored.rowsDone..<stored.rowsDone] {
      if sound < broken.lowerBound {
        try store.forEachBlock(point, of: known, rows: sound..<broken.lowerBound) { rows, found in
          guard let (row, value, expected) = try difference(found, rows) else { return }
          throw other(
            "holds other values: \(value) where \(expected) is to be imported",
            at: "\(place), \(point.name), \(location(ofRow: row))")
        }
      }
      sound = max(sound, broken.upperBound)
    }
    return !damage.isEmpty
  }

  /// The first of some stored values that is not what would be stored.
  private func difference(
    _ found: UnsafeBufferPointer<Float>, _ rows: Range<Int>
  ) throws -> (row: Int, found: Float, expected: Float)? {
    var different: (row: Int, found: Float, expected: Float)?
    var (encoded, rounded) = ([UInt8](), [Float]())
    try forEachBlock(rows) { values, row in
      if different != nil { return }
      if rounded.count < values.count {
        encoded = [UInt8](repeating: 0, count: values.count * dtype.byteCount)
        rounded = [Float](repeating: 0, count: values.count)
      }
      encoded.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        _ = dtype.encode(values, to: base)
        dtype.decode(base, count: values.count, into: &rounded)
      }
      let offset = (row - rows.lowerBound) * activations.width
      for index in 0..<values.count where rounded[index].bitPattern != found[offset + index].bitPattern {
        different = (row + index / activations.width, found[offset + index], rounded[index])
        return
      }
    }
    return different
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
