import ProbeMath
import Testing

import ProbeAnalysis

@Suite struct GroupSplitTests {
  private func error(_ body: () throws(StudyError) -> Void) -> StudyError? {
    do throws(StudyError) {
      try body()
      return nil
    } catch { return error }
  }

  @Test func noGroupIsOnTwoSidesOrInTwoFolds() throws {
    var stream = RandomStream(seed: 1, "items")
    let groups = (0..<400).map { _ in "g\(stream.index(below: 60))" }
    let labels = groups.map { _ in stream.index(below: 3) }
    let split = try GroupSplit(labels: labels, groups: groups, seed: 7)
    for name in Set(groups) {
      let members = groups.indices.filter { groups[$0] == name }
      #expect(Set(members.map { split.parts[$0] }).count == 1)
      #expect(Set(members.map { split.folds[$0] }).count == 1)
    }
    #expect(split.parts.indices.allSatisfy { (split.folds[$0] >= 0) == (split.parts[$0] == .train) })
    #expect(Set(split.folds) == Set(-1..<5))
  }

  @Test func partsGetTheirShareOfEveryClass() throws {
    // Constant per group and unbalanced: 30 groups of class 0, 90 of class 1.
    let labels = (0..<240).map { $0 / 2 % 4 == 0 ? 0 : 1 }
    let groups = (0..<240).map { "g\($0 / 2)" }
    let split = try GroupSplit(labels: labels, groups: groups, seed: 3)
    for (part, share) in [(GroupSplit.Part.train, 0.6), (.validation, 0.2), (.test, 0.2)] {
      for c in 0...1 {
        let count = split.rows(part).count(where: { labels[$0] == c })
        // Whole groups of two: one group either way.
        #expect(abs(Double(count) - share * (c == 0 ? 60 : 180)) <= 2)
      }
    }
  }

  @Test func theSeedDecidesAndOnlyTheSeed() throws {
    let labels = (0..<100).map { $0 % 2 }
    let groups = (0..<100).map { "g\($0 / 2)" }
    let split = try GroupSplit(labels: labels, groups: groups, seed: 1)
    #expect(try GroupSplit(labels: labels, groups: groups, seed: 1) == split)
    #expect(try GroupSplit(labels: labels, groups: groups, seed: 2) != split)
  }

  @Test func theCorpusOwnSplitIsHonoured() throws {
    let labels = (0..<80).map { $0 % 2 }
    let groups = (0..<80).map { "g\($0 / 2)" }
    let given: [GroupSplit.Part?] = (0..<80).map { $0 < 60 ? .train : .test }
    let split = try GroupSplit(labels: labels, groups: groups, given: given, seed: 1)
    #expect(split.rows(.test) == Array(60..<80))
    // Validation comes out of train: a quarter of its 30 groups, at 0.2 of 0.8.
    #expect(abs(split.rows(.validation).count - 15) <= 1)
  }

  @Test func aGroupOnBothSidesIsRefused() {
    let labels = (0..<40).map { $0 % 2 }
    let groups = (0..<40).map { "pair \($0 / 2)" }
    var given = [GroupSplit.Part?](repeating: .train, count: 40)
    for item in 31..<40 { given[item] = .test }
    let caught = error { () throws(StudyError) in
      _ = try GroupSplit(labels: labels, groups: groups, given: given, seed: 1)
    }
    #expect(caught?.reason == .groupOnBothSides)
    #expect(caught?.location == "group \"pair 15\"")
    #expect(caught?.description.contains("train and (item 31) in test") == true)
  }

  @Test func anIncompleteSplitIsRefused() {
    let labels = (0..<40).map { $0 % 2 }
    let groups = (0..<40).map { "g\($0 / 2)" }
    var given = [GroupSplit.Part?](repeating: .train, count: 40)
    let noTest = error { () throws(StudyError) in
      _ = try GroupSplit(labels: labels, groups: groups, given: given, seed: 1)
    }
    #expect(noTest?.description == "The corpus's split has no test items.")
    given[7] = nil
    let hole = error { () throws(StudyError) in
      _ = try GroupSplit(labels: labels, groups: groups, given: given, seed: 1)
    }
    #expect(hole?.reason == .incompleteSplit)
    #expect(hole?.location == "item 7")
  }

  @Test func oneClassAndTooFewGroupsAreRefused() {
    let one = error { () throws(StudyError) in
      _ = try GroupSplit(labels: [1, 1, 1], groups: ["a", "b", "c"], seed: 1)
    }
    #expect(one?.reason == .oneClass)
    #expect(one?.description.hasPrefix("All 3 items have the same class") == true)
    let few = error { () throws(StudyError) in
      _ = try GroupSplit(labels: [0, 1, 0, 1], groups: ["a", "a", "b", "b"], seed: 1)
    }
    #expect(few?.reason == .tooFewGroups)
    #expect(few?.description.hasPrefix("2 groups cannot fill train") == true)
    let poor = error { () throws(StudyError) in
      _ = try GroupSplit(labels: [0, 1, 1, 1, 1, 1], groups: ["a", "b", "c", "d", "e", "f"], seed: 1)
    }
    #expect(poor?.reason == .oneClass)
    #expect(poor?.description.contains("it needs 2") == true)
  }

  @Test func fewTestGroupsAreNoted() throws {
    let split = try GroupSplit(
      labels: (0..<30).map { $0 % 2 }, groups: (0..<30).map { "g\($0 / 2)" }, seed: 1)
    #expect(split.notes == ["only 3 test groups: the interval leans on its assumptions"])
  }

  @Test func permutationFollowsTheDesign() throws {
    let pairs = (0..<20).map { "g\($0 / 2)" }
    let varying = (0..<20).map { $0 % 2 }
    let constant = (0..<20).map { $0 / 2 % 2 }
    #expect(try LabelPermutation(labels: varying, groups: pairs) == .withinGroups)
    #expect(try LabelPermutation(labels: constant, groups: pairs) == .wholeGroups)
    var mixed = varying
    mixed[6] = 1
    let caught = error { () throws(StudyError) in _ = try LabelPermutation(labels: mixed, groups: pairs) }
    #expect(caught?.reason == .mixedDesign)
    #expect(caught?.description.contains("vary inside 9 of 10 groups") == true)
    #expect(caught?.location == "group \"g3\"")
  }

  @Test func permutationKeepsWhatItMust() {
    let groups = (0..<40).map { "g\($0 / 2)" }
    let parts = (0..<40).map { $0 < 24 ? GroupSplit.Part.train : .test }
    var stream = RandomStream(seed: 1, "permute")
    let varying = (0..<40).map { $0 % 2 }
    let within = LabelPermutation.withinGroups.permute(varying, groups: groups, parts: parts, &stream)
    #expect(within != varying)
    for g in 0..<20 { #expect(Set(within[2 * g...2 * g + 1]) == [0, 1]) }
    let constant = (0..<40).map { $0 / 2 % 2 }
    let whole = LabelPermutation.wholeGroups.permute(constant, groups: groups, parts: parts, &stream)
    #expect(whole != constant)
    for g in 0..<20 { #expect(whole[2 * g] == whole[2 * g + 1]) }
    #expect(whole[..<24].reduce(0, +) == 12)
  }
}
