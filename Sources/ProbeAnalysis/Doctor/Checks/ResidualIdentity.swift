import ProbeModel

extension HealthCheck {
  /// The stream leaving a block is the one entering it plus what its branches add (design of the hook points):
  ///
  ///     resid_post = resid_pre + attn_out + mlp_out                                  all but post-norm
  ///     resid_mid = ln1(resid_pre + attn_out), resid_post = ln2(resid_mid + mlp_out)   post-norm
  ///
  /// Computed in double precision from the observed values. A row is off by ‖Δ‖ against the sum of the norms of its parts
  /// (of a post-norm block also the norm's own magnification), so that cancelling branches ask for nothing impossible.
  static let residualIdentity = HealthCheck(
    "residual-identity", claim: "a block adds its branches to the stream, and nothing else"
  ) { patient in
    let model = patient.model
    var worst = Worst<String>()
    var previous: [Float]?
    var isConnected = true
    try model.eachLayer(of: patient.batch, at: [.residPre, .attnOut, .residMid, .mlpOut, .residPost]) {
      block in
      let identity = ResidualIdentity(model: model, block: block)
      for row in 0..<block.rowCount {
        for part in identity.differences(row) {
          worst.meet(part.relative, "blocks.\(block.layer).\(part.site)")
        }
      }
      if let previous, previous != block.values[.residPre] { isConnected = false }
      previous = block.values[.residPost]
    }
    // Three float32 additions: 3 · 2⁻²⁴ = 1.8e-7 of the sum of the norms; norms sum dModel squares besides.
    let tolerance = 1e-5
    let isHealthy = worst.value <= tolerance && isConnected
    return CheckResult(
      isHealthy ? .ok : .failed,
      found: isConnected
        ? "\(ResidualIdentity.formula(model.config)) within \(worst.value.brief) of the parts' norms"
          + (isHealthy ? "" : ", worst at \(worst.place ?? "")")
        : "a block does not start from what the block before it left",
      expected: "within \(tolerance.brief)",
      advice: isHealthy
        ? ""
        : "The engine does not compute what its hook points say: report this with the model's config.json",
      figures: [.init("largest difference relative to the norms of the parts", worst.value)])
  }
}

/// The identity of one block, row by row.
struct ResidualIdentity {
  let model: HookedTransformer
  let block: LayerActivations

  static func formula(_ config: TransformerConfig) -> String {
    switch (config.blockOrder, config.mlp) {
    case (.postNorm, .none): "ln1(resid_pre + attn_out) = resid_post"
    case (.postNorm, _): "ln2(resid_mid + mlp_out) = resid_post"
    case (_, .none): "resid_pre + attn_out = resid_post"
    case (_, _): "resid_pre + attn_out + mlp_out = resid_post"
    }
  }

  func differences(_ row: Int) -> [(site: String, relative: Double)] {
    guard model.config.blockOrder == .postNorm else {
      return [
        ("hook_resid_post", difference(row, [.residPre, .attnOut, .mlpOut], to: .residPost, norm: nil))
      ]
    }
    guard block.values[.mlpOut] != nil else {
      return [
        ("hook_resid_post", difference(row, [.residPre, .attnOut], to: .residPost, norm: .ln1Normalized))
      ]
    }
    return [
      ("hook_resid_mid", difference(row, [.residPre, .attnOut], to: .residMid, norm: .ln1Normalized)),
      ("hook_resid_post", difference(row, [.residMid, .mlpOut], to: .residPost, norm: .ln2Normalized)),
    ]
  }

  /// ‖norm(Σ parts) − target‖ over the scale of what was added.
  private func difference(
    _ row: Int, _ parts: [HookPoint.Site], to target: HookPoint.Site, norm: HookPoint.Site?
  ) -> Double {
    let target = block.row(row, target)
    var sum = [Double](repeating: 0, count: target.count)
    var scale = 0.0
    for part in parts {
      let values = block.row(row, part)
      for (index, value) in values.enumerated() { sum[index] += Double(value) }
      scale += length(values.map { Double($0) })
    }
    if let norm, let normed = model.normDefinition(norm, layer: block.layer, of: sum) {
      (sum, scale) = (normed.values, normed.scale + length(normed.values))
    }
    let difference = length(zip(sum, target).map { $0 - Double($1) })
    return difference == 0 ? 0 : difference / scale
  }
}
