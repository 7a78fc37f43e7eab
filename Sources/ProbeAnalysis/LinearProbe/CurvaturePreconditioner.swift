import ProbeMath

/// An approximation of the logistic loss's Hessian, factored:
///
///     B = (1/n) Σ hᵢ xᵢxᵢᵀ + λI   (λ not on the bias)
///
/// Two classes have one output and h = p(1 − p): B is the Hessian. With more classes the first B is shared by all
/// outputs, with h = (1 − Σ p²)/(K − 1), the average of the item's curvature over classes, which is exact while all
/// classes are equally likely. Once they have come apart, each class gets a block of its own, h = p(1 − p): the
/// diagonal blocks of the Hessian. Items with next to no curvature for a class are skipped there.
final class CurvaturePreconditioner {
  /// Above this many unknowns a row, B is a diagonal.
  private static let widestFactor = 6144
  /// Up to this many unknowns a row and outputs, each class gets a block.
  private static let widestBlocks = (width: 1280, outputs: 32)
  /// Items sampled for a class's block, in units of the unknowns: the block is then within a factor of two or so of the
  /// full one in every direction, at a fraction of its cost.
  private static let sampledItems = 6

  /// h of each output and item, `[outputs, items]`: what the last evaluation saw.
  let spread: FloatBuffer

  private let features: FloatBuffer
  private let items: Int
  private let width: Int
  private let stride: Int
  private let outputs: Int
  private let blockRows: Int
  private var grams: FloatBuffer
  private var factors: FloatBuffer
  private var blocks = 1
  private var refreshes = 0
  private var isFactored = false
  private let scaled: FloatBuffer
  private let vectors: FloatBuffer
  private var strength = 0.0
  private var meanSpread = 0.25

  init(features: FloatBuffer, items: Int, width: Int, stride: Int, outputs: Int) {
    self.features = features
    self.items = items
    self.width = width
    self.stride = stride
    self.outputs = outputs
    spread = FloatBuffer(count: items * outputs)
    let square = width <= Self.widestFactor ? width * width : 0
    grams = FloatBuffer(count: square)
    factors = FloatBuffer(count: square)
    blockRows = min(items, max(64, 131_072 / width))
    scaled = FloatBuffer(count: square > 0 ? blockRows * width : 0)
    vectors = FloatBuffer(count: outputs * width)
  }

  /// vector ← B⁻¹ · vector, `[outputs, width]`.
  func apply(_ vector: UnsafeMutablePointer<Double>) {
    let count = outputs * width
    guard isFactored else {
      let inverse = 1 / (meanSpread + strength)
      for i in 0..<count { vector[i] *= inverse }
      return
    }
    for i in 0..<count { vectors.pointer[i] = Float(vector[i]) }
    if blocks == 1 {
      LAPACK.choleskySolve(factors.pointer, n: width, vectors.pointer, count: outputs)
    } else {
      for output in 0..<outputs {
        LAPACK.choleskySolve(
          factors.pointer + output * width * width, n: width, vectors.pointer + output * width, count: 1)
      }
      centerOverClasses()
    }
    for i in 0..<count { vector[i] = Double(vectors.pointer[i]) }
  }

  /// Subtracts from every row the mean row.
  ///
  /// The softmax does not see what all classes share, so that only λ bends the loss along it and its minimum has none
  /// of it. Blocks of different classes would bring it in, and iterations by the dozen would go to get rid of it.
  private func centerOverClasses() {
    for j in 0..<width {
      var sum: Float = 0
      for output in 0..<outputs { sum += vectors.pointer[output * width + j] }
      let mean = sum / Float(outputs)
      for output in 0..<outputs { vectors.pointer[output * width + j] -= mean }
    }
  }

  /// Brings B up to date with ``spread``.
  func refresh(strength: Double) {
    refreshes += 1
    let wantsBlocks =
      outputs > 1 && refreshes > 1 && width <= Self.widestBlocks.width && outputs <= Self.widestBlocks.outputs
    if wantsBlocks, blocks == 1 {
      blocks = outputs
      grams = FloatBuffer(count: outputs * width * width)
      factors = FloatBuffer(count: outputs * width * width)
    }
    var total = 0.0
    for i in 0..<items * outputs { total += Double(spread.pointer[i]) }
    meanSpread = total / Double(items * outputs)
    if blocks == 1, outputs > 1 { averageSpread() }
    for block in 0..<(grams.count > 0 ? blocks : 0) {
      addItems(
        spread.pointer + block * items, to: grams.pointer + block * width * width,
        sample: blocks == 1 ? items : Self.sampledItems * width)
    }
    factor(strength: strength)
  }

  /// Factors B anew for another λ, at the old curvature.
  func factor(strength: Double) {
    self.strength = strength
    guard grams.count > 0 else { return }
    isFactored = (0..<blocks).allSatisfy { block in
      let offset = block * width * width
      return factor(grams.pointer + offset, into: factors.pointer + offset)
    }
  }

  // MARK: -

  /// The first row of `spread` ← the curvature averaged over classes.
  private func averageSpread() {
    let scale = 1 / Float(outputs - 1)
    for i in 0..<items {
      var sum: Float = 0
      for output in 0..<outputs { sum += spread.pointer[output * items + i] }
      spread.pointer[i] = sum * scale
    }
  }

  private func addItems(_ h: UnsafePointer<Float>, to gram: UnsafeMutablePointer<Float>, sample: Int) {
    gram.update(repeating: 0, count: width * width)
    var total = 0.0
    for i in 0..<items { total += Double(h[i]) }
    let negligible = Float(1e-4 * total / Double(items))
    // Below it an item stands for others like it: kept with probability h / threshold, it counts as the threshold.
    let threshold = sample < items ? Float(total / Double(sample)) : 0
    var stream = RandomStream(seed: 0, "curvature")
    var filled = 0
    for i in 0..<items {
      if h[i] >= threshold ? h[i] > negligible : Float(stream.uniform()) * threshold < h[i] {
        let root = max(h[i], threshold).squareRoot()
        let source = features.pointer + i * stride
        let target = scaled.pointer + filled * width
        for j in 0..<width { target[j] = source[j] * root }
        filled += 1
      }
      if filled == blockRows || (i == items - 1 && filled > 0) {
        BLAS.addGram(rows: filled, n: width, scaled.pointer, lda: width, gram, alpha: 1 / Float(items))
        filled = 0
      }
    }
  }

  private func factor(_ gram: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) -> Bool {
    var trace: Float = 0
    for j in 0..<width { trace += gram[j * width + j] }
    // The data's own rank may be short, and float32 products are good to about 1e-7 of the trace.
    var ridge = 1e-6 * trace / Float(width) + 1e-12
    for _ in 0..<8 {
      target.update(from: gram, count: width * width)
      for j in 0..<width { target[j * width + j] += ridge + (j < width - 1 ? Float(strength) : 0) }
      if LAPACK.cholesky(target, n: width) { return true }
      ridge *= 10
    }
    return false
  }
}
