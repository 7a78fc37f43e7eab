import CKernels
import ProbeMath

/// Attention, one sequence and one head at a time. Legend: see ``ForwardPass``.
extension ForwardPass {
  private var queries: UnsafeMutablePointer<Float> { workspace.buffer(.queries, rows * queryWidth) }
  private var keys: UnsafeMutablePointer<Float> { workspace.buffer(.keys, rows * keyWidth) }
  private var values: UnsafeMutablePointer<Float> { workspace.buffer(.values, rows * keyWidth) }
  private var z: UnsafeMutablePointer<Float> { workspace.buffer(.z, rows * queryWidth) }
  /// H · E
  private var queryWidth: Int { config.nHeads * config.dHead }
  /// K · E
  private var keyWidth: Int { config.nKeyValueHeads * config.dHead }
  /// From what attention reads to z.
  mutating func attention(_ layer: Int, reading input: UnsafePointer<Float>) throws -> Bool {
    let weights = weights.blocks[layer].attention
    for (linear, out, site) in [
      (weights.q, queries, HookPoint.Site.q), (weights.k, keys, .k), (weights.v, values, .v),
    ] {
      apply(linear, input, into: out)
      if let clip = config.queryKeyValueClip { probe_clamp(out, rows * linear.outputs, clip) }
      guard try visit(site, layer, out) else { return false }
    }
    guard try normalizeHeads(weights.queryNorm, queries, queryWidth, .qNormalized, layer),
      try normalizeHeads(weights.keyNorm, keys, keyWidth, .kNormalized, layer), try rotate(layer)
    else { return false }
    if interest.wants(.attnScores, layer: layer) || interest.wants(.pattern, layer: layer) {
      guard try explicitAttention(layer) else { return false }
    } else {
      let scores = Scores(config, layer: layer, bias: scoreBias)
      for sequence in 0..<batch.sequenceCount {
        for head in 0..<config.nHeads { attend(batch.rows(of: sequence), head: head, scores) }
      }
    }
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
    let longest = batch.longest
    // Runs of sequences that turn by the same frequencies, which nearly always is all of them.
    var first = 0
    while first < batch.sequenceCount {
      let length = batch.rows(of: first).count
      let key = rotary.frequencyKey(length: length)
      var end = first + 1
      while end < batch.sequenceCount, rotary.frequencyKey(length: batch.rows(of: end).count) == key {
        end += 1
      }
      let tables = workspace.rotaryTables(rotary, sequence: length, longest: longest)
      let rows = batch.starts[first]..<batch.starts[end]
      let part = x + rows.lowerBound * heads * config.dHead
      positions.withUnsafeBufferPointer { positions in
        guard let base = positions.baseAddress else { return }
        turn(
          part, part, tables.cosine, tables.sine, base + rows.lowerBound, rows.count, heads, config.dHead,
          rotary.dimensions)
      }
      first = end
    }
  }

  /// Pointers to head `head`'s queries, keys, values and z from row `row` on.
  private func heads(
    _ head: Int, from row: Int
  ) -> (
    q: UnsafeMutablePointer<Float>, k: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>,
    z: UnsafeMutablePointer<Float>
  ) {
    let (query, key) = (
      row * queryWidth + head * config.dHead, row * keyWidth + head / config.headsPerGroup * config.dHead
    )
    return (queries + query, keys + key, values + key, z + query)
  }

  /// z of one sequence and head, without keeping the pattern.
  ///
  /// Long sequences go through blocks of queries, each against the keys it can see, so that a causal model does not
  /// compute the half of the products that its mask hides and a block of scores stays in the cache.
  private func attend(_ rows: Range<Int>, head: Int, _ rule: Scores) {
    let (q, k, v, z) = heads(head, from: rows.lowerBound)
    let (length, width) = (rows.count, config.dHead)
    if length <= Self.shortLength, rule.isPlain(length: length) {
      probe_attention_short(
        q, queryWidth, k, v, keyWidth, z, queryWidth, workspace.buffer(.scores, Self.shortLength), length,
        width, rule.scale, config.masking == .causal ? 1 : 0)
      return
    }
    let scores = workspace.buffer(.scores, Self.queryBlock * length)
    for start in stride(from: 0, to: length, by: Self.queryBlock) {
      let count = min(Self.queryBlock, length - start)
      let keys =
        rule.visibleKeys(start, length).lowerBound..<rule.visibleKeys(start + count - 1, length).upperBound
      BLAS.gemm(
        m: count, n: keys.count, k: width, q + start * queryWidth, lda: queryWidth,
        k + keys.lowerBound * keyWidth, ldb: keyWidth, transposeB: true, scores, ldc: keys.count)
      for row in 0..<count {
        let visible = rule.visibleKeys(start + row, length)
        let values = scores + row * keys.count
        let seen = values + (visible.lowerBound - keys.lowerBound)
        probe_softmax(seen, visible.count, rule.finish(seen, head: head, query: start + row, keys: visible))
        values.update(repeating: 0, count: visible.lowerBound - keys.lowerBound)
        (seen + visible.count).update(repeating: 0, count: keys.upperBound - visible.upperBound)
      }
      BLAS.gemm(
        m: count, n: width, k: keys.count, scores, lda: keys.count, v + keys.lowerBound * keyWidth,
        ldb: keyWidth, z + start * queryWidth, ldc: queryWidth)
    }
  }

  /// Up to this length plain loops beat the overhead of two products (crossover measured near 24).
  private static var shortLength: Int { 24 }
  private static var queryBlock: Int { 64 }

  /// The same with scores and pattern laid out for hooks: ragged rows `[head, visible key]`, one a query.
  private mutating func explicitAttention(_ layer: Int) throws -> Bool {
    let rule = Scores(config, layer: layer, bias: scoreBias)
    var (offsets, visible): ([Int], [Range<Int>]) = ([0], [])
    offsets.reserveCapacity(rows + 1)
    visible.reserveCapacity(rows)
    for sequence in 0..<batch.sequenceCount {
      let length = batch.rows(of: sequence).count
      for position in 0..<length {
        let keys = rule.visibleKeys(position, length)
        visible.append(keys)
        offsets.append((offsets.last ?? 0) + config.nHeads * keys.count)
      }
    }
    let pattern = workspace.buffer(.ragged, offsets.last ?? 0)
    eachHead { rows, head, square in
      let (q, k, _, _) = heads(head, from: rows.lowerBound)
      BLAS.gemm(
        m: rows.count, n: rows.count, k: config.dHead, q, lda: queryWidth, k, ldb: keyWidth, transposeB: true,
        square, ldc: rows.count, alpha: rule.isLinear ? rule.scale : 1)
      for (query, row) in rows.enumerated() {
        let keys = visible[row]
        let scores = pattern + offsets[row] + head * keys.count
        scores.update(from: square + query * rows.count + keys.lowerBound, count: keys.count)
        _ = rule.finish(scores, head: head, query: query, keys: keys)
      }
    }
    guard try visit(.attnScores, layer, pattern, rowOffsets: offsets) else { return false }
    for row in 0..<rows {
      for head in 0..<config.nHeads {
        probe_softmax(pattern + offsets[row] + head * visible[row].count, visible[row].count, 1)
      }
    }
    guard try visit(.pattern, layer, pattern, rowOffsets: offsets) else { return false }
    eachHead { rows, head, square in
      square.update(repeating: 0, count: rows.count * rows.count)
      for (query, row) in rows.enumerated() {
        let keys = visible[row]
        (square + query * rows.count + keys.lowerBound).update(
          from: pattern + offsets[row] + head * keys.count, count: keys.count)
      }
      let (_, _, v, z) = heads(head, from: rows.lowerBound)
      BLAS.gemm(
        m: rows.count, n: config.dHead, k: rows.count, square, lda: rows.count, v, ldb: keyWidth, z,
        ldc: queryWidth)
    }
    return true
  }

  private func eachHead(_ body: (Range<Int>, Int, UnsafeMutablePointer<Float>) -> Void) {
    for sequence in 0..<batch.sequenceCount {
      let rows = batch.rows(of: sequence)
      let square = workspace.buffer(.square, rows.count * rows.count)
      for head in 0..<config.nHeads { body(rows, head, square) }
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
    let (matrix, stride) = o.origin
    let isTransposed = o.layout == .outputsByInputs
    for head in 0..<heads {
      let first = head * config.dHead
      BLAS.gemm(
        m: rows, n: width, k: config.dHead, z + first, lda: queryWidth,
        matrix + first * (isTransposed ? 1 : stride),
        ldb: stride, transposeB: isTransposed, result + head * width, ldc: heads * width)
    }
    guard try visit(.result, layer, result) else { return false }
    let branch = workspace.buffer(.branch, rows * width)
    if let bias = o.bias {
      probe_fill_rows(branch, bias.pointer, rows, width)
    } else {
      branch.update(repeating: 0, count: rows * width)
    }
    for row in 0..<rows {
      for head in 0..<heads { probe_add(branch + row * width, result + (row * heads + head) * width, width) }
    }
    return try add(branch: branch, BranchSites.attention, norm, layer)
  }
}
