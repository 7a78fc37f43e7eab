import Foundation
import ProbeMath

/// Turns scores into log-odds by one slope for all and one shift a class:
///
///     logit_c = slope · score_c + shift_c
///
/// fitted by maximum likelihood on smoothed targets: an item of class y counts as y with (n_y + 1)/(n_y + K), the rest
/// spread evenly over the other classes. For two classes these are Platt's (2000), who introduced them so that
/// separable scores get a finite slope. Two classes have one score, that of class 1.
struct ScoreCalibration: Equatable {
  let slope: Double
  let shifts: [Double]
  /// Whether higher scores went with the class at all; if not, the slope is next to nothing.
  let isUseful: Bool

  /// The least slope, over scores of unit size: a direction that pointed the wrong way on held-out items is not turned
  /// round, it is hardly believed.
  private static let leastSlope = 1e-3

  /// Calibrates scores, `[items, 1]` for two classes and `[items, K]` for more.
  init(_ scores: [Float], labels: [Int], classCount: Int, weights: [Double]?) {
    let outputs = classCount == 2 ? 1 : classCount
    precondition(scores.count == labels.count * outputs, "ScoreCalibration: \(scores.count) scores")
    let size = (scores.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(scores.count, 1))).squareRoot()
    let unit = size > 0 ? size : 1
    var objective = CalibrationObjective(
      scores: scores.map { Double($0) / unit }, outputs: outputs, labels: labels, classCount: classCount,
      weights: weights)
    var point = [Double](repeating: 0, count: 1 + classCount)
    var optimizer = LBFGS()
    optimizer.valueNoise = 1e-13
    _ = optimizer.minimize(&objective, from: &point, tolerance: 1e-8)
    isUseful = point[0] > 0
    if point[0] < Self.leastSlope {
      objective.fixedSlope = Self.leastSlope
      point[0] = Self.leastSlope
      _ = optimizer.minimize(&objective, from: &point, tolerance: 1e-8)
    }
    slope = point[0] / unit
    shifts = outputs == 1 ? [point[2] - point[1]] : Array(point[1...])
  }
}

/// Mean cross-entropy of smoothed targets; parameters are the slope and a shift a class.
private struct CalibrationObjective: SmoothObjective {
  let scores: [Double]
  let outputs: Int
  let labels: [Int]
  let classCount: Int
  let weights: [Double]?
  var fixedSlope: Double?
  private let hit: [Double]

  init(scores: [Double], outputs: Int, labels: [Int], classCount: Int, weights: [Double]?) {
    (self.scores, self.outputs, self.labels) = (scores, outputs, labels)
    (self.classCount, self.weights) = (classCount, weights)
    var counts = [Double](repeating: 0, count: classCount)
    for label in labels { counts[label] += 1 }
    hit = counts.map { ($0 + 1) / ($0 + Double(classCount)) }
  }

  var parameterCount: Int { 1 + classCount }

  func evaluate(_ point: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>) -> Double {
    let slope = fixedSlope ?? point[0]
    for i in 0..<parameterCount { gradient[i] = 0 }
    var (loss, total) = (0.0, 0.0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: classCount) { z in
      for item in labels.indices {
        let weight = weights?[item] ?? 1
        total += weight
        for c in 0..<classCount { z[c] = slope * score(item, c) + point[1 + c] }
        let top = z.max() ?? 0
        var sum = 0.0
        for c in 0..<classCount { sum += exp(z[c] - top) }
        let normalizer = top + log(sum)
        let miss = (1 - hit[labels[item]]) / Double(classCount - 1)
        for c in 0..<classCount {
          let target = c == labels[item] ? hit[c] : miss
          loss += weight * target * (normalizer - z[c])
          let residual = weight * (exp(z[c] - normalizer) - target)
          gradient[0] += residual * score(item, c)
          gradient[1 + c] += residual
        }
      }
    }
    for i in 0..<parameterCount { gradient[i] /= total }
    if fixedSlope != nil { gradient[0] = 0 }
    return loss / total
  }

  private func score(_ item: Int, _ c: Int) -> Double {
    outputs == 1 ? (c == 1 ? scores[item] : 0) : scores[item * outputs + c]
  }

  func precondition(_ vector: UnsafeMutablePointer<Double>) {}
  func refreshPreconditioner() -> Bool { false }
}
