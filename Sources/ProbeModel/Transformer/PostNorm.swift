extension HookedTransformer {
  /// The row that a post-norm block's norm makes of a sum, by its definition and in double precision: independent of the
  /// kernels of the forward pass, so that one can be checked against the other.
  ///
  ///     (x − mean) / √(variance + ε) · gain + bias,   or   x / √(mean(x²) + ε) · gain
  ///
  /// - Parameters:
  ///   - site: `.ln1Normalized` or `.ln2Normalized`.
  ///   - layer: the block.
  ///   - row: dModel values.
  /// - Returns: the row, and ‖x − mean‖ / √(variance + ε) · max|gain|, the scale that its rounding errors go with; nil when
  ///   the block has no such norm.
  public func normDefinition(
    _ site: HookPoint.Site, layer: Int, of row: [Double]
  ) -> (values: [Double], scale: Double)? {
    let block = weights.blocks[layer]
    guard let norm = site == .ln1Normalized ? block.ln1 : site == .ln2Normalized ? block.ln2 : nil else {
      return nil
    }
    precondition(row.count == config.dModel, "normDefinition: \(row.count) values, dModel \(config.dModel)")
    let width = Double(row.count)
    let (mean, epsilon): (Double, Double)
    switch config.normalization {
    case .layerNorm(let value): (mean, epsilon) = (row.reduce(0, +) / width, Double(value))
    case .rmsNorm(let value): (mean, epsilon) = (0, Double(value))
    case .none: return nil
    }
    let squares = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / width + epsilon).squareRoot()
    let magnitude = row.reduce(0) { $0 + $1 * $1 }.squareRoot() / deviation
    var (values, largestGain) = ([Double](), 0.0)
    values.reserveCapacity(row.count)
    for (index, value) in row.enumerated() {
      let gain = norm.gain.map { Double($0.pointer[index]) } ?? 1
      largestGain = max(largestGain, abs(gain))
      values.append((value - mean) / deviation * gain + (norm.bias.map { Double($0.pointer[index]) } ?? 0))
    }
    return (values, magnitude * largestGain)
  }
}
