import CKernels
import ProbeMath

/// The three losses of some snippets, as sums: the caller divides by pairs, gaps and leaves.
struct SyntacticSums: Sendable, Equatable {
  /// Σ max(0, 1 − (d̂ᵢ − d̂ⱼ)) over ordered pairs.
  var ranking = 0.0
  /// Σ −ln p(c).
  var labels = 0.0
  /// Σ −ln p(u).
  var unaries = 0.0

  static func + (a: SyntacticSums, b: SyntacticSums) -> SyntacticSums {
    SyntacticSums(
      ranking: a.ranking + b.ranking, labels: a.labels + b.labels, unaries: a.unaries + b.unaries)
  }
}

/// What a loss is divided by: the pairs, gaps and leaves of a batch.
struct SyntacticCounts: Sendable, Equatable {
  var pairs = 0
  var gaps = 0
  var leaves = 0

  init(_ snippets: some Sequence<SyntacticSnippet>) {
    for snippet in snippets {
      pairs += snippet.pairs
      gaps += snippet.gaps
      leaves += snippet.rows.count
    }
  }

  /// L_d + L_c + L_u.
  func mean(_ sums: SyntacticSums) -> Double {
    sums.ranking / Double(max(pairs, 1)) + sums.labels / Double(max(gaps, 1))
      + sums.unaries / Double(max(leaves, 1))
  }
}

/// Losses of some snippets and their gradient, by hand (López et al. 2022, §3.3). With H the scaled vectors of the leaves,
///
///     P = H B,   gᵢ = pᵢ − pᵢ₋₁,   d̂ᵢ = ‖gᵢ‖²,   S_c = G V_C,   S_u = P V_U + b
///     ∂L/∂G = ∂L/∂S_c · V_Cᵀ + 2 (∂L/∂d̂) ⊙ G,   ∂L/∂P = ∂L/∂S_u · V_Uᵀ + (∂L/∂G taken back to its terms)
///     ∂L/∂B = Hᵀ ∂L/∂P,   ∂L/∂V_C = Gᵀ ∂L/∂S_c,   ∂L/∂V_U = Pᵀ ∂L/∂S_u
///
/// The leaves of all snippets stand below each other without padding, and so do their gaps: each line is one matrix
/// product. The gradient by H is never computed.
///
/// For one thread at a time; memory grows to the largest part seen.
final class SyntacticPass {
  private let shape: SyntacticShape
  private var capacity = 0
  private var h = FloatBuffer(count: 0)
  private var p = FloatBuffer(count: 0)
  private var g = FloatBuffer(count: 0)
  private var dp = FloatBuffer(count: 0)
  private var dg = FloatBuffer(count: 0)
  private var sc = FloatBuffer(count: 0)
  private var su = FloatBuffer(count: 0)
  private var distances = FloatBuffer(count: 0)
  private var slopes = FloatBuffer(count: 0)
  private var labels: [Int32] = []
  private var unaries: [Int32] = []

  init(_ shape: SyntacticShape) { self.shape = shape }

  /// The losses of `snippets`, and their gradient where one is asked for.
  ///
  /// - Parameters:
  ///   - vectors: the leaves' vectors, `[leaves, width]`.
  ///   - parameters: in the order of ``SyntacticShape``.
  ///   - counts: what the gradient's losses are divided by.
  ///   - gradient: overwritten; as long as the parameters.
  ///   - isTransfer: whether B stays as it is: then neither L_d nor anything by B is computed.
  func run(
    _ snippets: [SyntacticSnippet], _ vectors: UnsafePointer<Float>, _ scaler: LeafScaler,
    _ parameters: UnsafePointer<Float>, counts: SyntacticCounts, gradient: UnsafeMutablePointer<Float>?,
    isTransfer: Bool = false
  ) -> SyntacticSums {
    gather(snippets, vectors, scaler)
    project(snippets.map { $0.rows.count }, parameters)
    var sums = SyntacticSums()
    sums.ranking = isTransfer ? 0 : rank(snippets, scale: 1 / Float(max(counts.pairs, 1)))
    sums.labels = probe_cross_entropy(
      sc.pointer, labels.count, shape.labels, labels, 1 / Float(max(counts.gaps, 1)))
    sums.unaries = probe_cross_entropy(
      su.pointer, unaries.count, shape.unaries, unaries, 1 / Float(max(counts.leaves, 1)))
    if let gradient { backward(snippets, parameters, gradient, isTransfer: isTransfer) }
    return sums
  }

  /// What is predicted of one snippet: d̂, and the likeliest classes of gaps and leaves.
  func predict(
    _ rows: Range<Int>, _ vectors: UnsafePointer<Float>, _ scaler: LeafScaler,
    _ parameters: UnsafePointer<Float>
  ) -> SyntacticPrediction {
    let n = rows.count
    guard n > 0 else { return SyntacticPrediction(order: [], labels: [], unaries: []) }
    reserve(n)
    scaler.write(vectors, rows: rows, to: h.pointer)
    project([n], parameters)
    return SyntacticPrediction(
      order: Array(UnsafeBufferPointer(start: distances.pointer, count: n - 1)),
      labels: (0..<n - 1).map { largest(sc.pointer + $0 * shape.labels, shape.labels) },
      unaries: (0..<n).map { largest(su.pointer + $0 * shape.unaries, shape.unaries) })
  }

  private func largest(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where values[index] > values[best] { best = index }
    return best
  }

  /// Copies the scaled vectors and the classes of all snippets below each other.
  private func gather(
    _ snippets: [SyntacticSnippet], _ vectors: UnsafePointer<Float>, _ scaler: LeafScaler
  ) {
    reserve(snippets.reduce(0) { $0 + $1.rows.count })
    labels.removeAll(keepingCapacity: true)
    unaries.removeAll(keepingCapacity: true)
    for snippet in snippets {
      scaler.write(vectors, rows: snippet.rows, to: h.pointer + unaries.count * shape.width)
      labels += snippet.labels
      unaries += snippet.unaries
    }
  }

  private func reserve(_ rows: Int) {
    guard rows > capacity else { return }
    capacity = rows + rows / 8
    h = FloatBuffer(count: capacity * shape.width)
    p = FloatBuffer(count: capacity * shape.rank)
    g = FloatBuffer(count: capacity * shape.rank)
    dp = FloatBuffer(count: capacity * shape.rank)
    dg = FloatBuffer(count: capacity * shape.rank)
    sc = FloatBuffer(count: capacity * shape.labels)
    su = FloatBuffer(count: capacity * shape.unaries)
    distances = FloatBuffer(count: capacity)
    slopes = FloatBuffer(count: capacity)
  }

  /// P, G, d̂ and both kinds of scores for snippets of the given numbers of leaves.
  private func project(_ leaves: [Int], _ parameters: UnsafePointer<Float>) {
    let (m, r) = (shape.width, shape.rank)
    let n = leaves.reduce(0, +)
    BLAS.gemm(m: n, n: r, k: m, h.pointer, lda: m, parameters, ldb: r, p.pointer, ldc: r)
    var (row, gap) = (0, 0)
    for count in leaves where count > 0 {
      probe_differences(p.pointer + row * r, count, r, g.pointer + gap * r, distances.pointer + gap)
      row += count
      gap += count - 1
    }
    BLAS.gemm(
      m: gap, n: shape.labels, k: r, g.pointer, lda: r, parameters + shape.labelOffset, ldb: shape.labels,
      sc.pointer, ldc: shape.labels)
    for row in 0..<n {
      (su.pointer + row * shape.unaries).update(from: parameters + shape.biasOffset, count: shape.unaries)
    }
    BLAS.gemm(
      m: n, n: shape.unaries, k: r, p.pointer, lda: r, parameters + shape.unaryOffset, ldb: shape.unaries,
      su.pointer, ldc: shape.unaries, beta: 1)
  }

  /// Σ hinge, and its slope by d̂ times `scale`.
  private func rank(_ snippets: [SyntacticSnippet], scale: Float) -> Double {
    var (gap, loss) = (0, 0.0)
    for snippet in snippets {
      loss += probe_ranking_hinge(
        distances.pointer + gap, snippet.order, snippet.first, snippet.last, snippet.gaps, scale,
        slopes.pointer + gap)
      // d̂ = ‖g‖² doubles what comes back through it.
      probe_scale(slopes.pointer + gap, 2, snippet.gaps)
      gap += snippet.gaps
    }
    return loss
  }

  private func backward(
    _ snippets: [SyntacticSnippet], _ parameters: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>, isTransfer: Bool
  ) {
    let (m, r, c, u) = (shape.width, shape.rank, shape.labels, shape.unaries)
    let (gaps, n) = (labels.count, unaries.count)
    gradient.update(repeating: 0, count: shape.count)
    BLAS.gemm(
      m: r, n: c, k: gaps, g.pointer, lda: r, transposeA: true, sc.pointer, ldb: c,
      gradient + shape.labelOffset, ldc: c)
    BLAS.gemm(
      m: r, n: u, k: n, p.pointer, lda: r, transposeA: true, su.pointer, ldb: u,
      gradient + shape.unaryOffset, ldc: u)
    for row in 0..<n { probe_add(gradient + shape.biasOffset, su.pointer + row * u, u) }
    if isTransfer { return }
    BLAS.gemm(
      m: gaps, n: r, k: c, sc.pointer, lda: c, parameters + shape.labelOffset, ldb: c, transposeB: true,
      dg.pointer, ldc: r)
    BLAS.gemm(
      m: n, n: r, k: u, su.pointer, lda: u, parameters + shape.unaryOffset, ldb: u, transposeB: true,
      dp.pointer, ldc: r)
    var (row, gap) = (0, 0)
    for snippet in snippets where !snippet.rows.isEmpty {
      probe_add_differences(
        dg.pointer + gap * r, g.pointer + gap * r, slopes.pointer + gap, snippet.rows.count, r,
        dp.pointer + row * r)
      row += snippet.rows.count
      gap += snippet.gaps
    }
    BLAS.gemm(m: m, n: r, k: n, h.pointer, lda: m, transposeA: true, dp.pointer, ldb: r, gradient, ldc: r)
  }
}
