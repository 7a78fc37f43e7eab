import ProbeMath

/// Contributions in the making: products with directions, as the points of a run come by.
struct AttributionSums {
  private let model: HookedTransformer
  private let head: LinearHead
  private let targets: [LogitTarget]
  private let plan: AttributionPlan
  private let columns: [LogitAttribution.Part: Int]
  /// `[target, part]`, before the division by the final scale.
  private var products: [Double]
  /// z · direction of each head of the block that is being read, `[target, head]`: the scale of a norm on the branch is
  /// seen after z.
  private var heads: [Double] = []
  private var scales: [Double]

  init(
    _ model: HookedTransformer, _ head: LinearHead, _ targets: [LogitTarget], _ plan: AttributionPlan
  ) {
    (self.model, self.head, self.targets, self.plan) = (model, head, targets, plan)
    columns = Dictionary(uniqueKeysWithValues: zip(plan.parts, 0...))
    products = Array(repeating: 0, count: targets.count * plan.parts.count)
    scales = Array(repeating: 1, count: targets.count)
  }

  mutating func add(_ view: ActivationView) {
    let layer = view.point.layer ?? 0
    switch view.point.site {
    case .embed, .residPre: addStream(view, to: .embedding)
    case .posEmbed: addStream(view, to: .positionEmbedding)
    case .tokenTypeEmbed: addStream(view, to: .tokenTypeEmbedding)
    case .attnOut: addStream(view, to: .attention(layer: layer))
    case .mlpOut: addStream(view, to: .mlp(layer: layer))
    case .z: addHeads(view, layer)
    case .ln1PostScale: addScaledHeads(targets.map { Double(view[$0.row][0]) }, layer)
    case .finalScale: scales = targets.map { Double(view[$0.row][0]) }
    default: preconditionFailure("attribution reads no \(view.point)")
    }
  }

  func finish() -> LogitAttribution {
    var contributions = Tensor([targets.count, plan.parts.count])
    for target in targets.indices {
      for part in plan.parts.indices {
        contributions[target, part] = Float(products[target * plan.parts.count + part] / scales[target])
      }
      if let column = columns[.finalNormBias] { contributions[target, column] = Float(head.normBias[target]) }
      if let column = columns[.headBias] { contributions[target, column] = Float(head.headBias[target]) }
    }
    return LogitAttribution(targets: targets, parts: plan.parts, contributions: contributions)
  }

  // MARK: Parts

  private mutating func set(_ part: LogitAttribution.Part, _ target: Int, _ value: Double) {
    guard let column = columns[part] else { return }
    products[target * plan.parts.count + column] = value
  }

  private mutating func addStream(_ view: ActivationView, to part: LogitAttribution.Part) {
    let width = model.config.dModel
    head.directions.elements.withUnsafeBufferPointer { directions in
      for (index, target) in targets.enumerated() {
        guard let values = view[target.row].baseAddress, let base = directions.baseAddress else { continue }
        set(part, index, dot(values, base + index * width, count: width))
      }
    }
  }

  private mutating func addHeads(_ view: ActivationView, _ layer: Int) {
    let (block, config) = (model.weights.blocks[layer], model.config)
    let before = block.ln1Post.map { config.pulledBack(head.directions, through: $0) } ?? head.directions
    let directions = block.attention.o.pulledBack(before)
    heads = []
    directions.elements.withUnsafeBufferPointer { directions in
      for (index, target) in targets.enumerated() {
        guard let values = view[target.row].baseAddress, let base = directions.baseAddress else { continue }
        for head in 0..<config.nHeads {
          let first = head * config.dHead
          heads.append(
            dot(values + first, base + index * config.nHeads * config.dHead + first, count: config.dHead))
        }
      }
    }
    if block.ln1Post == nil { addScaledHeads(Array(repeating: 1, count: targets.count), layer) }
  }

  /// Heads and biases of a block, given the scales of the norm on its branch.
  private mutating func addScaledHeads(_ scales: [Double], _ layer: Int) {
    let (block, nHeads) = (model.weights.blocks[layer], model.config.nHeads)
    let zeros = [Double](repeating: 0, count: targets.count)
    let before = block.ln1Post.map { model.config.pulledBack(head.directions, through: $0) }
    let bias = block.attention.o.bias.map { (before ?? head.directions).times($0) } ?? zeros
    let normBias = block.ln1Post?.bias.map { head.directions.times($0) } ?? zeros
    for target in targets.indices {
      for head in 0..<nHeads {
        set(.head(layer: layer, head: head), target, heads[target * nHeads + head] / scales[target])
      }
      set(.attentionBias(layer: layer), target, bias[target] / scales[target] + normBias[target])
    }
  }
}
