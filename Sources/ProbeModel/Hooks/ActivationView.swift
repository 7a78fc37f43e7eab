import ProbeMath

/// The activations of one hook point for a packed batch, as they lie in the forward pass's workspace.
///
/// Row r belongs to token r of the batch. The memory is reused by the next operation: a view is valid only inside
/// the call that received it. Copy what you keep (``tensor(sequence:)``).
public struct ActivationView {
  /// Where the activations were taken.
  public let point: HookPoint
  /// The batch they belong to.
  public let batch: TokenBatch
  /// Shape of one row: `[dModel]`, `[head, dHead]`, `[head]` for ragged points (times the visible keys).
  public let rowShape: [Int]
  /// The values of all rows, one after the other.
  public let values: UnsafeMutableBufferPointer<Float>
  /// Start of each row in `values`, and the end of the last, for ragged points; nil where all rows are equally wide.
  public let rowOffsets: [Int]?
  /// The threads of the run that shows them; nil where there is no run.
  var team: Team? = nil

  /// A view of memory that something else than a forward pass of this program filled.
  @_spi(Sources) public init(
    point: HookPoint, batch: TokenBatch, rowShape: [Int], values: UnsafeMutableBufferPointer<Float>
  ) {
    self.init(point: point, batch: batch, rowShape: rowShape, values: values, rowOffsets: nil)
  }

  init(
    point: HookPoint, batch: TokenBatch, rowShape: [Int], values: UnsafeMutableBufferPointer<Float>,
    rowOffsets: [Int]?, team: Team? = nil
  ) {
    (self.point, self.batch, self.rowShape) = (point, batch, rowShape)
    (self.values, self.rowOffsets, self.team) = (values, rowOffsets, team)
  }

  /// Range of row `row` in ``values``.
  public func range(row: Int) -> Range<Int> {
    if let rowOffsets { return rowOffsets[row]..<rowOffsets[row + 1] }
    let width = rowShape.reduce(1, *)
    return row * width..<(row + 1) * width
  }

  /// The values of one row.
  public subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: values[range(row: row)])
  }

  /// Copies all values, on the threads of the run.
  func copyValues(to target: UnsafeMutableBufferPointer<Float>) {
    guard let source = values.baseAddress, let to = target.baseAddress else { return }
    guard let team else { return to.update(from: source, count: values.count) }
    team.divide(values.count, least: 1 << 16) { part in
      (to + part.lowerBound).update(from: source + part.lowerBound, count: part.count)
    }
  }

  /// A copy of one sequence's activations, `[position] + rowShape`.
  ///
  /// Ragged points become one flat axis: all rows of the sequence, concatenated.
  public func tensor(sequence: Int) -> Tensor {
    let rows = batch.rows(of: sequence)
    let start = rows.isEmpty ? 0 : range(row: rows.lowerBound).lowerBound
    let end = rows.isEmpty ? 0 : range(row: rows.upperBound - 1).upperBound
    let copy = Array(values[start..<end])
    return Tensor(rowOffsets == nil ? [rows.count] + rowShape : [copy.count], copy)
  }
}
