/// How much a score depends on which folds a model was trained on, from the pair fits of nested cross-validation.
///
/// The score of fold j under the model trained without j and k is taken apart into e_jk = m_j + τ_k + r_jk: what fold j
/// is like to be tested on, what it costs to train without fold k, and the rest. By least squares over j ≠ k, with row
/// sums R, column sums C and total S,
///
///     τ_k = ((K − 1) C_k + R_k − S) / (K (K − 2)),   m_j = (R_j + τ_j) / (K − 1)
///
/// The delete-a-fold jackknife of training is T = (K − 1)/K · (Σ τ² − noise), where the noise in Σ τ² is
/// s² (K − 1)² / (K (K − 2)), s² the mean square of r over its K² − 3K + 1 degrees of freedom. T may come out negative.
struct TrainingVariability {
  /// T.
  let variance: Double
  /// τ, with mean zero.
  let effects: [Double]

  /// From scores `[tested fold][fold also left out]`; the diagonal is not read. Needs at least 3 folds.
  init(pairs: [[Double]]) {
    let count = pairs.count
    let k = Double(count)
    var rows = [Double](repeating: 0, count: count)
    var columns = rows
    for tested in 0..<count {
      for left in 0..<count where left != tested {
        rows[tested] += pairs[tested][left]
        columns[left] += pairs[tested][left]
      }
    }
    let total = rows.reduce(0, +)
    let effects = (0..<count).map { ((k - 1) * columns[$0] + rows[$0] - total) / (k * (k - 2)) }
    var squares = 0.0
    for tested in 0..<count {
      let level = (rows[tested] + effects[tested]) / (k - 1)
      for left in 0..<count where left != tested {
        let rest = pairs[tested][left] - level - effects[left]
        squares += rest * rest
      }
    }
    let noise = squares / (k * k - 3 * k + 1) * (k - 1) * (k - 1) / (k * (k - 2))
    variance = (k - 1) / k * (effects.reduce(0) { $0 + $1 * $1 } - noise)
    self.effects = effects
  }
}
