import ProbeMath

/// What least squares needs to know of a matrix of features and its targets, fold by fold:
///
///     Σ wᵢ,   Σ wᵢ x̃ᵢ,   Σ wᵢ x̃ᵢx̃ᵢᵀ,   Σ wᵢ yᵢ,   Σ wᵢ yᵢx̃ᵢᵀ,   x̃ = x − origin
///
/// The moments of any union of folds are sums of these, so one pass over the features serves every training part of a
/// cross-validation (``sum(of:)``, ``sum(without:)``). Products are float32; the origin lies near the items' mean, so
/// that centring later cancels next to nothing. Sums and squares of single features are float64.
public struct FoldMoments: Sendable {
  /// Items gathered at a time: 1,024 × 576 values are 2.3 MB, which the products then read from cache.
  private static let blockValues = 1 << 19
  /// Items whose mean is the origin.
  private static let originItems = 1024

  /// Number of features, d.
  public let width: Int
  /// Number of target columns, t.
  public let outputs: Int
  /// What is subtracted from every item before products, length d.
  public let origin: [Float]
  /// Moments of each fold.
  public let folds: [Moments]

  /// Moments of some items, about the origin.
  public struct Moments: Sendable {
    /// Number of items.
    public fileprivate(set) var items = 0
    /// Σ w: the number of items unless weights were given.
    public fileprivate(set) var weight = 0.0
    /// Σ w x̃, length d.
    public fileprivate(set) var sums: [Double]
    /// Σ w x̃², length d.
    public fileprivate(set) var squares: [Double]
    /// Σ w x̃x̃ᵀ, `[d, d]`; the lower triangle only.
    public fileprivate(set) var gram: [Float]
    /// Σ w y, length t.
    public fileprivate(set) var targetSums: [Double]
    /// Σ w yx̃ᵀ, `[t, d]`.
    public fileprivate(set) var cross: [Float]

    fileprivate init(width: Int, outputs: Int) {
      sums = [Double](repeating: 0, count: width)
      squares = sums
      gram = [Float](repeating: 0, count: width * width)
      targetSums = [Double](repeating: 0, count: outputs)
      cross = [Float](repeating: 0, count: outputs * width)
    }
  }

  /// The moments of `features` with `targets`, `[items, t]`.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`, finite.
  ///   - folds: the fold of each item, from 0; items of a negative fold are left out.
  ///   - weights: weight of each item; 1 unless said otherwise.
  public init(
    _ features: Tensor, targets: Tensor, folds: [Int], foldCount: Int, weights: [Double]? = nil
  ) {
    precondition(
      targets.rows == features.rows, "FoldMoments: \(targets.rows) targets, \(features.rows) items")
    let outputs = targets.width
    self.init(features, folds: folds, foldCount: foldCount, weights: weights, outputs: outputs) {
      items, out in
      targets.elements.withUnsafeBufferPointer { targets in
        for (place, item) in items.enumerated() {
          for c in 0..<outputs { out[place * outputs + c] = targets[item * outputs + c] }
        }
      }
    }
  }

  /// The same with targets made as they are needed: `fill` writes those of the given items, `[items, t]`.
  init(
    _ features: Tensor, folds: [Int], foldCount: Int, weights: [Double]? = nil, outputs: Int,
    fill: (ArraySlice<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(folds.count == features.rows, "FoldMoments: \(folds.count) folds, \(features.rows) items")
    precondition(folds.allSatisfy { $0 < foldCount }, "FoldMoments: a fold beyond \(foldCount)")
    precondition(
      weights.map { $0.count == features.rows } ?? true, "FoldMoments: weights do not match the items")
    let width = features.width
    self.width = width
    self.outputs = outputs
    origin = Self.origin(features, folds.indices.filter { folds[$0] >= 0 })
    let blockItems = max(64, Self.blockValues / max(width, 1))
    let rows = FloatBuffer(count: min(blockItems, features.rows) * width)
    let targets = FloatBuffer(count: min(blockItems, features.rows) * outputs)
    var all: [Moments] = []
    for fold in 0..<foldCount {
      let items = folds.indices.filter { folds[$0] == fold }
      var moments = Moments(width: width, outputs: outputs)
      for start in stride(from: 0, to: items.count, by: blockItems) {
        let block = items[start..<min(start + blockItems, items.count)]
        features.gather(block, minus: origin, into: rows.pointer)
        fill(block, targets.pointer)
        moments.add(block, rows.pointer, targets.pointer, weights)
      }
      all.append(moments)
    }
    self.folds = all
  }

  /// Moments of the items of some folds together.
  public func sum(of folds: some Sequence<Int>) -> Moments {
    var total = Moments(width: width, outputs: outputs)
    for fold in folds { total.add(self.folds[fold]) }
    return total
  }

  /// Moments of all items that are not in `fold`.
  public func sum(without fold: Int) -> Moments { sum(of: folds.indices.filter { $0 != fold }) }

  /// The mean of up to ``originItems`` of the items, evenly spaced: any point near the mean does.
  private static func origin(_ features: Tensor, _ items: [Int]) -> [Float] {
    let width = features.width
    var sums = [Double](repeating: 0, count: width)
    let count = min(items.count, originItems)
    for k in 0..<count {
      let base = items[k * items.count / count] * width
      for j in 0..<width { sums[j] += Double(features.elements[base + j]) }
    }
    return sums.map { Float($0 / Double(max(count, 1))) }
  }
}

extension FoldMoments.Moments {
  /// Adds a block of items; with weights, `rows` and `targets` come back scaled by their roots.
  fileprivate mutating func add(
    _ block: ArraySlice<Int>, _ rows: UnsafeMutablePointer<Float>, _ targets: UnsafeMutablePointer<Float>,
    _ weights: [Double]?
  ) {
    let width = sums.count
    let outputs = targetSums.count
    items += block.count
    for (place, item) in block.enumerated() {
      let w = weights?[item] ?? 1
      weight += w
      Self.accumulate(rows + place * width, w, &sums, &squares)
      for c in 0..<outputs { targetSums[c] += w * Double(targets[place * outputs + c]) }
      guard weights != nil else { continue }
      let root = Float(w.squareRoot())
      for j in 0..<width { rows[place * width + j] *= root }
      for c in 0..<outputs { targets[place * outputs + c] *= root }
    }
    gram.withUnsafeMutableBufferPointer { gram in
      if let gram = gram.baseAddress {
        BLAS.addGram(rows: block.count, n: width, rows, lda: width, gram)
      }
    }
    cross.withUnsafeMutableBufferPointer { cross in
      if let cross = cross.baseAddress {
        BLAS.gemm(
          m: outputs, n: width, k: block.count, targets, lda: outputs, transposeA: true, rows, ldb: width,
          cross, ldc: width, beta: 1)
      }
    }
  }

  private static func accumulate(
    _ row: UnsafePointer<Float>, _ weight: Double, _ sums: inout [Double], _ squares: inout [Double]
  ) {
    sums.withUnsafeMutableBufferPointer { sums in
      squares.withUnsafeMutableBufferPointer { squares in
        for j in sums.indices {
          let value = Double(row[j])
          sums[j] += weight * value
          squares[j] += weight * value * value
        }
      }
    }
  }

  fileprivate mutating func add(_ other: Self) {
    items += other.items
    weight += other.weight
    sums.add(other.sums)
    squares.add(other.squares)
    gram.add(other.gram)
    targetSums.add(other.targetSums)
    cross.add(other.cross)
  }
}

extension [Float] {
  fileprivate mutating func add(_ other: [Float]) {
    for i in indices { self[i] += other[i] }
  }
}

extension [Double] {
  fileprivate mutating func add(_ other: [Double]) {
    for i in indices { self[i] += other[i] }
  }
}

extension Tensor {
  /// Writes the given rows less `origin` to `target`, one after another.
  func gather(_ rows: ArraySlice<Int>, minus origin: [Float], into target: UnsafeMutablePointer<Float>) {
    let width = origin.count
    elements.withUnsafeBufferPointer { x in
      origin.withUnsafeBufferPointer { origin in
        for (place, row) in rows.enumerated() {
          let out = target + place * width
          let base = row * width
          for j in 0..<width { out[j] = x[base + j] - origin[j] }
        }
      }
    }
  }
}
