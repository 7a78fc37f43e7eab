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

/// Losses of some snippets and their gradient, by hand (López et al. 2022, §3.3). With H the scaled vectors of the leaves
/// and V = [V_C | V_U],
///
///     P = H B,   gᵢ = pᵢ − pᵢ₋₁,   d̂ᵢ = ‖gᵢ‖²,   Q = P V = [Q_C | Q_U],   S_c = differences of Q_C,   S_u = Q_U + b
///     ∂L/∂Q = [∂L/∂S_c taken back to its terms | ∂L/∂S_u],   ∂L/∂V = Pᵀ ∂L/∂Q
///     ∂L/∂P = ∂L/∂Q · Vᵀ + (2 (∂L/∂d̂) ⊙ G taken back to its terms),   ∂L/∂B = Hᵀ ∂L/∂P
///
/// Differences and V commute, so that both kinds of scores are one product. The leaves of all snippets stand below each
/// other without padding, and so do their gaps. The gradient by H is never computed.
///
/// For one thread at a time; memory grows to the largest part seen.
final class SyntacticPass {
  private let shape: SyntacticShape
  private var capacity = 0
  private var h = FloatBuffer(count: 0)
  private var p = FloatBuffer(count: 0)
  private var g = FloatBuffer(count: 0)
  private var dp = FloatBuffer(count: 0)
  private var q = FloatBuffer(count: 0)
  private var gapScores = FloatBuffer(count: 0)
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
  ///   - isTransfer: whether B stays as it is: then neither L_d nor anything by B is computed, and the gradient by B is
  ///     left as it was.
  func run(
    _ snippets: [SyntacticSnippet], _ vectors: UnsafePointer<Float>, _ scaler: LeafScaler,
    _ parameters: UnsafePointer<Float>, counts: SyntacticCounts, gradient: UnsafeMutablePointer<Float>?,
    isTransfer: Bool = false
  ) -> SyntacticSums {
    gather(snippets, vectors, scaler)
    let leaves = snippets.map { $0.rows.count }
    project(leaves, parameters)
    var sums = SyntacticSums()
    sums.ranking = isTransfer ? 0 : rank(snippets, scale: 1 / Float(max(counts.pairs, 1)))
    sums.labels = probe_cross_entropy(
      gapScores.pointer, shape.labels, labels.count, shape.labels, labels, 1 / Float(max(counts.gaps, 1)))
    sums.unaries = probe_cross_entropy(
      q.pointer + shape.labels, shape.classes, unaries.count, shape.unaries, unaries,
      1 / Float(max(counts.leaves, 1)))
    if let gradient { backward(leaves, parameters, gradient, isTransfer: isTransfer) }
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
      labels: (0..<n - 1).map { largest(gapScores.pointer + $0 * shape.labels, shape.labels) },
      unaries: (0..<n).map { largest(q.pointer + $0 * shape.classes + shape.labels, shape.unaries) })
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
    q = FloatBuffer(count: capacity * shape.classes)
    gapScores = FloatBuffer(count: capacity * shape.labels)
    distances = FloatBuffer(count: capacity)
    slopes = FloatBuffer(count: capacity)
  }

  /// P, G, d̂ and both kinds of scores for snippets of the given numbers of leaves.
  private func project(_ leaves: [Int], _ parameters: UnsafePointer<Float>) {
    let (m, r, w) = (shape.width, shape.rank, shape.classes)
    let n = leaves.reduce(0, +)
    BLAS.gemm(m: n, n: r, k: m, h.pointer, lda: m, parameters, ldb: r, p.pointer, ldc: r)
    BLAS.gemm(
      m: n, n: w, k: r, p.pointer, lda: r, parameters + shape.directionOffset, ldb: w, q.pointer, ldc: w)
    for row in 0..<n {
      probe_add(q.pointer + row * w + shape.labels, parameters + shape.biasOffset, shape.unaries)
    }
    var (row, gap) = (0, 0)
    for count in leaves where count > 0 {
      probe_differences(
        p.pointer + row * r, r, count, r, g.pointer + gap * r, distances.pointer + gap)
      probe_differences(
        q.pointer + row * w, w, count, shape.labels, gapScores.pointer + gap * shape.labels, nil)
      row += count
      gap += count - 1
    }
  }

  /// Σ hinge, and its slope by d̂ times `scale`.
  private func rank(_ snippets: [SyntacticSnippet], scale: Float) -> Double {
    var (gap, loss) = (0, 0.0)
    for snippet in snippets {
      loss += probe_ranking_hinge(
        distances.pointer + gap, snippet.order, snippet.first, snippet.last, snippet.gaps, scale,
        slopes.pointer + gap)
      gap += snippet.gaps
    }
    // d̂ = ‖g‖² doubles what comes back through it.
    probe_scale(slopes.pointer, 2, gap)
    return loss
  }

  private func backward(
    _ leaves: [Int], _ parameters: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>,
    isTransfer: Bool
  ) {
    let (m, r, c, w) = (shape.width, shape.rank, shape.labels, shape.classes)
    let n = leaves.reduce(0, +)
    let bias = gradient + shape.biasOffset
    bias.update(repeating: 0, count: shape.unaries)
    for row in 0..<n {
      (q.pointer + row * w).update(repeating: 0, count: c)
      probe_add(bias, q.pointer + row * w + c, shape.unaries)
    }
    spread(leaves, gapScores.pointer, nil, columns: c, to: q.pointer, stride: w)
    BLAS.gemm(
      m: r, n: w, k: n, p.pointer, lda: r, transposeA: true, q.pointer, ldb: w,
      gradient + shape.directionOffset, ldc: w)
    if isTransfer { return }
    BLAS.gemm(
      m: n, n: r, k: w, q.pointer, lda: w, parameters + shape.directionOffset, ldb: w, transposeB: true,
      dp.pointer, ldc: r)
    spread(leaves, g.pointer, slopes.pointer, columns: r, to: dp.pointer, stride: r)
    BLAS.gemm(m: m, n: r, k: n, h.pointer, lda: m, transposeA: true, dp.pointer, ldb: r, gradient, ldc: r)
  }

  /// Adds the gradient by differences to that by their terms.
  private func spread(
    _ leaves: [Int], _ gaps: UnsafePointer<Float>, _ factors: UnsafePointer<Float>?, columns: Int,
    to rows: UnsafeMutablePointer<Float>, stride: Int
  ) {
    var (row, gap) = (0, 0)
    for count in leaves where count > 0 {
      probe_add_differences(
        gaps + gap * columns, factors.map { $0 + gap }, count, columns, rows + row * stride, stride)
      row += count
      gap += count - 1
    }
  }
}
