import ProbeMath

/// How labels may be shuffled without breaking the design: what is exchangeable follows from where labels vary.
public enum LabelPermutation: String, Sendable, Codable {
  /// Labels vary inside every group: they are exchanged between the items of a group.
  case withinGroups = "within_groups"
  /// Labels are constant in every group: they are exchanged between groups, each with all its items.
  case wholeGroups = "whole_groups"

  /// The scheme that fits the design.
  ///
  /// - Throws: ``StudyError`` when labels vary inside some groups and are constant in others: permuting within
  ///   groups would leave the constant ones as they are, and their labels readable.
  public init(labels: [Int], groups: [String]) throws(StudyError) {
    let roster = GroupRoster(labels: labels, groups: groups)
    let varies = roster.counts.map { $0.count(where: { $0 > 0 }) > 1 }
    if varies.allSatisfy({ $0 }) {
      self = .withinGroups
    } else if !varies.contains(true) {
      self = .wholeGroups
    } else {
      let varying = varies.count(where: { $0 })
      let example = varies.firstIndex(of: false).map { roster.names[$0] } ?? ""
      throw StudyError(
        .mixedDesign, at: "group \"\(example)\"",
        "Labels vary inside \(varying) of \(varies.count) groups and are constant in the others (such as "
          + "\"\(example)\"): neither permuting within groups nor permuting whole groups breaks the tie between "
          + "label and item. Make the design one or the other.")
    }
  }

  /// Labels in shuffled order. Parts of a split are shuffled on their own, so that each keeps its class shares.
  public func permute(
    _ labels: [Int], groups: [String], parts: [GroupSplit.Part], _ stream: inout RandomStream
  ) -> [Int] {
    let roster = GroupRoster(labels: labels, groups: groups)
    var items = [[Int]](repeating: [], count: roster.names.count)
    for item in labels.indices { items[roster.groupOf[item]].append(item) }
    var shuffled = labels
    switch self {
    case .withinGroups:
      for members in items {
        for (place, source) in stream.permutation(members.count).enumerated() {
          shuffled[members[place]] = labels[members[source]]
        }
      }
    case .wholeGroups:
      for part in GroupSplit.Part.allCases {
        let inPart = items.filter { parts[$0[0]] == part }
        for (place, source) in stream.permutation(inPart.count).enumerated() {
          for item in inPart[place] { shuffled[item] = labels[inPart[source][0]] }
        }
      }
    }
    return shuffled
  }
}
