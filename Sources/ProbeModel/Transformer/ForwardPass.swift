import CKernels
import ProbeMath

/// The forward pass: the only one there is.
///
/// Runs one packed batch on one thread, from the embedding to the last hook point that anybody observes, and
/// computes nothing that nobody reads. `visit` is called at every hook point; it lets interventions change the
/// activations, then shows them to the observer, and says whether the pass goes on.
///
/// Legend: T rows (tokens of the batch), D = dModel, H heads of width E = dHead, K key–value heads, M = dMLP.
struct ForwardPass {
  let config: TransformerConfig
  let weights: TransformerWeights
  let batch: TokenBatch
  let positions: [Int32]
  let workspace: Workspace
  var interest: Interest
  let observe: (ActivationView) throws -> Void

  /// T
  var rows: Int { batch.rowCount }
  /// The residual stream, [T, D]
  var residual: UnsafeMutablePointer<Float> { workspace.buffer(.residual, rows * config.dModel) }
  /// Output of the last norm, [T, D]
  private var normalized: UnsafeMutablePointer<Float> { workspace.buffer(.normalized, rows * config.dModel) }

  mutating func run() throws {
    guard try embed() else { return }
    for layer in weights.blocks.indices {
      guard try attentionHalf(layer), try mlpHalf(layer) else { return }
    }
    try head()
  }

  // MARK: Hook points

  /// Interventions, then the observer; false when nobody waits for anything further.
  mutating func visit(
    _ site: HookPoint.Site, _ layer: Int? = nil, _ values: UnsafeMutablePointer<Float>,
    rowOffsets: [Int]? = nil
  ) throws -> Bool {
    guard interest.wants(site, layer: layer) else { return true }
    let point = layer.map { HookPoint(site, layer: $0) } ?? HookPoint(site)
    let shape = config.rowShape(of: site)
    let count = rowOffsets?.last ?? rows * shape.reduce(1, *)
    let view = ActivationView(
      point: point, batch: batch, rowShape: shape,
      values: UnsafeMutableBufferPointer(start: values, count: count), rowOffsets: rowOffsets)
    for hook in interest.hooks[point] ?? [] { try hook.body(view) }
    if interest.observed.contains(point) {
      try observe(view)
      interest.passed()
    }
    return !interest.isDone
  }

  // MARK: Embedding

  private mutating func embed() throws -> Bool {
    let (width, residual, positions) = (config.dModel, residual, positions)
    for (row, token) in batch.tokens.enumerated() {
      (residual + row * width).update(from: weights.embedding.pointer + Int(token) * width, count: width)
    }
    guard try visit(.embed, nil, residual) else { return false }
    if let table = weights.positionEmbedding {
      guard try add(.posEmbed, { table.pointer + Int(positions[$0]) * width }) else { return false }
    }
    if let table = weights.tokenTypeEmbedding {
      guard try add(.tokenTypeEmbed, { _ in table.pointer }) else { return false }
    }
    if let norm = weights.embeddingNorm { normalize(norm, residual, into: residual, scale: nil) }
    return true
  }

  /// Adds one embedding row to every row of the stream, by way of a buffer only when somebody wants to see it.
  private mutating func add(_ site: HookPoint.Site, _ source: (Int) -> UnsafePointer<Float>) throws -> Bool {
    let (width, residual) = (config.dModel, residual)
    guard interest.wants(site) else {
      for row in 0..<rows { probe_add(residual + row * width, source(row), width) }
      return true
    }
    let branch = workspace.buffer(.branch, rows * width)
    for row in 0..<rows { (branch + row * width).update(from: source(row), count: width) }
    guard try visit(site, nil, branch) else { return false }
    probe_add(residual, branch, rows * width)
    return true
  }

  // MARK: Blocks

  private mutating func attentionHalf(_ layer: Int) throws -> Bool {
    let (block, residual) = (weights.blocks[layer], residual)
    guard try visit(.residPre, layer, residual) else { return false }
    var input = residual
    if config.blockOrder == .preNorm {
      input = normalized
      guard try norm(block.ln1, residual, into: input, .ln1Scale, .ln1Normalized, layer) else { return false }
    }
    guard try attention(layer, reading: input), try addAttention(layer) else { return false }
    if config.blockOrder == .postNorm {
      guard try norm(block.ln1, residual, into: residual, .ln1Scale, .ln1Normalized, layer) else {
        return false
      }
    }
    return try visit(.residMid, layer, residual)
  }

  private mutating func mlpHalf(_ layer: Int) throws -> Bool {
    let (block, residual) = (weights.blocks[layer], residual)
    var input = residual
    if config.blockOrder == .preNorm {
      input = normalized
      guard try norm(block.ln2, residual, into: input, .ln2Scale, .ln2Normalized, layer) else { return false }
    }
    let hidden = workspace.buffer(.mlp, rows * config.dMLP)
    apply(block.mlpIn, input, into: hidden)
    guard try visit(.mlpPre, layer, hidden) else { return false }
    if let up = block.mlpUp {
      let linear = workspace.buffer(.mlpLinear, rows * config.dMLP)
      apply(up, input, into: linear)
      guard try visit(.mlpPreLinear, layer, linear) else { return false }
      activate(hidden, gating: linear, count: rows * config.dMLP)
    } else {
      activate(hidden, gating: nil, count: rows * config.dMLP)
    }
    guard try visit(.mlpPost, layer, hidden), try addBranch(block.mlpOut, hidden, .mlpOut, layer) else {
      return false
    }
    if config.blockOrder == .postNorm {
      guard try norm(block.ln2, residual, into: residual, .ln2Scale, .ln2Normalized, layer) else {
        return false
      }
    }
    return try visit(.residPost, layer, residual)
  }

  /// residual += linear(input); the sum goes through a buffer of its own only when `site` is wanted.
  mutating func addBranch(
    _ linear: Linear, _ input: UnsafePointer<Float>, _ site: HookPoint.Site, _ layer: Int
  ) throws -> Bool {
    let count = rows * config.dModel
    guard interest.wants(site, layer: layer) else {
      if let bias = linear.bias { probe_add_bias(residual, bias.pointer, rows, config.dModel) }
      apply(linear, input, into: residual, adding: true)
      return true
    }
    let branch = workspace.buffer(.branch, count)
    apply(linear, input, into: branch)
    guard try visit(site, layer, branch) else { return false }
    probe_add(residual, branch, count)
    return true
  }

  private mutating func head() throws {
    guard let final = weights.finalNorm else { return }
    guard try norm(final, residual, into: normalized, .finalScale, .finalNormalized, nil) else { return }
    guard let unembedding = weights.unembedding, interest.wants(.logits) else { return }
    let logits = workspace.buffer(.logits, rows * config.dVocab)
    apply(unembedding, normalized, into: logits)
    _ = try visit(.logits, nil, logits)
  }

  // MARK: Parts

  /// out = x · W + b, or out += x · W (then without the bias).
  func apply(
    _ linear: Linear, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, adding: Bool = false
  ) {
    let (matrix, stride) = linear.origin
    // A product that starts from the bias saves the pass that would add it.
    if !adding, let bias = linear.bias { probe_fill_rows(out, bias.pointer, rows, linear.outputs) }
    BLAS.gemm(
      m: rows, n: linear.outputs, k: linear.inputs, x, lda: linear.inputs, matrix, ldb: stride,
      transposeB: linear.layout == .outputsByInputs, out, ldc: linear.outputs,
      beta: adding || linear.bias != nil ? 1 : 0)
  }

  private mutating func norm(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    _ scaleSite: HookPoint.Site,
    _ site: HookPoint.Site, _ layer: Int?
  ) throws -> Bool {
    let scale = interest.wants(scaleSite, layer: layer) ? workspace.buffer(.scale, rows) : nil
    normalize(norm, x, into: out, scale: scale)
    if let scale { guard try visit(scaleSite, layer, scale) else { return false } }
    return try visit(site, layer, out)
  }

  private func normalize(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>?
  ) {
    switch config.normalization {
    case .layerNorm(let epsilon):
      probe_layer_norm(x, out, scale, norm.gain.pointer, norm.bias?.pointer, rows, config.dModel, epsilon)
    case .rmsNorm(let epsilon):
      probe_rms_norm(x, out, scale, norm.gain.pointer, rows, config.dModel, epsilon)
    }
  }

  private func activate(_ x: UnsafeMutablePointer<Float>, gating other: UnsafePointer<Float>?, count: Int) {
    switch (config.activation, other) {
    case (.silu, let other?): return probe_silu_multiply(x, other, x, count)
    case (.silu, nil): probe_silu(x, x, count)
    case (.relu, _): probe_relu(x, x, count)
    case (.gelu, _): probe_gelu_erf(x, x, count)
    case (.geluTanh, _): probe_gelu_tanh(x, x, count)
    }
    if let other { probe_multiply(x, other, x, count) }
  }
}
