import ProbeMath
import Testing

import ProbeAnalysis

/// True and false capitals of invented countries.
private struct Capitals {
  var texts: [String] = []
  var labels: [Int] = []
  var groups: [String] = []

  /// Each country's wrong capital is the next country's, in cycles of `cycle` countries.
  init(countries: Int, cycle: Int, groupIsCycle: Bool) {
    for country in 0..<countries {
      let next = country / cycle * cycle + (country + 1) % cycle
      for (city, truth) in [(country, 1), (next, 0)] {
        texts.append("The capital of land\(country) is city\(city).")
        labels.append(truth)
        groups.append(groupIsCycle ? "set \(country / cycle)" : "land\(country)")
      }
    }
  }

  func audit(seed: UInt64 = 1) throws -> LeakageAudit {
    let split = try GroupSplit(labels: labels, groups: groups, seed: seed)
    return LeakageAudit(texts: texts, labels: labels, groups: groups, parts: split.parts)
  }
}

@Suite struct LeakageAuditTests {
  @Test func capitalsSwappedAcrossGroupsAreRefused() throws {
    let audit = try Capitals(countries: 100, cycle: 100, groupIsCycle: false).audit()
    let refusal = try #require(audit.refusal())
    #expect(refusal.reason == .reversedLabelStrings)
    #expect(refusal.location.hasPrefix("word \"city"))
    #expect(refusal.description.contains("connected component over every recurring entity"))
    // The template's sentences share all words but two, and are not near-duplicates.
    #expect(audit.nearDuplicates.isEmpty && audit.duplicates.isEmpty)
  }

  @Test func capitalsSwappedInsideClosedSetsPass() throws {
    for cycle in [2, 4] {
      let audit = try Capitals(countries: 100, cycle: cycle, groupIsCycle: true).audit()
      #expect(audit.refusal() == nil)
      #expect(audit.groupsWithPureWords == 0)
    }
  }

  @Test func rareWordsThatRecurByChancePass() throws {
    // Natural text: many words are pure in training by accident, and recur with either label.
    var refused = 0
    for seed in 0..<20 {
      var stream = RandomStream(seed: UInt64(seed), "prose")
      let texts = (0..<200).map { _ in
        (0..<12).map { _ in "word\(Int(2000 * stream.uniform() * stream.uniform()))" }.joined(separator: " ")
      }
      let labels = (0..<200).map { _ in stream.index(below: 2) }
      let groups = (0..<200).map { "text \($0)" }
      let split = try GroupSplit(labels: labels, groups: groups, seed: 3)
      let audit = LeakageAudit(texts: texts, labels: labels, groups: groups, parts: split.parts)
      #expect(audit.groupsWithPureWords > 40)
      refused += audit.refusal() == nil ? 0 : 1
    }
    #expect(refused == 0)
  }

  @Test func duplicatesAreRefusedWhateverTheirLabels() {
    let texts = (0..<12).map { "text number \($0 == 11 ? 2 : $0)" }
    let parts = (0..<12).map { $0 < 8 ? GroupSplit.Part.train : .test }
    for labels in [(0..<12).map { $0 % 2 }, (0..<12).map { $0 == 11 ? 0 : $0 % 2 }] {
      let audit = LeakageAudit(texts: texts, labels: labels, groups: texts, parts: parts)
      #expect(audit.duplicates.map { [$0.first, $0.second] } == [[2, 11]])
      let refusal = audit.refusal(names: (0..<12).map { "id-\($0)" })
      #expect(refusal?.reason == .duplicateAcrossSplit)
      #expect(refusal?.location == "items \"id-2\" and \"id-11\"")
    }
  }

  @Test func nearDuplicatesAreFoundAndMinimalPairsAreNot() {
    var texts = (0..<30).map {
      "person\($0) met friend\($0) at place\($0) on day\($0) and they saw thing\($0)"
    }
    texts += [
      "Person3 met friend3 at place3 on day3, and they saw thing3!",  // case and punctuation only
      "person4 met friend5 at place6 on day4 and they saw thing7",  // other entities
      "friend8 met person8 at place8 on day8 and they saw thing8",  // roles exchanged
    ]
    let parts = texts.indices.map { $0 < 30 ? GroupSplit.Part.train : .test }
    let audit = LeakageAudit(
      texts: texts, labels: texts.indices.map { $0 % 2 }, groups: texts, parts: parts)
    #expect(audit.nearDuplicates.map(\.first) == [3])
    #expect(audit.nearDuplicates.map(\.second) == [30])
    #expect(audit.refusal()?.reason == .duplicateAcrossSplit)
  }

  @Test func textsOnOneSideMayRepeat() {
    let texts = ["same", "same", "other", "another"]
    let audit = LeakageAudit(
      texts: texts, labels: [0, 1, 0, 1], groups: ["a", "a", "b", "c"], parts: [.train, .train, .test, .test])
    #expect(audit.refusal() == nil)
  }
}
