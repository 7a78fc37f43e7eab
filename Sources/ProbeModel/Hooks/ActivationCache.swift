import ProbeMath

/// Copies of the activations of a packed batch, by hook point.
public struct ActivationCache: Sendable {
  /// The batch they belong to; empty before anything was recorded.
  public private(set) var batch = TokenBatch([])
  private var entries: [HookPoint: Entry] = [:]
  /// Grows with every other batch, so that what an earlier one left is not taken for this one's.
  private var round = 0

  private struct Entry: Sendable {
    var values: Tensor
    /// Start of each row in the values, and the end of the last; nil where all rows are equally wide.
    var rowOffsets: [Int]?
    var round: Int
  }

  private func entry(_ point: HookPoint) -> Entry? { entries[point].flatMap { $0.round == round ? $0 : nil } }

  /// An empty cache.
  public init() {}

  /// The points there are, in the order of computation.
  public var points: [HookPoint] { entries.filter { $0.value.round == round }.keys.sorted() }

  /// The activations at `point`, `[row] + row shape` in the rows of ``batch``; ragged points are one flat axis.
  public subscript(point: HookPoint) -> Tensor? { entry(point)?.values }

  /// The activations of one sequence at `point`, `[position] + row shape`.
  public subscript(point: HookPoint, sequence sequence: Int) -> Tensor? {
    guard let entry = entry(point) else { return nil }
    let rows = batch.rows(of: sequence)
    if let offsets = entry.rowOffsets {
      let part = entry.values.elements[offsets[rows.lowerBound]..<offsets[rows.upperBound]]
      return Tensor([part.count], Array(part))
    }
    return entry.values.selecting(rows: Array(rows))
  }

  /// The values of row `row` at `point`; of ragged points `[head, visible key]`.
  public func row(_ row: Int, at point: HookPoint) -> ArraySlice<Float>? {
    guard let entry = entry(point) else { return nil }
    guard let offsets = entry.rowOffsets else { return entry.values[row: row] }
    return entry.values.elements[offsets[row]..<offsets[row + 1]]
  }

  /// Keeps a copy of what an observer sees.
  ///
  /// A cache that is filled again by batches of the same shape keeps its memory: fresh memory costs more than the copy.
  public mutating func record(_ view: ActivationView) {
    if view.batch != batch { (batch, round) = (view.batch, round + 1) }
    let shape = view.rowOffsets == nil ? [batch.rowCount] + view.rowShape : [view.values.count]
    if entries[view.point]?.values.shape == shape {
      entries[view.point]?.values.elements.withUnsafeMutableBufferPointer { view.copyValues(to: $0) }
      entries[view.point]?.rowOffsets = view.rowOffsets
      entries[view.point]?.round = round
      return
    }
    let values = [Float](unsafeUninitializedCapacity: view.values.count) { memory, count in
      view.copyValues(to: UnsafeMutableBufferPointer(rebasing: memory[..<view.values.count]))
      count = view.values.count
    }
    entries[view.point] = Entry(values: Tensor(shape, values), rowOffsets: view.rowOffsets, round: round)
  }
}
