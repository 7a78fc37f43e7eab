import Foundation
import ProbeMath

@testable import ProbeAnalysis

/// The loss of the AST-probe in float64, written from its definition with loops: an independent source.
struct NaiveSyntacticLoss {
  let task: SyntacticSubspaceFitter.Task
  let scaler: LeafScaler
  let shape: SyntacticShape
  let penalty: Double

  /// L_d + L_c + L_u + λ‖BᵀB − I‖² of a batch.
  func callAsFunction(_ parameters: [Double], _ batch: [SyntacticSnippet]) -> Double {
    var (hinge, pairs, labels, gaps, unaries, leaves) = (0.0, 0, 0.0, 0, 0.0, 0)
    for snippet in batch {
      let points = snippet.rows.map { project(vector($0), parameters) }
      let steps = zip(points.dropFirst(), points).map { zip($0, $1).map { $0 - $1 } }
      let distances = steps.map { $0.reduce(0) { $0 + $1 * $1 } }
      for i in steps.indices {
        for j in Int(snippet.first[i])..<Int(snippet.last[i]) where snippet.order[i] > snippet.order[j] {
          hinge += max(0, 1 - (distances[i] - distances[j]))
          pairs += 1
        }
        labels += crossEntropy(
          steps[i], parameters, 0..<shape.labels, Int(snippet.labels[i]))
        gaps += 1
      }
      for (point, truth) in zip(points, snippet.unaries) {
        unaries += crossEntropy(
          point, parameters, shape.labels..<shape.classes, Int(truth), bias: shape.biasOffset)
        leaves += 1
      }
    }
    return hinge / Double(max(pairs, 1)) + labels / Double(gaps) + unaries / Double(leaves)
      + penalty * excess(parameters)
  }

  private func vector(_ row: Int) -> [Double] {
    (0..<shape.width).map {
      (Double(task.vectors[row, $0]) - Double(scaler.mean[$0])) * Double(scaler.factor)
    }
  }

  private func project(_ h: [Double], _ b: [Double]) -> [Double] {
    (0..<shape.rank).map { k in
      h.indices.reduce(0) { $0 + h[$1] * b[$1 * shape.rank + k] }
    }
  }

  /// Of the columns of V that stand for the classes.
  private func crossEntropy(
    _ x: [Double], _ parameters: [Double], _ columns: Range<Int>, _ truth: Int, bias: Int? = nil
  ) -> Double {
    let scores = columns.enumerated().map { index, column in
      x.indices.reduce(bias.map { parameters[$0 + index] } ?? 0) {
        $0 + x[$1] * parameters[shape.directionOffset + $1 * shape.classes + column]
      }
    }
    let top = scores.max() ?? 0
    return log(scores.reduce(0) { $0 + exp($1 - top) }) + top - scores[truth]
  }

  private func excess(_ b: [Double]) -> Double {
    var sum = 0.0
    for i in 0..<shape.rank {
      for j in 0..<shape.rank {
        let dot = (0..<shape.width).reduce(0) { $0 + b[$1 * shape.rank + i] * b[$1 * shape.rank + j] }
        sum += pow(dot - (i == j ? 1 : 0), 2)
      }
    }
    return sum
  }
}
