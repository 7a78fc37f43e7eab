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
  private var isCausal: Bool { config.masking == .causal }
  /// Rows of the rotary tables: a power of two, so that they are rarely made anew, and not the whole context, which a
  /// configuration may put at any number.
  private var rotaryLength: Int {
    var length = 256
    while length < batch.longest { length *= 2 }
    return length
  }
  private var scale: Float { 1 / Float(config.dHead).squareRoot() }

  /// From the normalised stream to z.
  mutating func attention(_ layer: Int, reading input: UnsafePointer<Float>) throws -> Bool {
    let block = weights.blocks[layer]
    let (queries, keys, values) = (queries, keys, values)
    apply(block.q, input, into: queries)
    guard try visit(.q, layer, queries) else { return false }
    apply(block.k, input, into: keys)
    guard try visit(.k, layer, keys) else { return false }
    apply(block.v, input, into: values)
    guard try visit(.v, layer, values) else { return false }
    if case .rotary(let theta, let dimensions) = config.positions {
      let tables = workspace.rotaryTables(length: rotaryLength, dimensions: dimensions, theta: theta)
      func rotate(_ x: UnsafeMutablePointer<Float>, heads: Int) {
        probe_rotary(x, x, tables.cosine, tables.sine, positions, rows, heads, config.dHead, dimensions)
      }
      rotate(queries, heads: config.nHeads)
      guard try visit(.rotQ, layer, queries) else { return false }
      rotate(keys, heads: config.nKeyValueHeads)
      guard try visit(.rotK, layer, keys) else { return false }
    }
    if interest.wants(.attnScores, layer: layer) || interest.wants(.pattern, layer: layer) {
      guard try explicitAttention(layer) else { return false }
    } else {
      for sequence in 0..<batch.sequenceCount {
        for head in 0..<config.nHeads { attend(batch.rows(of: sequence), head: head) }
      }
    }
    return try visit(.z, layer, z)
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
  private func attend(_ rows: Range<Int>, head: Int) {
    let (q, k, v, z) = heads(head, from: rows.lowerBound)
    let (length, width) = (rows.count, config.dHead)
    if length <= Self.shortLength {
      probe_attention_short(
        q, queryWidth, k, v, keyWidth, z, queryWidth, workspace.buffer(.scores, Self.shortLength), length,
        width, scale,
        isCausal ? 1 : 0)
      return
    }
    let scores = workspace.buffer(.scores, Self.queryBlock * length)
    for start in stride(from: 0, to: length, by: Self.queryBlock) {
      let count = min(Self.queryBlock, length - start)
      let visible = isCausal ? start + count : length
      BLAS.gemm(
        m: count, n: visible, k: width, q + start * queryWidth, lda: queryWidth, k, ldb: keyWidth,
        transposeB: true,
        scores, ldc: visible)
      for row in 0..<count {
        let seen = isCausal ? start + row + 1 : length
        probe_softmax(scores + row * visible, seen, scale)
        (scores + row * visible + seen).update(repeating: 0, count: visible - seen)
      }
      BLAS.gemm(
        m: count, n: width, k: visible, scores, lda: visible, v, ldb: keyWidth, z + start * queryWidth,
        ldc: queryWidth)
    }
  }

  /// Up to this length plain loops beat the overhead of two products (crossover measured near 24).
  private static var shortLength: Int { 24 }
  private static var queryBlock: Int { 64 }

  /// The same with scores and pattern laid out for hooks: ragged rows `[head, visible key]`, one a query.
  private mutating func explicitAttention(_ layer: Int) throws -> Bool {
    var offsets = [0]
    offsets.reserveCapacity(rows + 1)
    for sequence in 0..<batch.sequenceCount {
      let length = batch.rows(of: sequence).count
      for position in 0..<length {
        offsets.append((offsets.last ?? 0) + config.nHeads * (isCausal ? position + 1 : length))
      }
    }
    let pattern = workspace.buffer(.ragged, offsets.last ?? 0)
    eachHead { rows, head, square in
      let (q, k, _, _) = heads(head, from: rows.lowerBound)
      BLAS.gemm(
        m: rows.count, n: rows.count, k: config.dHead, q, lda: queryWidth, k, ldb: keyWidth, transposeB: true,
        square,
        ldc: rows.count, alpha: scale)
      for (index, row) in rows.enumerated() {
        let visible = (offsets[row + 1] - offsets[row]) / config.nHeads
        (pattern + offsets[row] + head * visible).update(from: square + index * rows.count, count: visible)
      }
    }
    guard try visit(.attnScores, layer, pattern, rowOffsets: offsets) else { return false }
    for row in 0..<rows {
      let visible = (offsets[row + 1] - offsets[row]) / config.nHeads
      for head in 0..<config.nHeads { probe_softmax(pattern + offsets[row] + head * visible, visible, 1) }
    }
    guard try visit(.pattern, layer, pattern, rowOffsets: offsets) else { return false }
    eachHead { rows, head, square in
      square.update(repeating: 0, count: rows.count * rows.count)
      for (index, row) in rows.enumerated() {
        let visible = (offsets[row + 1] - offsets[row]) / config.nHeads
        (square + index * rows.count).update(from: pattern + offsets[row] + head * visible, count: visible)
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
    let o = weights.blocks[layer].o
    guard interest.wants(.result, layer: layer) else { return try addBranch(o, z, .attnOut, layer) }
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
    guard try visit(.attnOut, layer, branch) else { return false }
    probe_add(residual, branch, rows * width)
    return true
  }
}
