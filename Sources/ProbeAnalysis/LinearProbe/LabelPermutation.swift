import ProbeMath

/// How labels may be shuffled without breaking the design: what is exchangeable follows from where labels vary.
///
/// Labels may be classes or numbers: shuffling moves them between items (``sources(members:count:_:)``) and never
/// looks at their values.
public enum LabelPermutation: String, Sendable, Codable {
  /// Labels vary inside every group: they are exchanged between the items of a group.
  case withinGroups = "within_groups"
  /// Labels are constant in every group: they are exchanged between groups, each with all its items.
  case wholeGroups = "whole_groups"

  /// The scheme that fits the design.
  ///
  /// - Parameters:
  ///   - labels: the label of each item; only which are equal matters.
  ///   - groups: the leakage unit of each item.
  /// - Throws: ``StudyError`` when labels vary inside some groups and are constant in others: permuting within
  ///   groups would leave the constant ones as they are, and their labels readable.
  public init<Label: Equatable>(labels: [Label], groups: [String]) throws(StudyError) {
    precondition(
      labels.count == groups.count, "LabelPermutation: \(labels.count) labels, \(groups.count) groups")
    let members = Self.members(groups)
    let varies = members.map { items in items.contains { labels[$0] != labels[items[0]] } }
    if varies.allSatisfy({ $0 }) {
      self = .withinGroups
    } else if !varies.contains(true) {
      self = .wholeGroups
    } else {
      let varying = varies.count(where: { $0 })
      let example = varies.firstIndex(of: false).map { groups[members[$0][0]] } ?? ""
      throw StudyError(
        .mixedDesign, at: "group \"\(example)\"",
        "Labels vary inside \(varying) of \(varies.count) groups and are constant in the others (such as "
          + "\"\(example)\"): neither permuting within groups nor permuting whole groups breaks the tie between "
          + "label and item. Make the design one or the other.")
    }
  }

  /// Items of each group, groups by first appearance.
  static func members(_ groups: [String]) -> [[Int]] {
    var index: [String: Int] = [:]
    var members: [[Int]] = []
    for (item, name) in groups.enumerated() {
      if let known = index[name] {
        members[known].append(item)
      } else {
        index[name] = members.count
        members.append([item])
      }
    }
    return members
  }

  /// A shuffle of the labels of `count` items: item i takes the label that item `sources[i]` had.
  ///
  /// Within groups it is a permutation of every group's items. Between whole groups, all items of a group take the
  /// label of another group's first item. Items of no group keep their own.
  public func sources(members: [[Int]], count: Int, _ stream: inout RandomStream) -> [Int] {
    var sources = Array(0..<count)
    switch self {
    case .withinGroups:
      for items in members {
        for (place, source) in stream.permutation(items.count).enumerated() {
          sources[items[place]] = items[source]
        }
      }
    case .wholeGroups:
      for (place, source) in stream.permutation(members.count).enumerated() {
        for item in members[place] { sources[item] = members[source][0] }
      }
    }
    return sources
  }

  /// Labels in shuffled order. Parts of a split are shuffled on their own, so that each keeps its class shares.
  public func permute(
    _ labels: [Int], groups: [String], parts: [GroupSplit.Part], _ stream: inout RandomStream
  ) -> [Int] {
    let members = Self.members(groups)
    var shuffled = labels
    func shuffle(_ members: [[Int]]) {
      let sources = sources(members: members, count: labels.count, &stream)
      for item in members.joined() { shuffled[item] = labels[sources[item]] }
    }
    switch self {
    case .withinGroups: shuffle(members)
    case .wholeGroups:
      for part in GroupSplit.Part.allCases { shuffle(members.filter { parts[$0[0]] == part }) }
    }
    return shuffled
  }
}
