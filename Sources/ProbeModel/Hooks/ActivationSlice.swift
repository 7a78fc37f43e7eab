/// What an intervention changes at once: one row, or one head of it.
struct ActivationSlice {
  let sequence: Int
  /// Counted from the beginning of the sequence.
  let position: Int
  /// The head; 0 where the whole row is one slice.
  let head: Int
  /// Where the slice begins in its row.
  let offset: Int
  /// The values, in the pass's own memory.
  let values: UnsafeMutableBufferPointer<Float>
}

extension ActivationView {
  /// Heads of a row; 1 at points without heads.
  var headCount: Int { point.site.hasHeads ? rowShape[0] : 1 }

  /// Calls `body` with every selected slice: by row, and within it by head.
  ///
  /// - Parameter byHead: whether heads come one by one; else whole rows, and all heads must be selected.
  /// - Throws: ``ModelError`` `.badInput` for a selection that does not fit; whatever `body` throws.
  func forEachSlice(
    in selection: Selection, byHead: Bool = true, _ body: (ActivationSlice) throws -> Void
  ) throws {
    let heads = try selection.heads(of: point, count: headCount)
    for sequence in try selection.sequences(of: batch, at: point) {
      let toPosition = batch.positions(of: sequence).lowerBound - batch.rows(of: sequence).lowerBound
      for row in try selection.rows(of: sequence, in: batch, at: point) {
        let range = range(row: row)
        // Rows of ragged points differ in width: `[head, visible key]` all the same.
        let width = byHead ? range.count / headCount : range.count
        for head in byHead ? heads : [0] {
          let start = range.lowerBound + head * width
          try body(
            ActivationSlice(
              sequence: sequence, position: row + toPosition, head: head, offset: head * width,
              values: UnsafeMutableBufferPointer(rebasing: values[start..<start + width])))
        }
      }
    }
  }
}
