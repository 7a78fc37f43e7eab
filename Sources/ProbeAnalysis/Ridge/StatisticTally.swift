import ProbeMath

/// Adds up the statistic of a ``PermutationTest`` over folds, for all shuffles.
struct StatisticTally {
  private let test: PermutationTest
  private var area: RankedArea
  /// Σ of AUROCs and their number, or Σ of squared residuals and of squared targets; by shuffle.
  private var sums: [(of: Double, over: Double)]
  private var scratch: FloatBuffer

  init(_ test: PermutationTest) {
    self.test = test
    area = RankedArea(items: test.places.map { $0.count }.max() ?? 0)
    sums = [(of: Double, over: Double)](repeating: (0, 0), count: test.columns)
    scratch = FloatBuffer(count: 0)
  }

  /// The statistic of every shuffle, the truth first. ½ or 0 when no fold could be scored.
  var values: [Double] {
    sums.map { sum in
      switch test.statistic {
      case .auroc: sum.over > 0 ? sum.of / sum.over : 0.5
      case .outOfFoldR2: sum.over > 0 ? 1 - sum.of / sum.over : 0
      }
    }
  }

  /// Scores a fold, some shuffles at a time: `predict` writes their predictions, `[shuffles · t, held]`.
  mutating func add(
    _ fold: Int, chunk: Int, _ predict: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let held = test.places[fold]
    let needed = chunk * test.outputs * held.count
    if scratch.count < needed { scratch = FloatBuffer(count: needed) }
    for start in stride(from: 0, to: test.columns, by: chunk) {
      let shuffles = start..<min(start + chunk, test.columns)
      predict(shuffles, scratch.pointer)
      for b in shuffles {
        let scores = scratch.pointer + (b - start) * test.outputs * held.count
        switch test.statistic {
        case .auroc: addArea(b, scores, held)
        case .outOfFoldR2: addResiduals(b, scores, held)
        }
      }
    }
  }

  private mutating func addArea(_ b: Int, _ scores: UnsafePointer<Float>, _ held: Range<Int>) {
    let columns = test.columns
    let value = test.sources.withUnsafeBufferPointer { sources in
      test.targets.withUnsafeBufferPointer { targets in
        area.area(scores, count: held.count) {
          targets[Int(sources[(held.lowerBound + $0) * columns + b])] > 0
        }
      }
    }
    if let value {
      sums[b].of += value
      sums[b].over += 1
    }
  }

  private mutating func addResiduals(_ b: Int, _ scores: UnsafePointer<Float>, _ held: Range<Int>) {
    let (t, columns, count) = (test.outputs, test.columns, Double(held.count))
    test.sources.withUnsafeBufferPointer { sources in
      test.targets.withUnsafeBufferPointer { targets in
        for c in 0..<t {
          var residual = (sum: 0.0, squares: 0.0)
          var target = (sum: 0.0, squares: 0.0)
          for i in 0..<held.count {
            let y = Double(targets[Int(sources[(held.lowerBound + i) * columns + b]) * t + c])
            let error = y - Double(scores[c * held.count + i])
            residual.sum += error
            residual.squares += error * error
            target.sum += y
            target.squares += y * y
          }
          sums[b].of += max(0, residual.squares - residual.sum * residual.sum / count)
          sums[b].over += max(0, target.squares - target.sum * target.sum / count)
        }
      }
    }
  }
}
