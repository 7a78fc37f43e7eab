import ProbeMath

/// Hands an architecture the tensors it asks for, checks their shapes, and knows afterwards which were not used.
///
/// Names are Hugging Face's without the base-model prefix (`layers.0.self_attn.q_proj.weight`); the reader finds
/// them with or without it, and under GGUF's names.
public struct WeightReader {
  private let checkpoint: Checkpoint
  private let architecture: Architecture
  private let initial: InitialWeights?
  private let arena = WeightArena()
  private var used: Set<String> = []

  /// - Parameter initial: draws the weights that are read in place of the checkpoint's.
  init(checkpoint: Checkpoint, architecture: Architecture, initial: InitialWeights? = nil) {
    self.checkpoint = checkpoint
    self.architecture = architecture
    self.initial = initial
  }

  /// Whether tensors follow GGUF's orientation and row order. Drawn ones are always Hugging Face's.
  var isGGUF: Bool { checkpoint.isGGUF && initial == nil }

  /// Whether the checkpoint has a tensor of this name. Without any weights, it is a complete model's.
  func has(_ name: String) -> Bool {
    guard let initial else { return stored(name) != nil }
    return initial.draws(name) && (checkpoint.tensors.isEmpty || stored(name) != nil)
  }

  private func stored(_ name: String) -> StoredTensor? {
    for candidate in candidates(name) {
      if let tensor = checkpoint.tensors[candidate] { return tensor }
    }
    return nil
  }

  /// The names under which the file may hold the tensor `name`.
  private func candidates(_ name: String) -> [String] {
    if checkpoint.isGGUF { return [architecture.gguf?.tensorName(name) ?? name] }
    return architecture.naming.candidates(for: name)
  }

  /// How q or k stand in the file when their rows are not in Hugging Face's order.
  func turnedRows(heads: Int, dHead: Int) -> StoredRows? {
    isGGUF && architecture.gguf?.turnsNeighbours == true ? .neighbourPairs(heads: heads, dHead: dHead) : nil
  }

  /// The tensor `name`, float32.
  ///
  /// - Parameters:
  ///   - shape: the expected shape.
  ///   - rows: which rows of a stored tensor make up the result; nil for all of them in their order.
  /// - Throws: ``ModelError`` `.missingTensor`, `.wrongShape` or `.wrongType`.
  mutating func tensor(
    _ name: String, _ shape: [Int], rows: StoredRows? = nil
  ) throws(ModelError) -> Weight {
    let stored = try stored(name, shape: rows.map { [$0.count] + shape.dropFirst() } ?? shape)
    if let mapped = stored.mappedInPlace {
      guard let rows else { return mapped }
      if let first = rows.first { return mapped.rows(first..<first + shape[0]) }
    }
    let (target, owner) = arena.allocate(shape.reduce(1, *))
    if let rows, shape.count == 1 {
      let (whole, _) = arena.allocate(stored.count)
      stored.decode(into: whole)
      for index in 0..<shape[0] { target[index] = whole[rows.row(index)] }
    } else {
      stored.decode(into: target, rows: rows.map { (shape[0], $0.row) })
    }
    return Weight(pointer: target, shape: shape, owner: owner)
  }

  /// Looks a tensor up, checks it, and notes that it was used.
  private mutating func stored(_ name: String, shape: [Int]) throws(ModelError) -> StoredTensor {
    if let initial { return try initial.tensor(name, shape) }
    guard let stored = stored(name) else {
      let candidates = candidates(name).joined(separator: " or ")
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
    // A copy under another name goes unread.
    used.formUnion(candidates(name))
    return stored
  }

  /// A linear map stored as `[outputs, inputs]`, or as some rows of a wider matrix.
  mutating func linear(
    _ name: String, inputs: Int, outputs: Int, hasBias: Bool, rows: StoredRows? = nil
  ) throws(ModelError) -> Linear {
    Linear(
      packed: try packed("\(name).weight", inputs: inputs, outputs: outputs, rows: rows),
      // A bias is a vector of outputs: its values stand where the rows do.
      bias: hasBias ? try tensor("\(name).bias", [outputs], rows: rows) : nil)
  }

  /// The matrix `name`, stored `[outputs, inputs]`.
  private mutating func packed(
    _ name: String, inputs: Int, outputs: Int, rows: StoredRows? = nil
  ) throws(ModelError) -> PackedMatrix {
    let stored = try stored(name, shape: [rows?.count ?? outputs, inputs])
    return pack(inputs: inputs, outputs: outputs) {
      stored.pack(outputs: outputs, inputs: inputs, rows: rows, with: $0)
    }
  }

  private func pack(inputs: Int, outputs: Int, _ fill: (PackedMatrix.Packer) -> Void) -> PackedMatrix {
    let (memory, owner) = arena.allocate(PackedMatrix.count(inputs: inputs, outputs: outputs))
    return PackedMatrix(inputs: inputs, outputs: outputs, memory: memory, owner: owner, fill)
  }

  /// The maps stored side by side in one `[inputs, Σ outputs]` matrix with bias, as GPT-2 does; GGUF stores it
  /// `[Σ outputs, inputs]`.
  mutating func fusedLinears(_ name: String, inputs: Int, outputs: [Int]) throws(ModelError) -> [Linear] {
    let total = outputs.reduce(0, +)
    var (linears, first): ([Linear], Int) = ([], 0)
    for width in outputs {
      if isGGUF {
        linears.append(
          try linear(
            name, inputs: inputs, outputs: width, hasBias: true, rows: .range(from: first, of: total)))
      } else {
        let (stored, columns) = (try stored("\(name).weight", shape: [inputs, total]), first..<first + width)
        linears.append(
          Linear(
            packed: pack(inputs: inputs, outputs: width) { stored.pack(columns: columns, with: $0) },
            bias: try tensor("\(name).bias", [total]).rows(columns)))
      }
      first += width
    }
    return linears
  }

  /// An MLP without a gate, by the names of its two maps.
  mutating func mlp(
    _ input: String, _ output: String, _ config: TransformerConfig
  ) throws(ModelError) -> MLPWeights {
    let hasBias = config.biases.contains(.mlp)
    return MLPWeights(
      input: try linear(input, inputs: config.dModel, outputs: config.dMLP, hasBias: hasBias),
      output: try linear(output, inputs: config.dMLP, outputs: config.dModel, hasBias: hasBias))
  }

  /// Gain, and bias when `hasBias`, of a norm over `width`.
  ///
  /// - Parameter gainOffset: added to the stored gain, which some families keep as its distance from 1.
  mutating func norm(
    _ name: String, _ width: Int, hasBias: Bool, gainOffset: Float = 0
  ) throws(ModelError) -> Norm {
    var gain = try tensor("\(name).weight", [width])
    if gainOffset != 0 {
      let (target, owner) = arena.allocate(width)
      for index in 0..<width { target[index] = gain.pointer[index] + gainOffset }
      gain = Weight(pointer: target, shape: [width], owner: owner)
    }
    return Norm(gain: gain, bias: hasBias ? try tensor("\(name).bias", [width]) : nil)
  }

  /// A matrix of any number of rows, at least one.
  mutating func table(_ name: String, width: Int) throws(ModelError) -> Weight {
    try tensor(name, [max(1, stored(name)?.shape.first ?? 1), width])
  }

  /// The vectors of the tokens, `[rows, width]`.
  ///
  /// Mapped in place they cost no memory. Otherwise, and if the unembedding is the same matrix, they are packed as it
  /// needs them.
  mutating func embedding(
    _ name: String, _ shape: [Int], config: TransformerConfig
  ) throws(ModelError) -> Embedding {
    let stored = try stored(name, shape: shape)
    guard stored.mappedInPlace == nil, config.head == .tied else {
      return Embedding(source: .rows(try tensor(name, shape)))
    }
    return Embedding(source: .columns(try packed(name, inputs: shape[1], outputs: shape[0])))
  }

  /// The map to the vocabulary: the embedding itself or a matrix of its own, with a bias where the config says so.
  ///
  /// - Returns: nil for a family without a head, and for a base model saved without it, which runs up to its final
  ///   norm.
  mutating func unembedding(
    _ name: String, embedding: Embedding, config: TransformerConfig
  ) throws(ModelError) -> Linear? {
    let (weight, hasBias) = ("\(name).weight", config.biases.contains(.unembedding))
    switch config.head {
    case .none: return nil
    case .tied:
      // Without the head's bias the file is a base model's, whose embedding alone is no head.
      guard has(weight) || !hasBias || has("\(name).bias") else { return nil }
    case .untied: guard has(weight) else { return nil }
    }
    return try unembedding(
      weight: weight, bias: hasBias ? "\(name).bias" : nil, embedding: embedding, config: config)
  }

  /// The map to the vocabulary by the names of its tensors; the embedding where it has no matrix of its own.
  mutating func unembedding(
    weight: String, bias: String?, embedding: Embedding, config: TransformerConfig
  ) throws(ModelError) -> Linear {
    let matrix: PackedMatrix
    if config.head == .untied || has(weight) {
      matrix = try packed(weight, inputs: embedding.width, outputs: embedding.count)
    } else {
      switch embedding.source {
      case .columns(let columns): matrix = columns
      case .rows(let table):
        matrix = pack(inputs: embedding.width, outputs: embedding.count) { packer in
          packer.pack(outputs: table.pointer, stride: table.shape[1], first: 0, count: table.shape[0])
        }
      }
    }
    var values: Weight?
    if let bias { values = try tensor(bias, [config.dVocab]) }
    return Linear(packed: matrix, bias: values)
  }

  /// Throws ``ModelError`` `.unexpectedTensor` when a tensor was neither used nor is on the family's ignore list.
  ///
  /// An unread tensor means that the architecture here is not the one the checkpoint was made for.
  func finish() throws(ModelError) {
    guard initial == nil else { return }
    let left = checkpoint.tensors.keys.filter { !used.contains($0) && !isIgnored($0) }.sorted()
    guard let first = left.first else { return }
    throw ModelError(
      .unexpectedTensor, at: "\(checkpoint.path): tensor \(first)",
      "\(left.count) tensor\(left.count == 1 ? "" : "s") of the checkpoint would go unused",
      advice: "The model has parts that this architecture does not describe")
  }

  private func isIgnored(_ name: String) -> Bool {
    if isGGUF { return architecture.gguf?.ignores.contains(name) ?? false }
    return architecture.naming.ignores(name)
  }
}
