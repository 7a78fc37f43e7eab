import ProbeMath

extension PermutationTest {
  /// Target columns predicted at a time.
  private static let chunkColumns = 512
  /// Held-out values gathered at a time.
  private static let blockValues = 1 << 19

  /// The statistic of one matrix, on the true labels and on every shuffle, on one thread.
  ///
  /// - Throws: ``StudyError`` when a feature is NaN or infinite.
  public func scores(_ features: Tensor) throws(StudyError) -> PointScores {
    precondition(
      features.rows == folds.count, "PermutationTest: \(features.rows) rows, \(folds.count) items")
    if let index = features.elements.withUnsafeBufferPointer({ firstNonFinite($0) }) {
      let (row, column) = (index / features.width, index % features.width)
      throw StudyError(
        .notFinite, at: "item \(row), feature \(column)",
        "Feature \(column) of item \(row) is \(features.elements[index]): a permutation test needs finite features. "
          + "Capture in bfloat16 or float32 if float16 overflowed.")
    }
    var tally = StatisticTally(self)
    let rule = items.count > features.width ? tall(features, &tally) : wide(features, &tally)
    let values = tally.values
    return PointScores(
      statistic: statistic, observed: values[0], null: Array(values.dropFirst()), strength: rule.strength,
      degreesOfFreedom: rule.degreesOfFreedom)
  }

  // MARK: - More items than features

  private func tall(_ features: Tensor, _ tally: inout StatisticTally) -> StrengthRule {
    let (d, t) = (features.width, outputs)
    let moments = FoldMoments(features, folds: folds, foldCount: places.count, outputs: columns * t) {
      fill($0, $1)
    }
    let all = StandardisedMoments(
      moments.sum(of: places.indices), origin: moments.origin, scaling: .perFeature)
    let rule = StrengthRule(all.gram(), size: d, items: items.count)
    let block = FloatBuffer(count: min(max(64, Self.blockValues / d), items.count) * d)
    for fold in places.indices where places[fold].count > 0 && places[fold].count < items.count {
      let equations = StandardisedMoments(
        moments.sum(without: fold), origin: moments.origin, scaling: .perFeature)
      let factor = equations.gram(strength: rule.strength)
      let weights = equations.cross()
      solve(factor, d, weights, count: columns * t)
      let inverse = equations.inverse.map { Float($0) }
      for row in 0..<columns * t { for j in 0..<d { weights.pointer[row * d + j] *= inverse[j] } }
      let held = places[fold]
      tally.add(fold, chunk: max(1, Self.chunkColumns / t)) { shuffles, scores in
        let blockRows = block.count / d
        for start in stride(from: held.lowerBound, to: held.upperBound, by: blockRows) {
          let rows = start..<min(start + blockRows, held.upperBound)
          features.gather(items[rows], minus: moments.origin, into: block.pointer)
          // Without the bias: neither statistic sees a shift of a fold's predictions.
          BLAS.gemm(
            m: shuffles.count * t, n: rows.count, k: d, weights.pointer + shuffles.lowerBound * t * d, lda: d,
            block.pointer, ldb: d, transposeB: true, scores + (start - held.lowerBound), ldc: held.count)
        }
      }
    }
    return rule
  }

  /// Shuffled target columns of some items, `[items, (B + 1)·t]`.
  private func fill(_ block: ArraySlice<Int>, _ out: UnsafeMutablePointer<Float>) {
    let (t, columns) = (outputs, columns)
    targets.withUnsafeBufferPointer { targets in
      sources.withUnsafeBufferPointer { sources in
        var next = out
        for item in block {
          let base = Int(placeOf[item]) * columns
          for b in 0..<columns {
            let source = Int(sources[base + b]) * t
            for c in 0..<t { next[c] = targets[source + c] }
            next += t
          }
        }
      }
    }
  }

  // MARK: - More features than items

  /// The same ridge regression through the items' own products: α = (ZZᵀ/n + λI)⁻¹ (Y − ȳ), ŷ = (zZᵀ/n) α.
  private func wide(_ features: Tensor, _ tally: inout StatisticTally) -> StrengthRule {
    let t = outputs
    let whole = kernel(features, held: [], training: items)
    let rule = StrengthRule(whole, size: items.count, items: items.count)
    for fold in places.indices where places[fold].count > 0 && places[fold].count < items.count {
      let held = places[fold]
      let training = Array(0..<held.lowerBound) + Array(held.upperBound..<items.count)
      let n = training.count
      let products = kernel(features, held: Array(items[held]), training: training.map { items[$0] })
      for i in 0..<n { products.pointer[i * n + i] += Float(rule.strength) }
      let across = products.pointer + n * n
      let factor = FloatBuffer(count: n * n)
      factor.pointer.update(from: products.pointer, count: n * n)
      let dual = FloatBuffer(count: max(1, Self.chunkColumns / t) * t * n)
      // In chunks from the start: there may be far more shuffles than items.
      var isFactored = false
      tally.add(fold, chunk: max(1, Self.chunkColumns / t)) { shuffles, scores in
        for (place, source) in training.enumerated() {
          for b in shuffles {
            let row = Int(sources[source * columns + b]) * t
            for c in 0..<t {
              dual.pointer[((b - shuffles.lowerBound) * t + c) * n + place] = targets[row + c]
            }
          }
        }
        for row in 0..<shuffles.count * t { Self.center(dual.pointer + row * n, n) }
        if isFactored {
          LAPACK.choleskySolve(factor.pointer, n: n, dual.pointer, count: shuffles.count * t)
        } else {
          solve(factor, n, dual, count: shuffles.count * t)
          isFactored = true
        }
        BLAS.gemm(
          m: shuffles.count * t, n: held.count, k: n, dual.pointer, lda: n, across, ldb: n, transposeB: true,
          scores, ldc: held.count)
      }
    }
    return rule
  }

  /// (1/n) Z Z_trainᵀ for the training items and then the held-out ones, `[n + held, n]`.
  private func kernel(_ features: Tensor, held: [Int], training: [Int]) -> FloatBuffer {
    let (d, n) = (features.width, training.count)
    let standardizer = Standardizer(fitting: features, rows: training)
    let rows = FloatBuffer(count: (n + held.count) * d)
    standardizer.apply(features, rows: training + held, to: rows.pointer, stride: d)
    let products = FloatBuffer(count: (n + held.count) * n)
    BLAS.gemm(
      m: n + held.count, n: n, k: d, rows.pointer, lda: d, rows.pointer, ldb: d, transposeB: true,
      products.pointer, ldc: n, alpha: 1 / Float(n))
    return products
  }

  private static func center(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    var sum = 0.0
    for i in 0..<count { sum += Double(row[i]) }
    let mean = Float(sum / Double(count))
    for i in 0..<count { row[i] -= mean }
  }

  private func solve(_ matrix: FloatBuffer, _ n: Int, _ sides: FloatBuffer, count: Int) {
    let isPositive = LAPACK.cholesky(matrix.pointer, n: n)
    precondition(isPositive, "PermutationTest: the products of \(n) standardised features are not positive")
    LAPACK.choleskySolve(matrix.pointer, n: n, sides.pointer, count: count)
  }
}

/// λ from features alone: see ``PermutationTest``.
struct StrengthRule {
  /// λ.
  let strength: Double
  /// Σ Λ/(Λ + λ).
  let degreesOfFreedom: Double

  /// - Parameter gram: (1/n) ZᵀZ or (1/n) ZZᵀ, `[size, size]`; overwritten.
  init(_ gram: FloatBuffer, size: Int, items: Int) {
    var values = [Float](repeating: 0, count: size)
    let converged = LAPACK.symmetricEigen(gram.pointer, n: size, values: &values, vectors: false)
    let largest = max(values.last ?? 0, 0)
    // Features that do not vary leave nothing to shrink: any λ gives the weights 0.
    guard converged, largest > 0 else {
      self = .init(strength: 1, degreesOfFreedom: 0)
      return
    }
    let kept = values.filter { $0 > 1e-6 * largest }
    let target = max(min(1, 0.5 * Double(kept.count)), min(Double(kept.count) / 2, Double(items) / 10))
    // Float32 products are good to 1e-7 of the largest eigenvalue; λ stays well above.
    var (low, high) = (1e-5 * Double(largest), 1e3 * Double(largest) * Double(kept.count))
    for _ in 0..<60 {
      let middle = (low * high).squareRoot()
      if RidgePath.degreesOfFreedom(kept, middle) > target { low = middle } else { high = middle }
    }
    self = .init(strength: high, degreesOfFreedom: RidgePath.degreesOfFreedom(kept, high))
  }

  private init(strength: Double, degreesOfFreedom: Double) {
    self.strength = strength
    self.degreesOfFreedom = degreesOfFreedom
  }
}
