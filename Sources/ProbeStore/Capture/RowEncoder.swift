import ProbeMath
import ProbeModel

/// Encodes the captured rows of a batch straight from the forward pass's memory, checking them on the way.
struct RowEncoder {
  private let plan: CapturePlan
  private let batch: CapturePlan.Batch
  private let dtype: ScalarType
  private let corpus: Corpus
  private let pointIndex: [HookPoint: Int]
  /// Captured rows of the packed batch, as runs of neighbours.
  private let runs: [Range<Int>]
  /// First packed row of each sequence of the batch.
  private let starts: [Int]

  /// Values checked and encoded at a time: few enough for the second look to find them in the cache.
  private static let block = 8_192

  init(
    plan: CapturePlan, batch: CapturePlan.Batch, dtype: ScalarType, corpus: Corpus, points: [HookPoint: Int]
  ) {
    self.plan = plan
    self.batch = batch
    self.dtype = dtype
    self.corpus = corpus
    pointIndex = points
    var runs: [Range<Int>] = []
    var starts = [0]
    for index in batch.sequences {
      let start = starts[starts.count - 1]
      for token in plan.sequences[index].selected {
        let row = start + Int(token)
        if let last = runs.last, last.upperBound == row {
          runs[runs.count - 1] = last.lowerBound..<(row + 1)
        } else {
          runs.append(row..<(row + 1))
        }
      }
      starts.append(start + plan.sequences[index].ids.count)
    }
    self.runs = runs
    self.starts = starts
  }

  /// Encodes one point's rows into `staged`.
  ///
  /// - Throws: ``StoreError``: `nonFinite` or `outOfRange`, naming hook, example, position and token.
  func encode(_ view: ActivationView, into staged: StagedBatch) throws {
    guard let point = pointIndex[view.point] else { return }
    if plan.positions.isPooled {
      try encodeMeans(view, point, staged)
      return
    }
    let ranges = runs.map {
      view.range(row: $0.lowerBound).lowerBound..<view.range(row: $0.upperBound - 1).upperBound
    }
    let count = ranges.reduce(0) { $0 + $1.count }
    let widths = view.rowOffsets == nil ? nil : runs.flatMap { run in run.map { view.range(row: $0).count } }
    var target = staged.reserve(
      point: point, byteCount: count * dtype.byteCount, rowCount: batch.rowCount, widths: widths)
    for range in ranges {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
        let end = min(start + Self.block, range.upperBound)
        let values = UnsafeBufferPointer(UnsafeMutableBufferPointer(rebasing: view.values[start..<end]))
        let lost = dtype.encode(values, to: target)
        if lost > 0 || firstNonFinite(values) != nil { throw complaint(view, values, from: start) }
        target += values.count * dtype.byteCount
      }
    }
  }

  /// Means over each sequence's own tokens, accumulated in double precision.
  private func encodeMeans(_ view: ActivationView, _ point: Int, _ staged: StagedBatch) throws {
    let width = view.rowShape.reduce(1, *)
    let bytes = width * dtype.byteCount
    var target = staged.reserve(point: point, byteCount: batch.rowCount * bytes, rowCount: batch.rowCount)
    var sums = [Double](repeating: 0, count: width)
    var means = [Float](repeating: 0, count: width)
    for (place, index) in batch.sequences.enumerated() {
      let own = plan.sequences[index].own
      for column in 0..<width { sums[column] = 0 }
      for token in own {
        let row = view[starts[place] + token]
        for column in 0..<width { sums[column] += Double(row[column]) }
      }
      for column in 0..<width { means[column] = Float(sums[column] / Double(own.count)) }
      try means.withUnsafeBufferPointer { values in
        let lost = dtype.encode(values, to: target)
        if lost > 0 || firstNonFinite(values) != nil {
          let first = starts[place] + own.lowerBound
          throw complaint(view, values, from: first * width)
        }
      }
      target += bytes
    }
  }

  // MARK: Complaints

  /// Says which value of `values`, which begin at `offset` of the view, cannot be stored.
  private func complaint(_ view: ActivationView, _ values: UnsafeBufferPointer<Float>, from offset: Int)
    -> StoreError
  {
    let bad = values.firstIndex { !$0.isFinite || !dtype.holds($0) } ?? 0
    let row = row(of: offset + bad, view)
    let place = (starts.firstIndex { $0 > row } ?? 1) - 1
    let sequence = plan.sequences[batch.sequences[place]]
    let token = row - starts[place]
    let example = corpus.examples[sequence.example].id
    let which =
      plan.positions.isPooled
      ? "mean over its tokens" : "position \(token - sequence.leading), token id \(sequence.ids[token])"
    let location = "\(view.point.name), example \"\(example)\", \(which)"
    guard values[bad].isFinite else {
      return StoreError(
        .nonFinite, at: location, "the activation is \(values[bad])",
        advice: "The checkpoint or its conversion is damaged: nothing from here on can be trusted")
    }
    return StoreError(
      .outOfRange, at: location, "the activation \(values[bad]) does not fit \(dtype.rawValue)",
      advice: dtype == .float16 ? "Capture with dtype bfloat16 or float32" : "Capture with dtype float32")
  }

  private func row(of value: Int, _ view: ActivationView) -> Int {
    guard let offsets = view.rowOffsets else { return value / view.rowShape.reduce(1, *) }
    return (offsets.firstIndex { $0 > value } ?? 1) - 1
  }
}

extension ScalarType {
  /// Whether a finite value stays finite in this type.
  func holds(_ value: Float) -> Bool {
    switch self {
    case .float32: true
    case .float16: Float16(value).isFinite
    // The largest finite value that rounds to a finite bfloat16.
    case .bfloat16: value.magnitude.bitPattern < 0x7f7f_8000
    }
  }
}
