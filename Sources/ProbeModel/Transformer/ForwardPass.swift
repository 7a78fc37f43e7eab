import CKernels
import ProbeMath

/// The forward pass: the only one there is.
///
/// Runs one packed batch, from the embedding or a later place to the last hook point that anybody observes, and computes
/// nothing that nobody reads. `visit` is called at every hook point, on the caller's thread; it lets interventions change
/// the activations, then shows them to the observer, and says whether the pass goes on. The threads of the workspace
/// divide each operation among themselves.
///
/// Every number depends, bit for bit, on its own sequence up to its row alone: not on what else is in the batch, how many
/// threads there are, what is observed, or where the pass began. Kernels see to it (``Product``), and so does every path
/// here that has a shorter one beside it.
///
/// Legend: T rows (tokens of the batch), D = dModel, H heads of width E = dHead, K key–value heads, M = dMLP.
struct ForwardPass {
  let config: TransformerConfig
  let weights: TransformerWeights
  let batch: TokenBatch
  let positions: [Int32]
  let workspace: Workspace
  let context: AttentionContext
  let scoreBias: ScoreBias?
  var interest: Interest
  let observe: (ActivationView) throws -> Void

  /// Where a pass begins.
  enum Start {
    /// At the embedding.
    case tokens
    /// At the stream entering a block, [T, D].
    case block(Int, residual: UnsafePointer<Float>)
    /// Behind a block's mixing: the stream entering it, and z, [T, H · E].
    case mixed(Int, residual: UnsafePointer<Float>, z: UnsafePointer<Float>)
  }

  init(
    _ config: TransformerConfig, _ weights: TransformerWeights, _ batch: TokenBatch, in workspace: Workspace,
    context: AttentionContext = .none, interest: Interest,
    observe: @escaping (ActivationView) throws -> Void
  ) {
    (self.config, self.weights, self.batch, self.workspace) = (config, weights, batch, workspace)
    (self.context, self.interest, self.observe) = (context, interest, observe)
    positions = batch.positions
    scoreBias = ScoreBias(config, weights, longest: batch.longest)
  }

  /// T
  var rows: Int { batch.rowCount }
  /// The residual stream, [T, D]
  var residual: UnsafeMutablePointer<Float> { workspace.buffer(.residual, rows * config.dModel) }
  /// Output of the last norm, [T, D]
  var normalized: UnsafeMutablePointer<Float> { workspace.buffer(.normalized, rows * config.dModel) }

  mutating func run(from start: Start = .tokens) throws {
    var first = 0
    switch start {
    case .tokens:
      guard try embed() else { return }
    case .block(let layer, let stream):
      residual.update(from: stream, count: rows * config.dModel)
      first = layer
    case .mixed(let layer, let stream, let mixed):
      residual.update(from: stream, count: rows * config.dModel)
      z.update(from: mixed, count: rows * config.nHeads * config.dHead)
      guard try visit(.z, layer, z), try blockBehindMixing(layer) else { return }
      first = layer + 1
    }
    for layer in first..<weights.blocks.count {
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
      values: UnsafeMutableBufferPointer(start: values, count: count), rowOffsets: rowOffsets,
      team: workspace.team)
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
    let width = weights.embedding.width
    let target = weights.embeddingProjection == nil ? residual : workspace.buffer(.embedding, rows * width)
    eachPart(width) { part in
      for row in part { weights.embedding.copy(Int(batch.tokens[row]), to: target + row * width) }
      if config.embeddingScale != 1 {
        probe_scale(target + part.lowerBound * width, config.embeddingScale, part.count * width)
      }
    }
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
    addToResidual(branch)
    return true
  }

  // MARK: Head

  private mutating func head() throws {
    guard !interest.hasSeenAll else { return }
    var stream = residual
    if let final = weights.finalNorm {
      guard try norm(final, stream, into: normalized, .finalScale, .finalNormalized, nil) else { return }
      stream = normalized
    }
    guard interest.wants(.logits), let head = weights.unembedding else { return }
    let logits = Unembedding(config, weights, head, in: workspace).logits(of: stream, rows: rows)
    _ = try visit(.logits, nil, logits)
  }

  // MARK: Parts

  /// Runs `body` on parts of the rows, each large enough for a thread, of values `width` wide.
  func eachPart(_ width: Int, _ body: (Range<Int>) -> Void) {
    workspace.team.divide(rows, least: leastRows(width), body)
  }

  /// Rows that are worth a thread's while.
  func leastRows(_ width: Int) -> Int { max(1, (1 << 14) / max(width, 1)) }

  /// residual += branch
  func addToResidual(_ branch: UnsafePointer<Float>) {
    let (width, residual) = (config.dModel, residual)
    eachPart(width) {
      probe_add(residual + $0.lowerBound * width, branch + $0.lowerBound * width, $0.count * width)
    }
  }

  /// out = x W + b for all rows, or out += that.
  func apply(
    _ linear: Linear, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, adding: Bool = false
  ) {
    workspace.product(x, stride: linear.inputs, rows: rows, linear.factor(into: out, adds: adding))
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
    let width = (norm.gain?.count ?? config.dModel) * groups
    eachPart(width) { part in
      config.normalize(
        norm, x + part.lowerBound * width, into: out + part.lowerBound * width,
        scale: scale.map { $0 + part.lowerBound },
        rows: part.count * groups)
    }
  }
}
