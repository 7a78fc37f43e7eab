import CKernels
import Glibc
import ProbeMath

/// Attention: from what it reads to z, and from there to what it adds to the stream. Legend: see ``ForwardPass``.
extension ForwardPass {
  private var queries: UnsafeMutablePointer<Float> { workspace.buffer(.queries, rows * queryWidth) }
  private var keys: UnsafeMutablePointer<Float> { workspace.buffer(.keys, rows * keyWidth) }
  private var values: UnsafeMutablePointer<Float> { workspace.buffer(.values, rows * keyWidth) }
  /// [T, H · E]
  var z: UnsafeMutablePointer<Float> { workspace.buffer(.z, rows * queryWidth) }
  /// H · E
  private var queryWidth: Int { config.nHeads * config.dHead }
  /// K · E
  private var keyWidth: Int { config.nKeyValueHeads * config.dHead }

  /// From what attention reads to z.
  mutating func attention(_ layer: Int, reading input: UnsafePointer<Float>) throws -> Bool {
    let weights = weights.blocks[layer].attention
    let (q, k, v) = (weights.q, weights.k, weights.v)
    workspace.product(
      input, stride: q.inputs, rows: rows, q.factor(into: queries), k.factor(into: keys),
      v.factor(into: values))
    for (out, width, site) in [
      (queries, queryWidth, HookPoint.Site.q), (keys, keyWidth, .k), (values, keyWidth, .v),
    ] {
      if let clip = config.queryKeyValueClip {
        eachPart(width) { probe_clamp(out + $0.lowerBound * width, $0.count * width, clip) }
      }
      guard try visit(site, layer, out) else { return false }
    }
    guard try normalizeHeads(weights.queryNorm, queries, queryWidth, .qNormalized, layer),
      try normalizeHeads(weights.keyNorm, keys, keyWidth, .kNormalized, layer), try rotate(layer),
      try attend(layer)
    else { return false }
    return try visit(.z, layer, z)
  }

  /// The norm of queries or keys, in place: over each head or over all together, as wide as its gain.
  private mutating func normalizeHeads(
    _ norm: Norm?, _ x: UnsafeMutablePointer<Float>, _ width: Int, _ site: HookPoint.Site, _ layer: Int
  ) throws -> Bool {
    guard let norm else { return true }
    normalize(norm, x, into: x, scale: nil, groups: width / (norm.gain?.count ?? width))
    return try visit(site, layer, x)
  }

  /// Turns queries and keys by their positions.
  private mutating func rotate(_ layer: Int) throws -> Bool {
    guard case .rotary(let rotary) = config.positions else { return true }
    rotate(queries, rotary, heads: config.nHeads)
    guard try visit(.rotQ, layer, queries) else { return false }
    rotate(keys, rotary, heads: config.nKeyValueHeads)
    return try visit(.rotK, layer, keys)
  }

  private func rotate(_ x: UnsafeMutablePointer<Float>, _ rotary: Rotary, heads: Int) {
    let turn = rotary.pairs == .halves ? probe_rotary : probe_rotary_neighbours
    let (longest, width) = (batch.longest, heads * config.dHead)
    // Runs of sequences that turn by the same frequencies, which nearly always is all of them.
    var first = 0
    while first < batch.sequenceCount {
      let length = batch.positions(of: first).upperBound
      let key = rotary.frequencyKey(length: length)
      var end = first + 1
      while end < batch.sequenceCount,
        rotary.frequencyKey(length: batch.positions(of: end).upperBound) == key
      {
        end += 1
      }
      let tables = workspace.rotaryTables(rotary, sequence: length, longest: longest)
      let start = batch.starts[first]
      positions.withUnsafeBufferPointer { positions in
        guard let base = positions.baseAddress else { return }
        workspace.team.divide(batch.starts[end] - start, least: leastRows(width)) { part in
          let row = start + part.lowerBound
          turn(
            x + row * width, x + row * width, tables.cosine, tables.sine, base + row, part.count, heads,
            config.dHead, rotary.dimensions)
        }
      }
      first = end
    }
  }

  /// From queries, keys and values to z.
  private mutating func attend(_ layer: Int) throws -> Bool {
    let slots = keyValueSlots(layer)
    pack(slots, layer)
    let mixing = AttentionMixing(
      config: config, batch: batch, rule: Scores(config, layer: layer, bias: scoreBias), slots: slots,
      queries: queries, z: z, workspace: workspace)
    let (scores, pattern) = (HookPoint(.attnScores, layer: layer), HookPoint(.pattern, layer: layer))
    let isWanted = interest.wants(.attnScores, layer: layer) || interest.wants(.pattern, layer: layer)
    guard isWanted else {
      mixing.run(keepingScores: nil, pattern: nil)
      return true
    }
    let rows = RaggedRows(config, batch, mixing.rule)
    guard interest.hooks[scores] != nil || interest.hooks[pattern] != nil else {
      let kept = interest.observed.contains(scores) ? workspace.buffer(.ragged, rows.count) : nil
      let weights = interest.observed.contains(pattern) ? workspace.buffer(.raggedPattern, rows.count) : nil
      mixing.run(keepingScores: kept.map { (rows, $0) }, pattern: weights.map { (rows, $0) })
      if let kept {
        guard try visit(.attnScores, layer, kept, rowOffsets: rows.offsets) else { return false }
      }
      if let weights { return try visit(.pattern, layer, weights, rowOffsets: rows.offsets) }
      return true
    }
    // Somebody changes them: each step waits for the one before on all rows.
    let values = workspace.buffer(.ragged, rows.count)
    mixing.scores(into: (rows, values))
    guard try visit(.attnScores, layer, values, rowOffsets: rows.offsets) else { return false }
    mixing.softmax(of: (rows, values))
    guard try visit(.pattern, layer, values, rowOffsets: rows.offsets) else { return false }
    mixing.mix(with: (rows, values))
    return true
  }

  /// Where each sequence's keys and values of this block go, those of its past already in place.
  private func keyValueSlots(_ layer: Int) -> [KeyValueSlot] {
    let sequences = 0..<batch.sequenceCount
    if case .appending(let cache) = context {
      return sequences.map {
        cache.slot(layer: layer, sequence: $0, keys: batch.positions(of: $0).upperBound)
      }
    }
    let capacities = sequences.map { KeyValueSlot.capacity(for: batch.positions(of: $0).upperBound) }
    let counts = capacities.map { KeyValueSlot.count(capacity: $0, config) }
    var memory = workspace.buffer(.packedKeyValues, counts.reduce(0, +))
    var slots: [KeyValueSlot] = []
    for (capacity, count) in zip(capacities, counts) {
      slots.append(KeyValueSlot(memory: memory, capacity: capacity, dHead: config.dHead))
      memory += count
    }
    return slots
  }

  /// Packs the batch's keys and values, behind a copy of their past where that must stay as it is.
  private func pack(_ slots: [KeyValueSlot], _ layer: Int) {
    let (keys, values, width, dHead) = (keys, values, keyWidth, config.dHead)
    workspace.team.perform(slots.count * config.nKeyValueHeads) { part, _ in
      let (sequence, head) = part.quotientAndRemainder(dividingBy: config.nKeyValueHeads)
      let (rows, positions) = (batch.rows(of: sequence), batch.positions(of: sequence))
      if case .reading(let cache, let sequences) = context,
        let past = cache.held(layer: layer, sequence: sequences[sequence])
      {
        slots[sequence].copy(head: head, from: past, count: positions.lowerBound)
      }
      let offset = rows.lowerBound * width + head * dHead
      slots[sequence].write(
        head: head, keys: keys + offset, values: values + offset, stride: width, at: positions.lowerBound,
        count: rows.count)
    }
  }

  /// residual += attention's output; head by head when `hook_result` is wanted.
  mutating func addAttention(_ layer: Int) throws -> Bool {
    let (o, norm) = (weights.blocks[layer].attention.o, weights.blocks[layer].ln1Post)
    guard interest.wants(.result, layer: layer) else {
      return try addBranch(o, z, BranchSites.attention, norm, layer)
    }
    let (width, heads) = (config.dModel, config.nHeads)
    let result = workspace.buffer(.result, rows * heads * width)
    for head in 0..<heads {
      let inputs = head * config.dHead..<(head + 1) * config.dHead
      workspace.product(
        z + inputs.lowerBound, stride: queryWidth, rows: rows,
        Product.Factor(o.packed, inputs: inputs, into: result + head * width, stride: heads * width))
    }
    let count = rows * heads * width
    let isChanged = interest.hooks[HookPoint(.result, layer: layer)] != nil
    let before = isChanged ? workspace.buffer(.resultBefore, count) : nil
    before?.update(from: result, count: count)
    guard try visit(.result, layer, result) else { return false }
    let branch = workspace.buffer(.branch, rows * width)
    apply(o, z, into: branch)
    if let before { sumChangedResults(result, before, o.bias, into: branch) }
    return try add(branch: branch, BranchSites.attention, norm, layer)
  }

  /// Rows of the branch whose results somebody changed become the sum of their parts; the others keep the bits of the
  /// undivided product.
  private func sumChangedResults(
    _ result: UnsafePointer<Float>, _ before: UnsafePointer<Float>, _ bias: Weight?,
    into branch: UnsafeMutablePointer<Float>
  ) {
    let (width, heads) = (config.dModel, config.nHeads)
    let rowWidth = heads * width
    for row in 0..<rows {
      let parts = result + row * rowWidth
      guard memcmp(before + row * rowWidth, parts, rowWidth * MemoryLayout<Float>.stride) != 0 else {
        continue
      }
      let sum = branch + row * width
      if let bias {
        sum.update(from: bias.pointer, count: width)
      } else {
        sum.update(repeating: 0, count: width)
      }
      for head in 0..<heads { probe_add(sum, parts + head * width, width) }
    }
  }
}
