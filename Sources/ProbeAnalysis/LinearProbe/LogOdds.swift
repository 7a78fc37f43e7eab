import Foundation
import ProbeMath

/// Log-odds of every class from logits: `[rows, 2]` from one logit of class 1, `[rows, K]` from K logits of a softmax.
///
///     log p / (1 − p) = z_c − log Σ_{k ≠ c} exp z_k
func logOdds(ofLogits logits: Tensor) -> Tensor {
  if logits.width == 1 {
    return Tensor([logits.rows, 2], logits.elements.flatMap { [-$0, $0] })
  }
  var scores = logits
  for row in 0..<logits.rows {
    let z = (0..<logits.width).map { Double(logits[row, $0]) }
    let top = z.indices.max { z[$0] < z[$1] } ?? 0
    let total = z.reduce(0) { $0 + exp($1 - z[top]) }
    for c in z.indices {
      // Σ over the other classes; by subtraction except for the top class, where that would cancel.
      let others =
        c == top
        ? z.indices.reduce(0) { $1 == top ? $0 : $0 + exp(z[$1] - z[top]) } : total - exp(z[c] - z[top])
      scores[row, c] = Float(z[c] - z[top] - log(max(others, 1e-300)))
    }
  }
  return scores
}
