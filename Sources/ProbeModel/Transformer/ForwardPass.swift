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
  let scoreBias: ScoreBias?
  var interest: Interest
  let observe: (ActivationView) throws -> Void

  init(
    _ config: TransformerConfig, _ weights: TransformerWeights, _ batch: TokenBatch, in workspace: Workspace,
    interest: Interest, observe: @escaping (ActivationView) throws -> Void
  ) {
    (self.config, self.weights, self.batch, self.workspace) = (config, weights, batch, workspace)
    (self.interest, self.observe) = (interest, observe)
    positions = batch.positions
    scoreBias = ScoreBias(config, weights, longest: batch.longest)
  }

  /// T
  var rows: Int { batch.rowCount }
  /// The residual stream, [T, D]
  var residual: UnsafeMutablePointer<Float> { workspace.buffer(.residual, rows * config.dModel) }
  /// Output of the last norm, [T, D]
  var normalized: UnsafeMutablePointer<Float> { workspace.buffer(.normalized, rows * config.dModel) }

  mutating func run() throws {
    guard try embed() else { return }
    for layer in weights.blocks.indices {
      guard try block(layer) else { return }
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
    let residual = residual
    embedTokens(into: residual)
    guard try visit(.embed, nil, residual) else { return false }
    if let table = weights.positionEmbedding, case .learned(let positions) = config.positions {
      let (rows, width) = (positions.rows(of: batch), config.dModel)
      guard try add(.posEmbed, { table.pointer + rows[$0] * width }) else { return false }
    }
    if let table = weights.tokenTypeEmbedding {
      guard try add(.tokenTypeEmbed, { _ in table.pointer }) else { return false }
    }
    if let norm = weights.embeddingNorm { normalize(norm, residual, into: residual, scale: nil) }
    return true
  }

  private func embedTokens(into residual: UnsafeMutablePointer<Float>) {
    let width = weights.embedding.shape[1]
    let target = weights.embeddingProjection == nil ? residual : workspace.buffer(.embedding, rows * width)
    for (row, token) in batch.tokens.enumerated() {
      (target + row * width).update(from: weights.embedding.pointer + Int(token) * width, count: width)
    }
    if config.embeddingScale != 1 { probe_scale(target, config.embeddingScale, rows * width) }
    if let projection = weights.embeddingProjection { apply(projection, target, into: residual) }
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

  // MARK: Head

  private mutating func head() throws {
    var stream = residual
    if let final = weights.finalNorm {
      guard try norm(final, stream, into: normalized, .finalScale, .finalNormalized, nil) else { return }
      stream = normalized
    }
    guard interest.wants(.logits), let unembedding = Unembedding(config, weights, in: workspace) else {
      return
    }
    let logits = unembedding.logits(of: stream, rows: rows)
    _ = try visit(.logits, nil, logits)
  }

  // MARK: Parts

  /// ``Linear/apply(_:into:rows:adding:)`` on all rows.
  func apply(
    _ linear: Linear, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, adding: Bool = false
  ) {
    linear.apply(x, into: out, rows: rows, adding: adding)
  }

  mutating func norm(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    _ scaleSite: HookPoint.Site, _ site: HookPoint.Site, _ layer: Int?
  ) throws -> Bool {
    let scale = interest.wants(scaleSite, layer: layer) ? workspace.buffer(.scale, rows) : nil
    normalize(norm, x, into: out, scale: scale)
    if let scale { guard try visit(scaleSite, layer, scale) else { return false } }
    return try visit(site, layer, out)
  }

  /// Norms all rows, each in `groups` parts.
  func normalize(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>?, groups: Int = 1
  ) {
    config.normalize(norm, x, into: out, scale: scale, rows: rows * groups)
  }
}
