import CKernels
import ProbeMath

/// One block: how its two branches, attention and MLP, read the residual stream and add to it.
/// Legend: see ``ForwardPass``.
extension ForwardPass {
  mutating func block(_ layer: Int) throws -> Bool {
    guard try visit(.residPre, layer, residual), let input = try read(.first, layer),
      try attention(layer, reading: input)
    else { return false }
    return try blockBehindMixing(layer, input)
  }

  /// A block from z on.
  ///
  /// - Parameter input: what attention read; nil when the pass begins here.
  mutating func blockBehindMixing(
    _ layer: Int, _ input: UnsafeMutablePointer<Float>? = nil
  ) throws -> Bool {
    let (block, residual) = (weights.blocks[layer], residual)
    guard var mlpInput = try input ?? read(.first, layer) else { return false }
    // A parallel block's MLP reads the stream as attention found it.
    if config.blockOrder == .parallel, block.ln2 != nil {
      guard let second = try read(.second, layer) else { return false }
      mlpInput = second
    }
    guard try addAttention(layer), try normalizeSum(.first, layer) else { return false }
    if let mlp = block.mlp {
      if config.blockOrder != .parallel {
        guard try visit(.residMid, layer, residual), let second = try read(.second, layer) else {
          return false
        }
        mlpInput = second
      }
      guard try self.mlp(mlp, layer, reading: mlpInput), try normalizeSum(.second, layer) else {
        return false
      }
    }
    return try visit(.residPost, layer, residual)
  }

  /// One of a block's two branches: attention, MLP.
  private enum Branch { case first, second }

  /// What a branch reads: its norm's output, or the stream itself; nil when nobody waits for anything further.
  private mutating func read(_ branch: Branch, _ layer: Int) throws -> UnsafeMutablePointer<Float>? {
    let block = weights.blocks[layer]
    guard config.blockOrder != .postNorm, let norm = branch == .first ? block.ln1 : block.ln2 else {
      return residual
    }
    let goesOn =
      branch == .first
      ? try self.norm(norm, residual, into: normalized, .ln1Scale, .ln1Normalized, layer)
      : try self.norm(norm, residual, into: normalized, .ln2Scale, .ln2Normalized, layer)
    return goesOn ? normalized : nil
  }

  /// The norm that a post-norm block puts on the sum.
  private mutating func normalizeSum(_ branch: Branch, _ layer: Int) throws -> Bool {
    let block = weights.blocks[layer]
    guard config.blockOrder == .postNorm, let norm = branch == .first ? block.ln1 : block.ln2 else {
      return true
    }
    return branch == .first
      ? try self.norm(norm, residual, into: residual, .ln1Scale, .ln1Normalized, layer)
      : try self.norm(norm, residual, into: residual, .ln2Scale, .ln2Normalized, layer)
  }

  private mutating func mlp(
    _ mlp: MLPWeights, _ layer: Int, reading input: UnsafePointer<Float>
  ) throws -> Bool {
    let (width, activation) = (config.dMLP, config.activation)
    let hidden = workspace.buffer(.mlp, rows * width)
    if let up = mlp.up {
      let linear = workspace.buffer(.mlpLinear, rows * width)
      workspace.product(
        input, stride: up.inputs, rows: rows, mlp.input.factor(into: hidden), up.factor(into: linear))
      guard try visit(.mlpPre, layer, hidden), try visit(.mlpPreLinear, layer, linear) else { return false }
      eachPart(width) {
        activation.apply(
          hidden + $0.lowerBound * width, gating: linear + $0.lowerBound * width, count: $0.count * width)
      }
    } else {
      apply(mlp.input, input, into: hidden)
      guard try visit(.mlpPre, layer, hidden) else { return false }
      eachPart(width) { activation.apply(hidden + $0.lowerBound * width, count: $0.count * width) }
    }
    guard try visit(.mlpPost, layer, hidden) else { return false }
    return try addBranch(mlp.output, hidden, BranchSites.mlp, weights.blocks[layer].ln2Post, layer)
  }

  /// Where the output of a branch can be seen.
  struct BranchSites {
    let input: HookPoint.Site
    let scale: HookPoint.Site
    let output: HookPoint.Site

    static let attention = BranchSites(input: .ln1PostInput, scale: .ln1PostScale, output: .attnOut)
    static let mlp = BranchSites(input: .ln2PostInput, scale: .ln2PostScale, output: .mlpOut)
  }

  /// residual += norm(linear(input)); the sum goes through a buffer of its own only when somebody wants to see it or
  /// there is a norm.
  mutating func addBranch(
    _ linear: Linear, _ input: UnsafePointer<Float>, _ sites: BranchSites, _ norm: Norm?, _ layer: Int
  ) throws -> Bool {
    guard norm != nil || interest.wants(sites.output, layer: layer) else {
      apply(linear, input, into: residual, adding: true)
      return true
    }
    let branch = workspace.buffer(.branch, rows * config.dModel)
    apply(linear, input, into: branch)
    return try add(branch: branch, sites, norm, layer)
  }

  /// residual += norm(branch)
  mutating func add(
    branch: UnsafeMutablePointer<Float>, _ sites: BranchSites, _ norm: Norm?, _ layer: Int
  ) throws -> Bool {
    if let norm {
      guard try visit(sites.input, layer, branch),
        try self.norm(norm, branch, into: branch, sites.scale, sites.output, layer)
      else { return false }
    } else {
      guard try visit(sites.output, layer, branch) else { return false }
    }
    addToResidual(branch)
    return true
  }
}
