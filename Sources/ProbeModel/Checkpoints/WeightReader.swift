import ProbeMath

/// Hands an architecture the tensors it asks for, checks their shapes, and knows afterwards which were not used.
///
/// Names are Hugging Face's without the base-model prefix (`layers.0.self_attn.q_proj.weight`); the reader finds
/// them with or without it, and under GGUF's names.
public struct WeightReader {
  private let checkpoint: Checkpoint
  private let naming: TensorNaming
  private let arena = WeightArena()
  private var used: Set<String> = []

  init(checkpoint: Checkpoint, naming: TensorNaming) {
    self.checkpoint = checkpoint
    self.naming = naming
  }

  /// Whether the checkpoint has a tensor of this name.
  func has(_ name: String) -> Bool { stored(name) != nil }

  private func stored(_ name: String) -> StoredTensor? {
    for candidate in naming.candidates(for: name, isGGUF: checkpoint.isGGUF) {
      if let tensor = checkpoint.tensors[candidate] { return tensor }
    }
    return nil
  }

  /// The tensor `name`, float32.
  ///
  /// - Parameters:
  ///   - shape: the expected shape.
  ///   - row: which stored row stands at a row of the result; nil keeps the order.
  /// - Throws: ``ModelError`` `.missingTensor` or `.wrongShape`.
  mutating func tensor(
    _ name: String, _ shape: [Int], row: (@Sendable (Int) -> Int)? = nil
  ) throws(ModelError) -> Weight {
    guard let stored = stored(name) else {
      let candidates = naming.candidates(for: name, isGGUF: checkpoint.isGGUF).joined(separator: " or ")
      throw ModelError(
        .missingTensor, at: "\(checkpoint.path): tensor \(name)", "not in the checkpoint (as \(candidates))")
    }
    guard stored.shape == shape else {
      throw ModelError(
        .wrongShape, at: "\(stored.file.path): tensor \(stored.name)",
        "shape \(stored.shape), the configuration gives \(shape)")
    }
    guard stored.format.isReal else {
      throw ModelError(
        .wrongType, at: "\(stored.file.path): tensor \(stored.name)",
        "expected real numbers, found \(stored.format.rawValue)")
    }
    used.insert(stored.name)
    if row == nil, let mapped = stored.mappedInPlace { return mapped }
    let (target, owner) = arena.allocate(stored.count)
    stored.decode(into: target, row: row)
    return Weight(pointer: target, shape: shape, owner: owner)
  }

  /// Whether a family's linear maps have a bias.
  enum Bias {
    /// All have: one that is not in the checkpoint is an error.
    case required
    /// Those have that the checkpoint holds one for.
    case ifPresent
  }

  /// A linear map stored as `[outputs, inputs]`.
  mutating func linear(
    _ name: String, inputs: Int, outputs: Int, bias: Bias = .ifPresent, row: (@Sendable (Int) -> Int)? = nil
  ) throws(ModelError) -> Linear {
    let weight = try tensor("\(name).weight", [outputs, inputs], row: row)
    // A bias is a vector of outputs: its values move with the rows.
    let bias =
      bias == .required || has("\(name).bias") ? try vector("\(name).bias", outputs, order: row) : nil
    return Linear(
      weight: weight, layout: .outputsByInputs, firstOutput: 0, inputs: inputs, outputs: outputs, bias: bias)
  }

  /// The maps stored side by side in one `[inputs, Σ outputs]` matrix with bias, as GPT-2 does.
  mutating func fusedLinears(_ name: String, inputs: Int, outputs: [Int]) throws(ModelError) -> [Linear] {
    let total = outputs.reduce(0, +)
    let weight = try tensor("\(name).weight", [inputs, total])
    let bias = try tensor("\(name).bias", [total])
    var linears: [Linear] = []
    var first = 0
    for width in outputs {
      linears.append(
        Linear(
          weight: weight, layout: .inputsByOutputs, firstOutput: first, inputs: inputs, outputs: width,
          bias: bias.rows(first..<first + width)))
      first += width
    }
    return linears
  }

  private mutating func vector(
    _ name: String, _ count: Int, order: (@Sendable (Int) -> Int)?
  ) throws(ModelError) -> Weight {
    let plain = try tensor(name, [count])
    guard let order else { return plain }
    let (target, owner) = arena.allocate(count)
    for index in 0..<count { target[index] = plain.pointer[order(index)] }
    return Weight(pointer: target, shape: [count], owner: owner)
  }

  /// Gain, and bias when `hasBias`, of a norm over `width`.
  mutating func norm(_ name: String, _ width: Int, hasBias: Bool) throws(ModelError) -> Norm {
    Norm(
      gain: try tensor("\(name).weight", [width]), bias: hasBias ? try tensor("\(name).bias", [width]) : nil)
  }

  /// A matrix of any number of rows, at least one.
  mutating func table(_ name: String, width: Int) throws(ModelError) -> Weight {
    try tensor(name, [max(1, stored(name)?.shape.first ?? 1), width])
  }

  /// The map from the residual stream to the vocabulary: the embedding itself or a matrix of its own.
  mutating func unembedding(
    _ name: String, embedding: Weight, config: TransformerConfig
  ) throws(ModelError) -> Linear? {
    let weight: Weight
    switch config.head {
    case .none: return nil
    case .tied: weight = embedding
    // A base model saved alone has no head: it runs up to the final norm.
    case .untied:
      guard has(name) else { return nil }
      weight = try tensor(name, [config.dVocab, config.dModel])
    }
    return Linear(
      weight: weight, layout: .outputsByInputs, firstOutput: 0, inputs: config.dModel, outputs: config.dVocab,
      bias: nil)
  }

  /// Throws ``ModelError`` `.unexpectedTensor` when a tensor was neither used nor is on the family's ignore list.
  ///
  /// An unread tensor means that the architecture here is not the one the checkpoint was made for.
  func finish() throws(ModelError) {
    let left = checkpoint.tensors.keys.filter { !used.contains($0) && !naming.isIgnored($0) }.sorted()
    guard let first = left.first else { return }
    throw ModelError(
      .unexpectedTensor, at: "\(checkpoint.path): tensor \(first)",
      "\(left.count) tensor\(left.count == 1 ? "" : "s") of the checkpoint would go unused",
      advice: "The model has parts that this architecture does not describe")
  }
}

/// How a family's tensors are called in files.
struct TensorNaming: Sendable {
  /// Hugging Face's base-model prefix, such as `model.`.
  var prefix: String
  /// Names that never carry the prefix.
  var unprefixed: Set<String> = []
  /// GGUF's name for a Hugging Face name without prefix; nil when the family's GGUF layout is not supported.
  var gguf: (@Sendable (String) -> String)?
  /// Whether a file's tensor may go unused: buffers and heads that the family defines but we have no use for.
  var ignores: @Sendable (String) -> Bool = { _ in false }

  func candidates(for name: String, isGGUF: Bool) -> [String] {
    if isGGUF { return [gguf?(name) ?? name] }
    return unprefixed.contains(name) ? [name] : [prefix + name, name]
  }

  func isIgnored(_ name: String) -> Bool { ignores(name) }
}

extension StoredTensor {
  /// The values in the mapped file itself, when they are aligned float32 in row-major order.
  fileprivate var mappedInPlace: Weight? {
    guard format == .f32, strides == nil, let base = bytes.baseAddress,
      Int(bitPattern: base).isMultiple(of: 4)
    else {
      return nil
    }
    return Weight(pointer: base.assumingMemoryBound(to: Float.self), shape: shape, owner: file)
  }
}
