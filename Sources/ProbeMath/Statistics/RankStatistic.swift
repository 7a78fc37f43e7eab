/// Area under the ROC curve: the probability that a random positive item scores above a random negative one, ties
/// counted ½.
///
///     AUROC = Σ_{i pos, j neg} wᵢ wⱼ (1[sᵢ > sⱼ] + ½ 1[sᵢ = sⱼ]) / (Σ_pos w · Σ_neg w)
///
/// One sort up front; each weighting is then one pass over the sorted items (Hanley & McNeil 1982).
public struct AUROC: ItemStatistic {
  /// Items by rising score.
  private let order: [Int32]
  /// 1 for positive items, 0 for the others, in the same order: a factor, since a branch would be a coin toss.
  private let isPositive: [Double]
  /// True at positions whose score equals the next one's.
  private let tiedWithNext: [Bool]
  /// 1 for positive items, 0 for the others.
  private let labels: [Int]

  /// The AUROC of `scores` for telling items whose `positive` is true from the others.
  public init(scores: [Float], positive: [Bool]) {
    precondition(scores.count == positive.count, "AUROC: \(scores.count) scores, \(positive.count) labels")
    // The index breaks ties, so that the order does not depend on the sort's whims.
    let sorted = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    order = sorted.map { Int32($0) }
    isPositive = sorted.map { positive[$0] ? 1 : 0 }
    tiedWithNext = sorted.indices.map {
      $0 + 1 < sorted.count && scores[sorted[$0]] == scores[sorted[$0 + 1]]
    }
    labels = positive.map { $0 ? 1 : 0 }
  }

  /// Number of items.
  public var itemCount: Int { order.count }
  /// [0, 1].
  public var range: StatisticRange { .unit }
  /// Positive and negative items.
  public var strata: [Int]? { labels }

  /// The weighted AUROC; NaN when one class has no weight.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    var concordant = 0.0
    var negatives = 0.0
    var positives = 0.0
    var tiedNegatives = 0.0
    var tiedPositives = 0.0
    order.withUnsafeBufferPointer { order in
      isPositive.withUnsafeBufferPointer { isPositive in
        tiedWithNext.withUnsafeBufferPointer { tied in
          for k in order.indices {
            let weight = weights[Int(order[k])]
            let positive = weight * isPositive[k]
            tiedPositives += positive
            tiedNegatives += weight - positive
            if tied[k] { continue }
            concordant += tiedPositives * (negatives + 0.5 * tiedNegatives)
            negatives += tiedNegatives
            positives += tiedPositives
            tiedNegatives = 0
            tiedPositives = 0
          }
        }
      }
    }
    let pairs = positives * negatives
    return pairs > 0 ? concordant / pairs : .nan
  }
}

/// The mean over classes of each class's AUROC against the rest.
///
/// Classes without weight on either side are left out of the mean; NaN when none is left.
public struct MacroAUROC: ItemStatistic {
  private let classes: [AUROC]
  private let labels: [Int]

  /// `scores` is `[items, classes]`; `labels` holds class indices.
  public init(scores: Tensor, labels: [Int]) {
    precondition(scores.rows == labels.count, "MacroAUROC: \(scores.rows) rows, \(labels.count) labels")
    let classCount = scores.width
    self.labels = labels
    classes = (0..<classCount).map { c in
      AUROC(scores: labels.indices.map { scores[$0, c] }, positive: labels.map { $0 == c })
    }
  }

  /// Number of items.
  public var itemCount: Int { labels.count }
  /// [0, 1].
  public var range: StatisticRange { .unit }
  /// The items' classes.
  public var strata: [Int]? { labels }

  /// The weighted mean of one-versus-rest AUROCs, each class counted alike.
  public func value(weights: UnsafeBufferPointer<Double>) -> Double {
    var sum = 0.0
    var count = 0.0
    for one in classes {
      let value = one.value(weights: weights)
      if value.isNaN { continue }
      sum += value
      count += 1
    }
    return count > 0 ? sum / count : .nan
  }
}
