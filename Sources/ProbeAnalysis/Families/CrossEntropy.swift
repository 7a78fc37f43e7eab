import Foundation

/// The loss of logits: −ln p(y), p by the logistic function of one logit (classes 0 and 1) or the softmax of K.
enum CrossEntropy {
  /// Σ w (−ln p(y)) over rows of `[rows, outputs]`; replaces the logits by the gradient, `scale` · w (p − 1[y]).
  static func replaceByGradient(
    _ logits: UnsafeMutablePointer<Float>, rows: Int, outputs: Int, labels: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>, scale: Float
  ) -> Double {
    var loss = 0.0
    for i in 0..<rows {
      let z = logits + i * outputs
      let weight = Double(weights[i])
      if outputs == 1 {
        let (logit, truth) = (Double(z[0]), labels[i] == 1 ? 1.0 : 0.0)
        let small = exp(-abs(logit))
        loss += weight * (max(truth == 1 ? -logit : logit, 0) + log1p(small))
        let p = logit >= 0 ? 1 / (1 + small) : small / (1 + small)
        z[0] = scale * Float(weight * (p - truth))
        continue
      }
      var top = z[0]
      for c in 1..<outputs where z[c] > top { top = z[c] }
      let own = z[Int(labels[i])]
      var total = 0.0
      for c in 0..<outputs {
        let e = exp(Double(z[c] - top))
        total += e
        z[c] = Float(e)
      }
      loss += weight * (log(total) - Double(own - top))
      let factor = scale * Float(weight / total)
      for c in 0..<outputs { z[c] *= factor }
      z[Int(labels[i])] -= scale * Float(weight)
    }
    return loss
  }
}
