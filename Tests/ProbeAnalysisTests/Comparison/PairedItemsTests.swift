import Foundation
import Testing

@testable import ProbeAnalysis

@Suite struct PairedItemsTests {
  private typealias Fixture = ComparisonFixture

  private func pair(_ a: ItemPredictions, _ b: ItemPredictions) throws -> PairedItems {
    try PairedItems(a, b, question: "p.truth")
  }

  private func three(
    _ items: [String], _ truths: [Double], _ scores: [Float], groups: [String]? = nil,
    classes: [String] = ["no", "yes"]
  ) -> ItemPredictions {
    Fixture.binary(scores, classes: classes, items: items, groups: groups ?? items, truths: truths)
  }

  @Test func itemsArePairedByNameInAnyOrder() throws {
    let pairs = try pair(
      three(["x", "y", "z", "w"], [0, 1, 1, 0], [-1, 2, 3, -4]),
      three(["z", "v", "x"], [1, 0, 0], [30, -50, -10]))
    guard case .classes(let a) = pairs.a, case .classes(let b) = pairs.b else {
      Issue.record("not classes")
      return
    }
    #expect(a.labels == [0, 1] && b.labels == [0, 1])
    #expect(a.scores.elements == [1, -1, -3, 3] && b.scores.elements == [10, -10, -30, 30])
    #expect(pairs.onlyInA == 2 && pairs.onlyInB == 1)
  }

  @Test func classesMayBeInAnotherOrder() throws {
    let pairs = try pair(
      three(["x", "y"], [0, 1], [-1, 2]), three(["x", "y"], [1, 0], [5, -6], classes: ["yes", "no"]))
    guard case .classes(let b) = pairs.b else {
      Issue.record("not classes")
      return
    }
    // B's log-odds are of "no": turned round they are of "yes".
    #expect(b.labels == [0, 1] && b.scores.elements == [5, -5, -6, 6])
  }

  @Test func threeClassesAreReorderedTogether() throws {
    func predictions(_ classes: [String], _ truth: Double, _ scores: [Float]) -> ItemPredictions {
      ItemPredictions(
        label: "l", point: nil, classes: classes, items: ["x"], groups: ["g"], truths: [truth],
        scores: [scores])
    }
    let pairs = try pair(
      predictions(["a", "b", "c"], 1, [1, 2, 3]), predictions(["c", "a", "b"], 2, [30, 10, 20]))
    guard case .classes(let b) = pairs.b else {
      Issue.record("not classes")
      return
    }
    #expect(b.labels == [1] && b.scores.elements == [10, 20, 30])
  }

  @Test func groupsAreJoinedWhereEitherSideHasThemTogether() throws {
    let items = ["a", "b", "c", "d", "e"]
    let pairs = try pair(
      three(items, [0, 1, 0, 1, 0], [1, 1, 1, 1, 1], groups: ["1", "1", "2", "3", "4"]),
      three(items, [0, 1, 0, 1, 0], [1, 1, 1, 1, 1], groups: ["x", "y", "y", "z", "w"]))
    #expect(pairs.groups == [0, 0, 0, 1, 2] && pairs.groupCount == 3 && !pairs.groupsAgree)
    let same = try pair(
      three(["a", "b"], [0, 1], [1, 1], groups: ["1", "1"]),
      three(["b", "a"], [1, 0], [1, 1], groups: ["z", "z"]))
    #expect(same.groupCount == 1 && same.groupsAgree)
  }

  @Test func disagreementAboutTheTruthIsRefusedWithAnExample() {
    let error = #expect(throws: SpecError.self) {
      try pair(three(["x", "y"], [0, 1], [1, 1]), three(["y", "x"], [0, 0], [1, 1]))
    }
    #expect(
      error
        == SpecError(
          .badValue, at: "p.truth",
          "A and B disagree about what is true: of \"y\" A says yes, B says no",
          advice: "Results are comparable when they are about the same labels"))
  }

  @Test func nothingSharedIsRefused() {
    let error = #expect(throws: SpecError.self) {
      try pair(three(["x", "y"], [0, 1], [1, 1]), three(["u"], [0], [1]))
    }
    #expect(error?.reason == .missingData)
    #expect(error?.problem == "A and B share none of their 2 and 1 test items")
  }

  @Test(arguments: [
    (["no", "yes"], ["no", "maybe"], "the classes differ: A has no, yes, B has no, maybe"),
    (["yes", "yes"], ["yes", "yes"], "the classes differ: A has yes, yes, B has yes, yes"),
  ])
  func otherClassesAreRefused(first: [String], second: [String], problem: String) {
    let error = #expect(throws: SpecError.self) {
      try pair(three(["x"], [0], [1], classes: first), three(["x"], [0], [1], classes: second))
    }
    #expect(error?.problem == problem)
  }

  @Test func classesAndNumbersDoNotCompare() {
    let numbers = Fixture.numeric([1], truths: [1])
    let error = #expect(throws: SpecError.self) { try pair(three(["e0"], [0], [1]), numbers) }
    #expect(error?.problem == "A reads classes, B reads numbers")
    let other = #expect(throws: SpecError.self) { try pair(numbers, three(["e0"], [0], [1])) }
    #expect(other?.problem == "B reads classes, A reads numbers")
  }

  /// A results file is outside data: what contradicts itself is an error, never a trap.
  @Test func damagedPredictionsAreRefused() {
    let whole = three(["x", "y"], [0, 1], [1, 1])
    func problem(_ broken: ItemPredictions) -> String? {
      #expect(throws: SpecError.self) { try pair(whole, broken) }?.problem
    }
    func with(_ truths: [Double], _ scores: [[Float]], _ items: [String] = ["x", "y"]) -> ItemPredictions {
      ItemPredictions(
        label: nil, point: nil, classes: ["no", "yes"], items: items, groups: ["g", "h"], truths: truths,
        scores: scores)
    }
    #expect(
      problem(with([0, 2], [[1], [1]])) == "B: the item \"y\" has the truth 2.0, which is none of 2 classes")
    #expect(
      problem(with([0, 0.5], [[1], [1]])) == "B: the item \"y\" has the truth 0.5, which is none of 2 classes"
    )
    #expect(
      problem(with([-1, 1], [[1], [1]])) == "B: the item \"x\" has the truth -1.0, which is none of 2 classes"
    )
    #expect(problem(with([0, 1], [[1, 2], [1]])) == "B: the item \"x\" has 2 scores, expected 1")
    #expect(problem(with([0, 1], [[1], []])) == "B: the item \"y\" has 0 scores, expected 1")
    #expect(problem(with([0, 1], [[.nan], [1]])) == "B: the item \"x\" has a score that is not finite")
    #expect(problem(with([0, 1], [[1], [1]], ["x", "x"])) == "B has predictions for the item \"x\" twice")
  }

  @Test func columnsOfUnequalLengthDoNotDecode() throws {
    let text = #"{"items": ["x"], "groups": ["g"], "truths": [0, 1], "scores": [[1]]}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ItemPredictions.self, from: Data(text.utf8))
    }
  }
}
