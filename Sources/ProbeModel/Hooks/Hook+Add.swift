import ProbeMath

extension Hook {
  /// Steering: adds a vector to activations, h + c · v.
  ///
  /// Activation addition (Turner et al. 2023, arXiv:2308.10248) takes v as the difference of two prompts' activations.
  ///
  /// - Parameters:
  ///   - vector: v, shaped as for ``replace(_:with:at:)``.
  ///   - coefficient: c.
  ///   - selection: where it is added.
  /// - Throws: the hook throws ``ModelError`` as that of ``replace(_:with:at:)``.
  public static func add(
    _ point: HookPoint, _ vector: Tensor, coefficient: Float = 1, at selection: Selection = .all
  ) -> Hook {
    let rows = RowValues(values: vector)
    return Hook(point) { view in
      let layout = try rows.layout(in: view)
      try vector.elements.withUnsafeBufferPointer { vector in
        try view.forEachSlice(in: selection) { slice in
          let start = try rows.start(for: slice, layout, at: point)
          for index in slice.values.indices { slice.values[index] += coefficient * vector[start + index] }
        }
      }
    }
  }
}
