import ProbeMath

/// A logistic probe whose strength is chosen inside the rows it is fitted on, by folds of whole groups.
///
/// What every number beside the headline shares: whoever learns from some rows learns the strength from them as well.
struct TunedFit: Sendable {
  private(set) var features: Tensor
  let labels: [Int]
  let classes: [String]
  let roster: GroupRoster
  /// Strengths λ to choose from.
  var strengths: [Double]
  /// What features are divided by.
  var scaling = Standardizer.Scaling.perFeature
  /// Folds that choose the strength.
  var folds = 3

  init(
    features: Tensor, labels: [Int], classes: [String], groups: [String],
    strengths: [Double] = LogisticProbeFitter.defaultStrengths
  ) {
    precondition(
      features.rows == labels.count && labels.count == groups.count,
      "\(features.rows) rows of features, \(labels.count) labels, \(groups.count) groups")
    precondition(labels.allSatisfy(classes.indices.contains), "a label is none of \(classes)")
    (self.features, self.labels, self.classes, self.strengths) = (features, labels, classes, strengths)
    roster = GroupRoster(labels: labels, groups: groups)
  }

  /// The same question with other labels.
  func with(labels: [Int], groups: [String]) -> TunedFit {
    var other = TunedFit(
      features: features, labels: labels, classes: classes, groups: groups, strengths: strengths)
    (other.scaling, other.folds) = (scaling, folds)
    return other
  }

  /// The same question on other features of the same items.
  func with(features: Tensor) -> TunedFit {
    var other = self
    other.features = features
    return other
  }

  /// The probe of `rows` at the strength with the lowest mean log loss on their held-out folds, the stronger of equals.
  ///
  /// A single group has no folds: the strongest strength then, which trusts the data least.
  func probe(_ rows: [Int], _ stream: RandomStream) -> LinearProbe {
    let strength = chosenStrength(rows, stream)
    return LogisticProbeFitter(strengths: [strength], scaling: scaling)
      .fit(features, labels: labels, classes: classes, rows: rows)[0]
  }

  private func chosenStrength(_ rows: [Int], _ stream: RandomStream) -> Double {
    let strongest = strengths.max() ?? 1
    let members = Set(rows.map { roster.groupOf[$0] }).sorted()
    let count = min(folds, members.count)
    guard strengths.count > 1, count > 1 else { return strongest }
    let places = roster.deal(members, shares: [Double](repeating: 1 / Double(count), count: count), stream)
    let foldOf = Dictionary(uniqueKeysWithValues: zip(members, places))
    let parts = (0..<count).map { fold in
      (
        inside: rows.filter { foldOf[roster.groupOf[$0]] != fold },
        outside: rows.filter { foldOf[roster.groupOf[$0]] == fold }
      )
    }.filter { !$0.inside.isEmpty && !$0.outside.isEmpty }
    let learner = ReadOutLearner(
      target: .classes(labels: labels, names: classes), strengths: strengths, scaling: scaling)
    return learner.best(learner.losses(features, parts: parts))
  }

  /// What the probe says about `rows`, with the truth.
  func classify(_ probe: LinearProbe, _ rows: [Int]) -> Classification {
    Classification(labels: rows.map { labels[$0] }, scores: probe.scores(features, rows: rows))
  }
}
