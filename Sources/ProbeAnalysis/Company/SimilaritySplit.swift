import ProbeMath

/// How much of a probe's success needs test items that resemble training items: interpolation against extrapolation.
///
/// Items are gathered into K buckets by k-means on an embedding; a group goes as a whole to the bucket nearest to its
/// mean. Each bucket is tested by halves:
/// - **extrapolation**: the probe has seen the other K − 1 buckets alone;
/// - **interpolation**: the probe has seen the other half of this bucket as well, and the other buckets thinned out (by
///   random groups) to the same number of training items.
///
/// Both arms test the same items, so that their gap is a paired difference. Beside them stands the ordinary split by
/// random groups into K folds. Strengths are chosen inside each training set. Accuracy is over all items; AUROC is taken
/// inside each half bucket (each fold), and averaged by items.
///
/// Reference: the resampled test sets (ReSTTest) of Zhan et al., "Evaluating Interpolation and Extrapolation Performance
/// of Neural Retrieval Models", CIKM 2022, adapted to probes.
public struct SimilaritySplit: Sendable, Codable, Equatable {
  /// How it is made.
  public struct Settings: Sendable, Codable, Equatable {
    /// K.
    public var buckets = 5
    /// Most items used; of more, whole groups are drawn.
    public var mostItems = 8192
    /// Strengths λ to choose from.
    public var strengths = LogisticProbeFitter.defaultStrengths
    /// Resamples for the intervals.
    public var replicates = 2000
    /// Confidence level.
    public var level = 0.95

    /// The usual ones.
    public init() {}
  }

  /// Items that resemble each other.
  public struct Bucket: Sendable, Codable, Equatable {
    /// Items in it.
    public let items: Int
    /// Groups in it.
    public let groups: Int
    /// Items by class.
    public let classes: [Int]
    /// Training items, mean over the probes of its halves: that of interpolation differs by less than a group.
    public let extrapolationTraining, interpolationTraining: Double
    /// Accuracy by probes that never saw the bucket; nil where it was not tested.
    public let extrapolation: Double?
    /// Accuracy by probes that saw its other half; nil where it was not tested.
    public let interpolation: Double?
  }

  /// Metrics that are reported.
  public static let metrics: [ClassificationMetric] = [.accuracy, .auroc]

  /// By first appearance of a bucket's items.
  public let buckets: [Bucket]
  /// Items used, and those there were.
  public let items, availableItems: Int
  /// Metrics where the bucket was seen in training.
  public let interpolation: [MetricEstimate]
  /// Metrics on the same items where it was not.
  public let extrapolation: [MetricEstimate]
  /// Interpolation − extrapolation, paired.
  public let gap: [MetricEstimate]
  /// Metrics of random folds of groups, each trained on the others: the ordinary split, with its ordinary number of
  /// training items.
  public let random: [MetricEstimate]
  /// What a reader should know.
  public let notes: [String]

  /// Makes the buckets and runs all arms.
  ///
  /// - Parameters:
  ///   - features: what is probed, `[items, d]`.
  ///   - embedding: what decides who resembles whom, `[items, e]`: ``LexicalEmbedding``, or the features themselves.
  ///   - labels: class index of each item.
  ///   - classes: names of the classes, at least two.
  ///   - groups: leakage unit of each item.
  ///   - rows: the items to use; all, unless said otherwise.
  /// - Throws: ``StudyError`` `.tooFewGroups` with fewer than four groups a bucket, `.oneClass` where no bucket can be
  ///   tested, `.notFinite` for an embedding or feature that is NaN or infinite.
  public init(
    features: Tensor, embedding: Tensor, labels: [Int], classes: [String], groups: [String],
    rows: [Int]? = nil, settings: Settings = Settings(), seed: UInt64
  ) throws(StudyError) {
    precondition(embedding.rows == labels.count, "\(embedding.rows) embeddings, \(labels.count) items")
    precondition(settings.buckets >= 2, "SimilaritySplit: \(settings.buckets) buckets")
    let fit = TunedFit(
      features: features, labels: labels, classes: classes, groups: groups, strengths: settings.strengths)
    let given = rows ?? Array(labels.indices)
    let rows = fit.capped(given, to: settings.mostItems, RandomStream(seed: seed, "similarity", "items"))
    guard fit.groupCount(rows) >= 4 * settings.buckets else {
      throw StudyError(
        .tooFewGroups, at: "similarity split",
        "\(fit.groupCount(rows)) groups are too few for \(settings.buckets) buckets of at least 4 groups: "
          + "use more groups, or fewer buckets.")
    }
    for (name, tensor) in [("embedding", embedding), ("features", features)] {
      guard rows.allSatisfy({ tensor[row: $0].allSatisfy { $0.isFinite } }) else {
        throw StudyError(
          .notFinite, at: "similarity split, \(name)", "The \(name) of some item is NaN or infinite.")
      }
    }
    let places = Self.buckets(fit, embedding, rows, settings.buckets, seed: seed)
    let arms = SimilarityArms(fit: fit, rows: rows, buckets: places, seed: seed)
    let (tested, notes) = arms.testable
    guard !tested.isEmpty else {
      throw StudyError(
        .oneClass, at: "similarity split",
        "No bucket can be tested: \(notes.joined(separator: "; ")). Use more groups, or fewer buckets.")
    }
    let cells = arms.cells(tested)
    let folds = arms.folds(settings.buckets)
    let classCount = classes.count
    let report = CellReport(fit: fit, settings: settings, seed: seed)
    (extrapolation, interpolation, gap) = report.compared(cells)
    random = report.estimates(folds, "random")
    buckets = places.indices.map { bucket in
      let own = cells.filter { $0.bucket == bucket }
      return Bucket(
        items: places[bucket].count, groups: fit.groupCount(places[bucket]),
        classes: (0..<classCount).map { c in places[bucket].count { labels[$0] == c } },
        extrapolationTraining: Self.mean(own) { Double($0.extrapolationItems) } ?? 0,
        interpolationTraining: Self.mean(own) { Double($0.interpolationItems) } ?? 0,
        extrapolation: Self.mean(own) { ClassificationMetric.accuracy.value($0.extrapolation) },
        interpolation: Self.mean(own) { ClassificationMetric.accuracy.value($0.interpolation) })
    }
    (items, availableItems) = (rows.count, given.count)
    self.notes = notes
  }

  /// Rows by bucket, empty ones dropped, in the order of their first rows.
  private static func buckets(
    _ fit: TunedFit, _ embedding: Tensor, _ rows: [Int], _ count: Int, seed: UInt64
  ) -> [[Int]] {
    let clusters = KMeans(
      embedding.selecting(rows: rows), clusters: count, RandomStream(seed: seed, "similarity", "k-means"))
    var placed: [Int: [Int]] = [:]
    for (_, members) in Dictionary(grouping: rows, by: { fit.roster.groupOf[$0] }).sorted(by: {
      $0.key < $1.key
    }) {
      var mean = [Double](repeating: 0, count: embedding.width)
      for row in members { for (j, x) in embedding[row: row].enumerated() { mean[j] += Double(x) } }
      let place = clusters.nearest(mean.map { Float($0 / Double(members.count)) })
      placed[place, default: []] += members
    }
    return placed.values.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  /// Mean over a bucket's cells, by their items; nil without any.
  private static func mean(_ cells: [SimilarityArms.Cell], _ value: (SimilarityArms.Cell) -> Double)
    -> Double?
  {
    let items = cells.reduce(0) { $0 + $1.rows.count }
    guard items > 0 else { return nil }
    return cells.reduce(0) { $0 + Double($1.rows.count) * value($1) } / Double(items)
  }
}
