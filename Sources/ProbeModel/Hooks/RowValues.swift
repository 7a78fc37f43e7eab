import ProbeMath

/// Values given for the rows of a hook point, in one of three shapes.
///
/// | shape | meaning |
/// |---|---|
/// | the row's, or flat as wide as the row | the same in every row |
/// | `[dHead]` at points with heads (`[dModel]` at `hook_result`) | the same in every head of every row |
/// | `[position]` + the row's | one row a position |
struct RowValues: Sendable {
  let values: Tensor

  /// How the values spread over the rows of `view`: strides of position and head.
  struct Layout {
    fileprivate let (byPosition, byHead): (Bool, Bool)
    fileprivate let (positions, width): (Int, Int)
  }

  /// - Throws: ``ModelError`` `.wrongShape` for values that fit no row, `.unsupported` at ragged points.
  func layout(in view: ActivationView) throws(ModelError) -> Layout {
    guard view.rowOffsets == nil else {
      throw ModelError(
        .unsupported, at: view.point.name, "rows differ in width, so no one vector fits them",
        advice: "Take the rows of another run: patch, or freeze the pattern")
    }
    let (row, width) = (view.rowShape, view.rowShape.reduce(1, *))
    let shape = values.shape
    if shape == row || shape == [width] {
      return Layout(byPosition: false, byHead: true, positions: 1, width: width)
    }
    if view.point.site.hasHeads, shape == Array(row.dropFirst()) {
      return Layout(byPosition: false, byHead: false, positions: 1, width: width)
    }
    if shape.count == row.count + 1, Array(shape.dropFirst()) == row {
      return Layout(byPosition: true, byHead: true, positions: shape[0], width: width)
    }
    let one = view.point.site.hasHeads ? ", \(Array(row.dropFirst())) for each head" : ""
    throw ModelError(
      .wrongShape, at: view.point.name,
      "expected a vector of shape \(row)\(one) or \(["positions"] + row.map { "\($0)" }), found \(shape)"
        .replacing("\"", with: ""))
  }

  /// Where in ``values`` the ones for `slice` begin.
  ///
  /// - Throws: ``ModelError`` `.badInput` for a position that they do not reach.
  func start(for slice: ActivationSlice, _ layout: Layout, at point: HookPoint) throws(ModelError) -> Int {
    let inRow = layout.byHead ? slice.offset : 0
    guard layout.byPosition else { return inRow }
    guard slice.position < layout.positions else {
      throw ModelError(
        .badInput, at: "\(point.name), sequence \(slice.sequence)",
        "there are values for \(layout.positions) positions, and none for position \(slice.position)",
        advice: "Select positions below \(layout.positions)")
    }
    return slice.position * layout.width + inRow
  }
}
