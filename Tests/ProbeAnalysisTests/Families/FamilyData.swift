import Foundation
import ProbeMath

@testable import ProbeAnalysis

/// Data for tests of families.
enum FamilyData {
  /// 60 rows of 4 features from a formula that Python can repeat:
  ///
  ///     label y = 1 where i % 5 < 2, for three classes 2 where i % 5 = 2, else 0
  ///     x[i, j] = (31 i² + 17 j² + 13 i j + 7 i + 5 j) mod 101 / 101 − 0.5, + 0.25 y at j = 0, − 0.15 y at j = 2
  static func formula(classes: Int) -> (features: Tensor, labels: [Int]) {
    let labels = (0..<60).map { $0 % 5 < 2 ? 1 : $0 % 5 == 2 && classes == 3 ? 2 : 0 }
    let rows = labels.indices.map { i in
      (0..<4).map { j -> Float in
        let base = Double((i * i * 31 + j * j * 17 + i * j * 13 + i * 7 + j * 5) % 101) / 101 - 0.5
        return Float(base + (j == 0 ? 0.25 : j == 2 ? -0.15 : 0) * Double(labels[i]))
      }
    }
    return (Tensor(rows: rows), labels)
  }

  /// Gaussian classes, two deviations between means along an axis of each, in groups of two rows; the first half of the
  /// rows trains.
  static func planted(
    classes: Int, count: Int = 160, width: Int = 6, distance: Double = 3, seed: UInt64 = 1
  ) -> (features: Tensor, labels: [Int], groups: [String], train: [Int], test: [Int]) {
    var stream = RandomStream(seed: seed, "planted")
    let labels = (0..<count).map { $0 / 2 % classes }
    let rows = labels.map { label in
      (0..<width).map { Float(stream.normal() + ($0 == label ? distance : 0)) }
    }
    return (
      Tensor(rows: rows), labels, (0..<count).map { "g\($0 / 2)" }, Array(0..<count / 2),
      Array(count / 2..<count)
    )
  }

  static func names(_ count: Int) -> [String] { (0..<count).map { "class \($0)" } }

  static func accuracy(_ scores: Tensor, _ labels: [Int]) -> Double {
    ClassificationMetric.accuracy.value(Classification(labels: labels, scores: scores))
  }
}
