import ProbeModel

/// Where the rows of batches come from: a model that computes them, or stores that hold them.
///
/// Made once for each thread. Fills the buffer with the rows of the given points, each at its place in the
/// capture's list of points.
typealias BatchProducer = (_ batch: Int, _ points: [HookPoint: Int], _ buffer: StagedBatch) throws -> Void

extension CaptureRequest {
  /// Runs the model over the batch and encodes what it shows.
  func makeModelProducer() -> BatchProducer {
    let pass = source.makePass()
    return { index, points, buffer in
      let batch = plan.batches[index]
      let encoder = RowEncoder(
        plan: plan, batch: batch, dtype: identity.settings.dtype, corpus: corpus, points: points)
      try pass(plan.tokens(of: batch), Set(points.keys)) { try encoder.encode($0, into: buffer) }
      let seen = Set(buffer.parts.map(\.point))
      guard buffer.parts.count == points.count, seen.count == points.count else {
        let absent = points.filter { !seen.contains($0.value) }.keys.sorted().map(\.name)
          .joined(separator: ", ")
        throw StoreError(
          .badInput, at: source.name,
          "the forward pass showed \(buffer.parts.count) of \(points.count) points",
          advice: absent.isEmpty ? "" : "Missing: \(absent)")
      }
    }
  }
}
