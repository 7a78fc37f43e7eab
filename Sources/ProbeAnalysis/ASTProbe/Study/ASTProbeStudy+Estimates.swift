import ProbeMath

extension ASTProbeStudy {
  /// The metrics of a layer's row in results and reports.
  static let shown: [TreeMetric] = [.f1, .unlabelledF1]

  /// Means over test snippets, with intervals over their groups.
  func estimates(_ scores: [Int: SnippetScores], _ metrics: [TreeMetric] = shown) -> [TreeEstimate] {
    metrics.map { estimate(scores, $0) }
  }

  /// The mean of one metric over the test snippets that have a value.
  func estimate(_ scores: [Int: SnippetScores], _ metric: TreeMetric, among snippets: [Int]? = nil)
    -> TreeEstimate
  {
    let values = (snippets ?? test).compactMap { index in
      scores[index].flatMap { metric.value(of: $0) }.map { (index, $0) }
    }
    return mean(values, metric, range: metric.isShare ? .unit : .real)
  }

  /// Mean over test snippets of a − b, snippet by snippet; those that lack either are left out.
  ///
  /// - Parameter others: several competitors, whose values are averaged first.
  func difference(
    _ a: [Int: SnippetScores], minus others: [[Int: SnippetScores]], _ metric: TreeMetric = .f1
  ) -> TreeEstimate {
    let values = test.compactMap { index -> (Int, Double)? in
      guard let value = a[index].flatMap({ metric.value(of: $0) }) else { return nil }
      let theirs = others.compactMap { $0[index].flatMap { metric.value(of: $0) } }
      guard theirs.count == others.count, !theirs.isEmpty else { return nil }
      return (index, value - theirs.reduce(0, +) / Double(theirs.count))
    }
    return mean(values, metric, range: metric.isShare ? .signedUnit : .real)
  }

  /// Mean over several competitors and the test snippets that all have.
  func mean(_ all: [[Int: SnippetScores]], _ metric: TreeMetric) -> TreeEstimate {
    let values = test.compactMap { index -> (Int, Double)? in
      let values = all.compactMap { $0[index].flatMap { metric.value(of: $0) } }
      guard values.count == all.count, !values.isEmpty else { return nil }
      return (index, values.reduce(0, +) / Double(values.count))
    }
    return mean(values, metric, range: metric.isShare ? .unit : .real)
  }

  /// Mean F1 of the validation part.
  func validationF1(_ record: FitRecord) -> Double {
    TreeMetric.f1.mean(over: record.scores(validation)) ?? 0
  }

  /// Standard error of the mean F1 of the validation part over groups: the spread of the bootstrap.
  func validationError(_ record: FitRecord) -> Double {
    let values = validation.compactMap { index in record.scores[index].map { (index, $0.f1) } }
    guard !values.isEmpty else { return 0 }
    let means = bootstrap(values.map { $0.0 }).distributions(of: [WeightedMean(values.map { $0.1 })])[0]
      .filter { !$0.isNaN }
    let center = means.reduce(0, +) / Double(max(means.count, 1))
    return (means.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(max(means.count - 1, 1)))
      .squareRoot()
  }

  private func mean(_ values: [(Int, Double)], _ metric: TreeMetric, range: StatisticRange) -> TreeEstimate {
    guard !values.isEmpty else {
      return TreeEstimate(metric: metric, value: nil, interval: nil, snippets: 0, groups: 0)
    }
    let bootstrap = bootstrap(values.map { $0.0 })
    let statistic = WeightedMean(values.map { $0.1 }, range: range)
    return TreeEstimate(
      metric: metric, value: statistic.value(), interval: bootstrap.interval(of: statistic),
      snippets: values.count, groups: bootstrap.groupCount)
  }

  private func bootstrap(_ snippets: [Int]) -> ClusterBootstrap {
    var numbers: [String: Int] = [:]
    let groups = snippets.map { index in
      let name = set.snippets[index].group
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      return number
    }
    return ClusterBootstrap(
      groups: groups, replicates: replicates, stream: RandomStream(seed: seed, "bootstrap", "trees"))
  }
}
