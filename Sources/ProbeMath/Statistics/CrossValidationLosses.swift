/// One repetition of nested cross-validation: what models said about items they had not seen.
///
/// With K folds there are K outer models, each trained without one fold, and K(K − 1)/2 pair models, each trained
/// without two: the model without folds j and k serves as the inner model of j when k is outer and of k when j is.
public struct CrossValidationLosses: Sendable {
  /// The fold of each item, from 0; −1 for items in no fold.
  public let folds: [Int]
  /// The loss (or score, such as 1 for right and 0 for wrong) of each item under the model trained without its fold.
  public let outer: [Double]
  /// `inner[k][i]`: the loss of item i under the model trained without fold k and without i's own fold; NaN for items
  /// of fold k.
  public let inner: [[Double]]
  /// K.
  public var foldCount: Int { inner.count }

  /// Losses of one repetition.
  ///
  /// - Precondition: at least 3 folds, none empty; one value per item everywhere.
  public init(folds: [Int], outer: [Double], inner: [[Double]]) {
    precondition(inner.count >= 3, "CrossValidationLosses: \(inner.count) folds, at least 3 are needed")
    precondition(
      outer.count == folds.count && inner.allSatisfy { $0.count == folds.count },
      "CrossValidationLosses: \(folds.count) items, \(outer.count) outer and \(inner.map { $0.count }) inner losses"
    )
    precondition(
      folds.allSatisfy { $0 >= -1 && $0 < inner.count },
      "CrossValidationLosses: folds are not in 0..<\(inner.count)")
    let present = Set(folds)
    precondition(
      inner.indices.allSatisfy(present.contains),
      "CrossValidationLosses: one of \(inner.count) folds is empty")
    self.folds = folds
    self.outer = outer
    self.inner = inner
  }

  /// The items of each fold.
  var members: [[Int]] {
    var members = [[Int]](repeating: [], count: foldCount)
    for (item, fold) in folds.enumerated() where fold >= 0 { members[fold].append(item) }
    return members
  }

  /// `[j][k]`: the mean loss of fold j under the model trained without j and k; NaN at j = k.
  var pairScores: [[Double]] {
    members.enumerated().map { j, items in
      inner.indices.map { k in j == k ? .nan : mean(of: inner[k], at: items) }
    }
  }

  func mean(of values: [Double], at items: [Int]) -> Double {
    items.reduce(0) { $0 + values[$1] } / Double(items.count)
  }
}
