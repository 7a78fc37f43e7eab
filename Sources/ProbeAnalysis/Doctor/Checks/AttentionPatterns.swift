import ProbeModel

extension HealthCheck {
  /// Rows of the pattern are probabilities, and z is the mean of the values under them:
  ///
  ///     Σ_key pattern[head, query, key] = 1,   z[query, head] = Σ_key pattern[head, query, key] · v[key, head's group]
  static let attention = HealthCheck(
    "attention", claim: "pattern rows sum to 1, and pattern · v = z for every head"
  ) { patient in
    let (model, batch) = (patient.model, patient.batch)
    var (sums, products) = (Worst<String>(), Worst<String>())
    try model.eachLayer(of: batch, at: [.v, .pattern, .z]) { block in
      for sequence in 0..<batch.sequenceCount {
        let rows = batch.rows(of: sequence)
        for row in rows {
          for head in 0..<model.config.nHeads {
            let found = AttentionRow(config: model.config, block: block, rows: rows, row: row, head: head)
            let place = "blocks.\(block.layer), head \(head)"
            sums.meet(abs(found.sum - 1), place)
            products.meet(found.difference, place)
          }
        }
      }
    }
    // Sums of up to 48 float32 terms below 1: 48 · 2⁻²⁴ = 2.9e-6.
    let tolerance = 1e-5
    let isHealthy = sums.value <= tolerance && products.value <= tolerance
    let place = (products.value <= tolerance ? sums.place : products.place) ?? ""
    return CheckResult(
      isHealthy ? .ok : .failed,
      found:
        "rows sum to 1 within \(sums.value.brief), pattern · v = z within \(products.value.brief) of the values"
        + (isHealthy ? "" : ", worst at \(place)"),
      expected: "both within \(tolerance.brief)",
      advice: isHealthy
        ? ""
        : "The engine does not compute what its hook points say: report this with the model's config.json",
      figures: [
        .init("largest |sum of a pattern row − 1|", sums.value),
        .init("largest ‖pattern · v − z‖ relative to the values", products.value),
      ])
  }
}

/// One query of one head.
struct AttentionRow {
  /// Of the pattern.
  private(set) var sum = 0.0
  /// ‖pattern · v − z‖ / Σ pattern · ‖v‖
  private(set) var difference = 0.0

  /// - Parameter rows: those of the query's sequence.
  init(config: TransformerConfig, block: LayerActivations, rows: Range<Int>, row: Int, head: Int) {
    let ragged = block.row(row, .pattern)
    let visible = ragged.count / config.nHeads
    let pattern = ragged[(ragged.startIndex + head * visible)...].prefix(visible)
    // What is hidden by a window lies before what is seen, what the mask hides behind it.
    let end = config.masking == .causal ? row + 1 : rows.upperBound
    let group = head / config.headsPerGroup * config.dHead
    var mean = [Double](repeating: 0, count: config.dHead)
    var scale = 0.0
    for (key, share) in zip(end - visible..<end, pattern) {
      let values = block.row(key, .v)
      let first = values.startIndex + group
      var squares = 0.0
      for index in 0..<config.dHead {
        let value = Double(values[first + index])
        mean[index] += Double(share) * value
        squares += value * value
      }
      scale += Double(share) * squares.squareRoot()
      sum += Double(share)
    }
    let z = block.row(row, .z).dropFirst(head * config.dHead).prefix(config.dHead)
    let off = length(zip(mean, z).map { $0 - Double($1) })
    difference = off == 0 ? 0 : off / scale
  }
}
