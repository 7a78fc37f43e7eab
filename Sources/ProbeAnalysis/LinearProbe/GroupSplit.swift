import ProbeMath

/// Which items train, choose and test, such that no group is on two sides.
///
/// Groups are dealt out in order of size, equal ones in an order drawn from the seed, each to the part that is then
/// closest to its share of every class and of the groups: stratified by label as far as whole groups allow. The
/// training groups are dealt once more into folds, within which the strength of the penalty is chosen.
public struct GroupSplit: Sendable, Codable, Equatable {
  /// A role in the study.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// Fits the scaler and the probe; its folds choose the strength.
    case train
    /// Chooses the layer.
    case validation
    /// Measured once, at the end.
    case test
  }

  /// Shares of the groups.
  public struct Fractions: Sendable, Codable, Equatable {
    /// Share of each part; they sum to 1.
    public let train, validation, test: Double

    /// Positive shares, scaled to sum to 1.
    public init(train: Double = 0.6, validation: Double = 0.2, test: Double = 0.2) {
      let sum = train + validation + test
      precondition(
        train > 0 && validation > 0 && test > 0 && sum.isFinite,
        "GroupSplit: fractions \(train), \(validation), \(test) must be positive")
      self.train = train / sum
      self.validation = validation / sum
      self.test = test / sum
    }
  }

  /// Below this many test groups, a note says that intervals are wide guesses.
  public static let fewTestGroups = 10

  /// The part of each item.
  public let parts: [Part]
  /// The fold of each training item, from 0; −1 for the others.
  public let folds: [Int]
  /// Number of folds.
  public let foldCount: Int
  /// What a reader of the results should know about the split.
  public let notes: [String]

  /// Items of one part, in order.
  public func rows(_ part: Part) -> [Int] { parts.indices.filter { parts[$0] == part } }

  /// Deals groups into parts and folds.
  ///
  /// - Parameters:
  ///   - labels: class index of each item; all alike where the question is not about classes.
  ///   - groups: leakage unit of each item.
  ///   - needsClasses: whether every part must hold items of two classes.
  ///   - given: the corpus's own split, honoured when every item names its part. Without validation items, part
  ///     of the training groups serves.
  /// - Throws: ``StudyError`` when fewer than two classes or four groups exist, the given split is incomplete or
  ///   cuts through a group, or a part comes out with a single class.
  public init(
    labels: [Int], groups: [String], needsClasses: Bool = true, given: [Part?]? = nil,
    fractions: Fractions = Fractions(), folds: Int = 5, seed: UInt64
  ) throws(StudyError) {
    precondition(labels.count == groups.count, "GroupSplit: \(labels.count) labels, \(groups.count) groups")
    precondition(
      given.map { $0.count == labels.count } ?? true, "GroupSplit: given parts do not match the items")
    precondition(folds >= 2, "GroupSplit: \(folds) folds")
    let roster = GroupRoster(labels: labels, groups: groups)
    guard Set(labels).count >= 2 || !needsClasses else {
      throw StudyError(
        .oneClass, at: "labels",
        "All \(labels.count) items have the same class: a probe needs at least two. Check the label's name.")
    }
    var dealt: [Part]
    if let given, given.contains(where: { $0 != nil }) {
      dealt = try Self.honour(given, roster, fractions, seed: seed)
    } else {
      guard roster.names.count >= 4 else {
        throw StudyError(
          .tooFewGroups, at: "groups",
          "\(roster.names.count) groups cannot fill train (two folds), validation and test: at least 4 are needed. "
            + "Give items that are independent of each other groups of their own.")
      }
      let shares = [fractions.train, fractions.validation, fractions.test]
      let all = Array(roster.names.indices)
      dealt = roster.deal(all, shares: shares, RandomStream(seed: seed, "split")).map { Part.allCases[$0] }
    }
    let parts = roster.groupOf.map { dealt[$0] }
    self.parts = parts
    var notes = try Self.check(parts, labels, roster, leastClasses: needsClasses ? 2 : 1)
    let training = roster.names.indices.filter { dealt[$0] == .train }
    guard training.count >= 2 else {
      throw StudyError(
        .tooFewGroups, at: "train",
        "The training part has \(training.count) group: choosing the strength needs at least two.")
    }
    let count = min(folds, training.count)
    if count < folds { notes.append("only \(count) folds: the training part has \(training.count) groups") }
    let shares = [Double](repeating: 1 / Double(count), count: count)
    let inFold = roster.deal(training, shares: shares, RandomStream(seed: seed, "folds"))
    var foldOf = [Int](repeating: -1, count: roster.names.count)
    for (place, group) in training.enumerated() { foldOf[group] = inFold[place] }
    self.folds = roster.groupOf.map { foldOf[$0] }
    foldCount = count
    self.notes = notes
  }

  /// The given parts by group, with validation taken out of train where it is missing.
  private static func honour(
    _ given: [Part?], _ roster: GroupRoster, _ fractions: Fractions, seed: UInt64
  ) throws(StudyError) -> [Part] {
    var dealt = [Part?](repeating: nil, count: roster.names.count)
    for (item, part) in given.enumerated() {
      guard let part else {
        throw StudyError(
          .incompleteSplit, at: "item \(item)",
          "Item \(item) names no split although others do: give every item one of train, validation, test, or none."
        )
      }
      let group = roster.groupOf[item]
      if let other = dealt[group], other != part {
        throw StudyError(
          .groupOnBothSides, at: "group \"\(roster.names[group])\"",
          "Group \"\(roster.names[group])\" has items in \(other.rawValue) and (item \(item)) in \(part.rawValue): "
            + "what was trained on would be tested. Put the whole group on one side.")
      }
      dealt[group] = part
    }
    for needed in [Part.train, .test] where !dealt.contains(needed) {
      throw StudyError(
        .incompleteSplit, at: needed.rawValue, "The corpus's split has no \(needed.rawValue) items.")
    }
    var parts = dealt.compactMap { $0 }
    if !parts.contains(.validation) {
      let training = parts.indices.filter { parts[$0] == .train }
      let share = fractions.validation / (fractions.train + fractions.validation)
      let chosen = roster.deal(training, shares: [1 - share, share], RandomStream(seed: seed, "validation"))
      for (place, group) in training.enumerated() where chosen[place] == 1 { parts[group] = .validation }
    }
    return parts
  }

  private static func check(
    _ parts: [Part], _ labels: [Int], _ roster: GroupRoster, leastClasses: Int
  ) throws(StudyError) -> [String] {
    var notes: [String] = []
    let everywhere = Set(labels)
    for part in Part.allCases {
      let rows = parts.indices.filter { parts[$0] == part }
      let groupCount = Set(rows.map { roster.groupOf[$0] }).count
      let present = Set(rows.map { labels[$0] })
      guard present.count >= leastClasses else {
        throw StudyError(
          present.isEmpty ? .tooFewGroups : .oneClass, at: part.rawValue,
          "The \(part.rawValue) part has \(rows.count) items in \(groupCount) groups, of \(present.count) class(es): "
            + "it needs \(leastClasses). Use more groups, or a split that gives it some of each class.")
      }
      if present.count < everywhere.count {
        notes.append("the \(part.rawValue) part lacks \(everywhere.count - present.count) of the classes")
      }
      if part == .test, groupCount < fewTestGroups {
        notes.append("only \(groupCount) test groups: the interval leans on its assumptions")
      }
    }
    return notes
  }
}

/// Groups by first appearance, and how many items of each class they hold.
struct GroupRoster {
  let names: [String]
  let groupOf: [Int]
  /// Items by class, per group.
  let counts: [[Int]]

  init(labels: [Int], groups: [String]) {
    var index: [String: Int] = [:]
    var names: [String] = []
    groupOf = groups.map { name in
      if let known = index[name] { return known }
      index[name] = names.count
      names.append(name)
      return names.count - 1
    }
    self.names = names
    let classCount = (labels.max() ?? 0) + 1
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: names.count)
    for (item, label) in labels.enumerated() { counts[groupOf[item]][label] += 1 }
    self.counts = counts
  }

  /// The place of each of `members`, dealt so that every place gets its share of each class and of the groups.
  func deal(_ members: [Int], shares: [Double], _ stream: RandomStream) -> [Int] {
    var stream = stream
    let classCount = counts.first?.count ?? 0
    let sizes = members.map { counts[$0].reduce(0, +) }
    let shuffled = stream.permutation(members.count)
    let rank = shuffled.enumerated().reduce(into: [Int](repeating: 0, count: members.count)) {
      $0[$1.element] = $1.offset
    }
    let order = shuffled.sorted { (sizes[$1], rank[$0]) < (sizes[$0], rank[$1]) }
    // A column per class, and a last one that counts groups; each as a share of the whole.
    var totals = [Double](repeating: 0, count: classCount + 1)
    func amount(_ member: Int, _ column: Int) -> Double {
      column < classCount ? Double(counts[members[member]][column]) : 1
    }
    for member in members.indices { for c in 0...classCount { totals[c] += amount(member, c) } }
    var filled = [[Double]](repeating: [Double](repeating: 0, count: classCount + 1), count: shares.count)
    var places = [Int](repeating: 0, count: members.count)
    for member in order {
      var best = (place: 0, gain: Double.infinity)
      for place in shares.indices {
        // What Σ (filled − share)² changes by.
        var gain = 0.0
        for c in 0...classCount where totals[c] > 0 {
          let added = amount(member, c) / totals[c]
          gain += added * (added + 2 * (filled[place][c] - shares[place]))
        }
        if gain < best.gain - 1e-12 { best = (place, gain) }
      }
      places[member] = best.place
      for c in 0...classCount where totals[c] > 0 { filled[best.place][c] += amount(member, c) / totals[c] }
    }
    return places
  }
}
