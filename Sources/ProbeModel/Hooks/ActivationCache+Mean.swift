import ProbeMath

extension ActivationCache {
  /// Over what a mean of activations goes.
  public enum Averaging: String, Sendable, CaseIterable {
    /// Over all positions of all sequences: one row.
    case rows
    /// Over sequences of one length, position by position: one row a position.
    case sequences
  }

  /// The mean of a run's activations at `point`, summed in float64.
  ///
  /// - Parameters:
  ///   - averaging: over what.
  ///   - selection: positions and sequences that count; heads are kept apart anyway, and all of them are given.
  /// - Returns: the row's shape, or `[position]` + the row's shape over ``Averaging/sequences``.
  /// - Throws: ``ModelError`` `.badInput` when the run was not observed there, nothing is selected, or sequences to be
  ///   averaged position by position differ in length (both lengths are named); `.unsupported` at ragged points.
  public func mean(
    at point: HookPoint, over averaging: Averaging = .rows, of selection: Selection = .all
  ) throws(ModelError) -> Tensor {
    guard let values = self[point] else { throw notObserved(point) }
    guard !point.site.isRagged else {
      throw ModelError(.unsupported, at: point.name, "rows differ in width, so they have no mean")
    }
    let groups = try rows(at: point, over: averaging, of: selection)
    guard !groups.isEmpty, groups.allSatisfy({ !$0.isEmpty }) else {
      throw ModelError(.badInput, at: point.name, "a mean over no position at all")
    }
    let (width, row) = (values.width, Array(values.shape.dropFirst()))
    var means: [Float] = []
    means.reserveCapacity(groups.count * width)
    for group in groups {
      var sum = [Double](repeating: 0, count: width)
      for index in group {
        let first = index * width
        for column in 0..<width { sum[column] += Double(values.elements[first + column]) }
      }
      for total in sum { means.append(Float(total / Double(group.count))) }
    }
    return averaging == .rows ? Tensor(row, means) : Tensor([groups.count] + row, means)
  }

  /// The rows that go into each mean.
  private func rows(
    at point: HookPoint, over averaging: Averaging, of selection: Selection
  ) throws(ModelError) -> [[Int]] {
    var bySequence: [[Int]] = []
    let sequences = try selection.sequences(of: batch, at: point)
    for sequence in sequences { bySequence.append(try selection.rows(of: sequence, in: batch, at: point)) }
    guard averaging == .sequences else { return [bySequence.flatMap { $0 }] }
    let lengths = bySequence.map { $0.count }
    if let first = lengths.first, let other = lengths.firstIndex(where: { $0 != first }) {
      throw ModelError(
        .badInput, at: point.name,
        "sequence \(sequences[0]) has \(first) positions and sequence \(sequences[other]) has \(lengths[other]): "
          + "they have no mean position by position",
        advice: "Give prompts of one length, or average over all rows")
    }
    return (0..<(lengths.first ?? 0)).map { position in bySequence.map { $0[position] } }
  }

  /// A run that was asked for what nobody observed.
  func notObserved(_ point: HookPoint) -> ModelError {
    ModelError(
      .badInput, at: point.name, "the reference run was not observed at this point",
      advice: "Ask for it when running: `activations(of:at:)`")
  }
}
