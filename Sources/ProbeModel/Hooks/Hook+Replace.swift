import ProbeMath

/// Ablations: activations replaced by values that know nothing of the prompt.
extension Hook {
  /// Sets activations to zero.
  ///
  /// - Throws: the hook throws ``ModelError`` `.badInput` for a selection that does not fit.
  public static func zero(_ point: HookPoint, at selection: Selection = .all) -> Hook {
    Hook(point) { view in
      try view.forEachSlice(in: selection) { $0.values.update(repeating: 0) }
    }
  }

  /// Sets activations to given values.
  ///
  /// - Parameter values: shaped as one row (every selected row becomes it), as one head of a row (every selected head
  ///   becomes it), or `[position]` + the row's shape (the row of position p becomes `values[p]`).
  /// - Throws: the hook throws ``ModelError`` `.wrongShape` for values that fit no row, `.badInput` for a selection
  ///   that does not fit or positions that the values do not reach, `.unsupported` at ragged points.
  public static func replace(_ point: HookPoint, with values: Tensor, at selection: Selection = .all) -> Hook
  {
    let rows = RowValues(values: values)
    return Hook(point) { view in
      let layout = try rows.layout(in: view)
      try view.forEachSlice(in: selection) { slice in
        let start = try rows.start(for: slice, layout, at: point)
        _ = slice.values.update(fromContentsOf: values.elements[start..<start + slice.values.count])
      }
    }
  }

  /// Mean ablation: sets activations to their mean over a reference run.
  ///
  /// - Parameters:
  ///   - reference: a run that was observed at `point`.
  ///   - averaging: over what the mean goes.
  ///   - selection: what becomes the mean.
  /// - Throws: ``ModelError`` as ``ActivationCache/mean(at:over:of:)``; the hook as ``replace(_:with:at:)``.
  public static func mean(
    _ point: HookPoint, of reference: ActivationCache, over averaging: ActivationCache.Averaging = .rows,
    at selection: Selection = .all
  ) throws(ModelError) -> Hook {
    replace(point, with: try reference.mean(at: point, over: averaging), at: selection)
  }
}
