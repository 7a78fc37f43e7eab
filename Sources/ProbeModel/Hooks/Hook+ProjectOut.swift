import ProbeMath

extension Hook {
  /// Removes a subspace from activations: h − Q Qᵀ h, so that nothing linear later can read it from there.
  ///
  /// - Parameters:
  ///   - subspace: as wide as one head (removed from every selected head), or as the row (removed from it as a whole).
  ///   - selection: where; all heads when the subspace is as wide as a row of several.
  /// - Throws: the hook throws ``ModelError`` `.wrongShape` for a subspace of another width, `.badInput` for a selection
  ///   that does not fit, `.unsupported` at ragged points.
  public static func projectOut(
    _ point: HookPoint, _ subspace: Subspace, at selection: Selection = .all
  ) -> Hook {
    Hook(point) { view in
      let byHead = try isByHead(subspace, view, selection)
      try view.forEachSlice(in: selection, byHead: byHead) { subspace.remove(from: $0.values) }
    }
  }

  private static func isByHead(
    _ subspace: Subspace, _ view: ActivationView, _ selection: Selection
  ) throws(ModelError) -> Bool {
    guard view.rowOffsets == nil else {
      throw ModelError(.unsupported, at: view.point.name, "rows differ in width, so no direction fits them")
    }
    let (heads, width) = (view.headCount, view.rowShape.reduce(1, *))
    if subspace.width == width / heads { return true }
    guard subspace.width == width else {
      let one = heads == 1 ? "" : "\(width / heads) (one head) or "
      throw ModelError(
        .wrongShape, at: view.point.name,
        "expected directions of \(one)\(width) values, found \(subspace.width)")
    }
    guard selection.heads == .all else {
      throw ModelError(
        .badInput, at: view.point.name,
        "directions as wide as the row, \(width) values, cannot be removed from some of its heads",
        advice: "Give directions of \(width / heads) values, or select all heads")
    }
    return false
  }
}
