import ProbeMath

/// Fits the probes of ``SimilaritySplit``.
struct SimilarityArms: Sendable {
  let fit: TunedFit
  let rows: [Int]
  /// Rows by bucket.
  let buckets: [[Int]]
  let seed: UInt64

  /// Half a bucket, and what probes that have and have not seen the other half say about it.
  struct Cell: Sendable {
    let bucket: Int
    let rows: [Int]
    let extrapolation: Classification
    let interpolation: Classification
    let extrapolationItems: Int
    let interpolationItems: Int
  }

  /// A fold of random groups, and what the probe of the others says about it.
  struct Fold: Sendable {
    let rows: [Int]
    let said: Classification
  }

  /// The buckets that can be tested, and why others cannot.
  var testable: (buckets: [Int], notes: [String]) {
    var (tested, notes) = ([Int](), [String]())
    for (index, bucket) in buckets.enumerated() {
      if fit.groupCount(bucket) < 2 {
        notes.append("bucket \(index + 1) is not tested: it is a single group of \(bucket.count) items")
      } else if fit.classCount(outside(index)) < 2 {
        notes.append("bucket \(index + 1) is not tested: the items outside it have a single class")
      } else {
        tested.append(index)
      }
    }
    if buckets.count < 2 { return ([], ["all items fall into one bucket"]) }
    return (tested, notes)
  }

  private func outside(_ bucket: Int) -> [Int] {
    let inside = Set(buckets[bucket])
    return rows.filter { !inside.contains($0) }
  }

  /// Both arms, two cells a bucket.
  func cells(_ tested: [Int]) -> [Cell] {
    concurrently(tested.count) { index -> [Cell] in
      let bucket = tested[index]
      let outside = outside(bucket)
      let unseen = fit.probe(outside, stream("extrapolation", bucket))
      let halves = fit.dealt(buckets[bucket], into: 2, stream("halves", bucket))
      return halves.indices.map { half in
        var draw = stream("interpolation", 2 * bucket + half)
        let tested = halves[half]
        var seen = halves[1 - half]
        // A bucket larger than the rest must not fill the training set by itself.
        if 2 * seen.count > outside.count {
          seen = fit.drawn(outside.count / 2, of: seen, keeping: [], &draw)
        }
        let training = fit.drawn(outside.count, of: outside, keeping: seen, &draw)
        let probe = fit.probe(training, draw)
        return Cell(
          bucket: bucket, rows: tested, extrapolation: fit.classify(unseen, tested),
          interpolation: fit.classify(probe, tested), extrapolationItems: outside.count,
          interpolationItems: training.count)
      }
    }.flatMap { $0 }
  }

  /// Random folds of groups.
  func folds(_ count: Int) -> [Fold] {
    let folds = fit.dealt(rows, into: count, stream("folds", 0))
    return concurrently(count) { index in
      let held = Set(folds[index])
      let probe = fit.probe(rows.filter { !held.contains($0) }, stream("random", index))
      return Fold(rows: folds[index], said: fit.classify(probe, folds[index]))
    }
  }

  private func stream(_ name: String, _ index: Int) -> RandomStream {
    RandomStream(seed: seed, "similarity", name, "\(index)")
  }
}

/// Makes the estimates of ``SimilaritySplit``.
struct CellReport {
  let fit: TunedFit
  let settings: SimilaritySplit.Settings
  let seed: UInt64

  /// Extrapolation, interpolation, and interpolation − extrapolation.
  func compared(
    _ cells: [SimilarityArms.Cell]
  ) -> ([MetricEstimate], [MetricEstimate], [MetricEstimate]) {
    let rows = cells.flatMap { $0.rows }
    let bootstrap = bootstrap(rows, "arms")
    let unseen = SimilaritySplit.metrics.map { statistic(cells.map { $0.extrapolation }, rows, $0) }
    let seen = SimilaritySplit.metrics.map { statistic(cells.map { $0.interpolation }, rows, $0) }
    return (
      estimates(unseen, bootstrap), estimates(seen, bootstrap),
      zip(SimilaritySplit.metrics, zip(seen, unseen)).map {
        bootstrap.difference($1.0, minus: $1.1, .ofClasses($0), level: settings.level)
      }
    )
  }

  func estimates(_ folds: [SimilarityArms.Fold], _ name: String) -> [MetricEstimate] {
    let rows = folds.flatMap { $0.rows }
    return estimates(
      SimilaritySplit.metrics.map { statistic(folds.map { $0.said }, rows, $0) }, bootstrap(rows, name))
  }

  private func estimates(_ statistics: [any ItemStatistic], _ bootstrap: ClusterBootstrap) -> [MetricEstimate]
  {
    zip(SimilaritySplit.metrics, statistics).map { metric, statistic in
      bootstrap.estimate(
        statistic, .ofClasses(metric), chance: metric.chance(classCount: fit.classes.count),
        level: settings.level)
    }
  }

  private func bootstrap(_ rows: [Int], _ name: String) -> ClusterBootstrap {
    fit.bootstrap(
      rows, replicates: settings.replicates, RandomStream(seed: seed, "similarity", "bootstrap", name))
  }

  /// A metric over test sets that lie one after the other in `rows`.
  private func statistic(
    _ said: [Classification], _ rows: [Int], _ metric: ClassificationMetric
  ) -> any ItemStatistic {
    // Right or wrong needs no common scale: a mean over items is additive, and cheap to resample.
    if metric == .accuracy {
      return WeightedMean(
        said.flatMap { zip($0.predictions, $0.labels).map { $0 == $1 ? 1 : 0 } }, range: .unit)
    }
    var start = 0
    let cells = said.map { one in
      defer { start += one.labels.count }
      return CellStatistic.Cell(
        items: Array(start..<start + one.labels.count), statistic: metric.statistic(one))
    }
    return CellStatistic(cells, labels: rows.map { fit.labels[$0] })
  }
}
