import ProbeMath

/// Permutation p-values of a cross-validated ridge probe, for one question over several matrices of features.
///
/// The statistic is recomputed on B shuffles of the labels (``LabelPermutation``: the scheme follows the design), with
/// the ridge regression refitted in every fold each time. One Cholesky factor a fold serves all shuffles, since only
/// the right-hand sides change. All matrices see the same shuffles, so that their maximum can be corrected for
/// (``adjusted(_:)``).
///
/// **Statistic.** For two classes the AUROC of each fold's held-out items, averaged over the folds that have both
/// classes. Else the R² of the target columns out of fold,
///
///     1 − Σ_folds Σ_i |(yᵢ − ȳ) − (ŷᵢ − mean ŷ)|² / Σ_folds Σ_i |yᵢ − ȳ|²
///
/// with means over the fold's held-out items: it has no ties, and folds whose means differ by chance cost nothing.
/// More than two classes are the corners of a regular simplex, in K − 1 columns: the sum over the K indicator columns.
///
/// **Strength.** One λ a matrix, from its features alone: that at which ridge has min(rank/2, n/10) effective degrees
/// of freedom (at least one), by the eigenvalues over all items. Labels, shuffled or not, have no part in it, which is
/// what keeps the p-values valid; choosing λ by cross-validation for the observed labels only would not.
public struct PermutationTest: Sendable {
  /// What is compared with its shuffles.
  public enum Statistic: String, Sendable, Codable {
    /// Mean over folds of the held-out AUROC: two classes.
    case auroc
    /// R² of the target columns out of fold, about each fold's mean: more classes, and numbers.
    case outOfFoldR2 = "out_of_fold_r2"
  }

  /// How labels are shuffled.
  public let scheme: LabelPermutation
  /// What is compared.
  public let statistic: Statistic
  /// B.
  public let permutations: Int

  /// The fold of each item, −1 outside.
  let folds: [Int]
  /// Items of all folds, fold after fold.
  let items: [Int]
  /// The places of each fold in ``items``.
  let places: [Range<Int>]
  /// The place in ``items`` whose target each place takes: `[places, B + 1]`, the first column being the truth.
  let sources: [Int32]
  /// Target columns by place: `[places, t]`.
  let targets: [Float]
  /// The place of each item.
  let placeOf: [Int32]

  /// Number of target columns, t.
  var outputs: Int { targets.count / max(items.count, 1) }
  /// Columns with all shuffles: B + 1.
  var columns: Int { permutations + 1 }

  /// The test of a question with classes for answers.
  ///
  /// - Parameters:
  ///   - labels: class index of each item.
  ///   - groups: leakage unit of each item; no group may be in two folds.
  ///   - folds: fold of each item, from 0; items of a negative fold are left out.
  /// - Throws: ``StudyError`` when no way of shuffling fits the design, or all items have the same label.
  public init(
    labels: [Int], groups: [String], folds: [Int], foldCount: Int, permutations: Int = 999, seed: UInt64
  ) throws(StudyError) {
    let used = folds.indices.filter { folds[$0] >= 0 }
    let present = Set(used.map { labels[$0] }).sorted()
    let index = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    let corners = Self.simplex(present.count)
    try self.init(
      labels, rows: labels.map { index[$0].map { corners[$0] } ?? [] },
      statistic: present.count == 2 ? .auroc : .outOfFoldR2, groups: groups, folds: folds,
      foldCount: foldCount, permutations: permutations, seed: seed)
  }

  /// The test of a question with numbers for answers: numbers themselves, levels or places on a cycle.
  ///
  /// - Throws: ``StudyError`` when no way of shuffling fits the design, or all items have the same value.
  public init(
    values: [Double], target: RidgeTarget, groups: [String], folds: [Int], foldCount: Int,
    permutations: Int = 999, seed: UInt64
  ) throws(StudyError) {
    if case .classes = target {
      try self.init(
        labels: values.map { Int($0) }, groups: groups, folds: folds, foldCount: foldCount,
        permutations: permutations, seed: seed)
      return
    }
    var columns = target.columns(values)
    columns.center(over: folds.indices.filter { folds[$0] >= 0 })
    try self.init(
      values, rows: values.indices.map { Array(columns[row: $0]) }, statistic: .outOfFoldR2, groups: groups,
      folds: folds, foldCount: foldCount, permutations: permutations, seed: seed)
  }

  private init<Label: Hashable>(
    _ labels: [Label], rows: [[Float]], statistic: Statistic, groups: [String], folds: [Int],
    foldCount: Int, permutations: Int, seed: UInt64
  ) throws(StudyError) {
    precondition(
      labels.count == groups.count && labels.count == folds.count, "PermutationTest: counts differ")
    precondition(permutations > 0 && foldCount >= 2, "PermutationTest: \(permutations) of \(foldCount) folds")
    var items: [Int] = []
    var places: [Range<Int>] = []
    for fold in 0..<foldCount {
      let start = items.count
      items += folds.indices.filter { folds[$0] == fold }
      places.append(start..<items.count)
    }
    let ordered = items.map { labels[$0] }
    guard Set(ordered).count >= 2 else {
      throw StudyError(
        .oneClass, at: "labels",
        "All \(items.count) items of the folds have the same label: there is nothing to shuffle. Check the label's "
          + "name.")
    }
    let names = items.map { groups[$0] }
    scheme = try LabelPermutation(labels: ordered, groups: names)
    self.statistic = statistic
    self.permutations = permutations
    self.folds = folds
    self.items = items
    self.places = places
    targets = items.flatMap { rows[$0] }
    var placeOf = [Int32](repeating: -1, count: folds.count)
    for (place, item) in items.enumerated() { placeOf[item] = Int32(place) }
    self.placeOf = placeOf
    sources = Self.shuffles(scheme, names, permutations: permutations, seed: seed)
  }

  /// `[places, B + 1]`, 16 shuffles at a time so that writes share cache lines.
  private static func shuffles(
    _ scheme: LabelPermutation, _ groups: [String], permutations: Int, seed: UInt64
  ) -> [Int32] {
    let members = LabelPermutation.members(groups)
    let columns = permutations + 1
    var stream = RandomStream(seed: seed, "permutation-test")
    var sources = [Int32](repeating: 0, count: groups.count * columns)
    for place in groups.indices { sources[place * columns] = Int32(place) }
    for start in stride(from: 1, to: columns, by: 16) {
      let batch = (start..<min(start + 16, columns)).map { _ in
        scheme.sources(members: members, count: groups.count, &stream)
      }
      for place in groups.indices {
        for (offset, shuffle) in batch.enumerated() {
          sources[place * columns + start + offset] = Int32(shuffle[place])
        }
      }
    }
    return sources
  }

  /// Corners of a regular simplex, one a class: ±1 for two; else K − 1 orthonormal contrasts (Helmert's), whose squared
  /// residuals sum to those of the K indicators.
  private static func simplex(_ classes: Int) -> [[Float]] {
    if classes == 2 { return [[-1], [1]] }
    return (0..<classes).map { c in
      (1..<max(classes, 2)).map { j in
        let scale = 1 / Double(j * (j + 1)).squareRoot()
        return Float(c < j ? scale : c == j ? -Double(j) * scale : 0)
      }
    }
  }
}

extension Tensor {
  /// Subtracts from every column its mean over `rows`: what float32 sums of squares need of targets such as years.
  fileprivate mutating func center(over rows: [Int]) {
    for c in 0..<width {
      let mean = rows.reduce(0.0) { $0 + Double(self[$1, c]) } / Double(max(rows.count, 1))
      for row in 0..<self.rows { self[row, c] = Float(Double(self[row, c]) - mean) }
    }
  }
}
