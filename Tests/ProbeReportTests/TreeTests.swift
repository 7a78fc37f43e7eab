import Foundation
import Testing

@testable import ProbeReport

struct TreeTests {
  private func tree(_ spans: [(String, Range<Int>, TreeChart.Status?)], name: String = "gold")
    -> TreeChart.Tree
  {
    .init(name, nodes: spans.map { .init($0.0, leaves: $0.1, status: $0.2) })
  }

  private func chart(_ leaves: [String], _ trees: [TreeChart.Tree]) -> TreeChart {
    TreeChart("C", summary: "S", leaves: leaves, trees: trees)
  }

  private func elements(_ chart: TreeChart) throws -> [MarkupReader.Element] {
    try MarkupReader(SampleReport.with(.trees(chart)).html()).elements
  }

  private func number(_ element: MarkupReader.Element, _ name: String) throws -> Double {
    try #require(element.attributes[name].flatMap(Double.init), "\(name) of \(element.attributes)")
  }

  /// Left, right, top and class of the frames of one drawing, in the order of their start tags.
  private func frames(_ chart: TreeChart, tree: Int = 1) throws -> [(
    left: Double, right: Double, top: Double
  )] {
    let page = try elements(chart)
    let start = try #require(page.firstIndex { $0.attributes["id"] == "s.1.\(tree)" })
    let rest = page[(start + 1)...]
    let inside = rest[..<(rest.firstIndex { $0.name == "svg" || $0.name == "details" } ?? rest.endIndex)]
    return try inside.filter { ($0.attributes["class"] ?? "").hasPrefix("node") && $0.name == "rect" }.map {
      let left = try number($0, "x")
      return (left, left + (try number($0, "width")), try number($0, "y"))
    }
  }

  @Test func nodesLieInTheSmallestOneThatCoversThem() {
    // Given out of order; the first of the two over leaf 3 stands above.
    let nodes = tree([
      ("d", 3..<4, nil), ("e", 3..<4, nil), ("b", 0..<2, nil), ("a", 0..<5, nil), ("c", 2..<5, nil),
    ]).nodes
    let outline = TreeOutline(nodes, leafCount: 5)
    #expect(outline.nodes.map(\.label) == ["a", "b", "c", "d", "e"])
    #expect(outline.parents == [nil, 0, 0, 2, 3])
    #expect(outline.depths == [0, 1, 1, 2, 3])
    #expect(outline.heights == [4, 1, 3, 2, 1])
    #expect(outline.isTree)
  }

  @Test(arguments: [[0..<3, 2..<5], [0..<3, 1..<4], [0..<6], [-1..<2], [2..<2]])
  func constituentsThatMakeNoTreeAreListedAndNotDrawn(_ spans: [Range<Int>]) throws {
    let page = try elements(chart(["a", "b", "c", "d", "e"], [tree(spans.map { ("n", $0, .wrong) })]))
    #expect(!page.contains { $0.name == "svg" && $0.attributes["class"] == "tree" })
    #expect(page.contains { $0.name == "p" && $0.text.hasPrefix("Not drawn: constituents cross each other") })
    #expect(page.filter { $0.name == "tr" && $0.path.contains("tbody") }.count == spans.count)
    #expect(!page.contains { $0.name == "details" })
  }

  @Test func aDeepCombIsATable() throws {
    let leaves = (0..<5_000).map { "t\($0)" }
    let comb = tree((0..<4_999).map { ("n\($0)", $0..<5_000, nil) })
    let outline = TreeOutline(comb.nodes, leafCount: 5_000)
    #expect(outline.isTree && outline.depths.last == 4_998 && outline.heights.first == 4_999)
    let page = SampleReport.with(.trees(chart(leaves, [comb, comb]))).html()
    #expect(page.contains("Not drawn: there are 5,000 leaves, and more than 80 would not be readable."))
    #expect(page.contains("First 400 of 9,998 rows."))
    // So long a table is folded away.
    #expect(page.contains("The same constituents as a table"))
    #expect(page.utf8.count < 300_000)
  }

  @Test func aLongUnaryChainIsATable() throws {
    let page = SampleReport.with(.trees(chart(["a"], [tree((0..<41).map { ("n\($0)", 0..<1, nil) })]))).html()
    #expect(page.contains("Not drawn: there are 41 levels"))
  }

  @Test func framesOfOneLevelNeverTouchAndStandAboveTheirLeaves() throws {
    // Sixty one-letter leaves under long labels, in pairs, in fours, and all.
    let leaves = (0..<60).map { _ in "x" }
    let pairs = (0..<30).map { ("augmented_assignment", $0 * 2..<$0 * 2 + 2, TreeChart.Status.wrong) }
    let fours = (0..<15).map { ("b", $0 * 4..<$0 * 4 + 4, TreeChart.Status.missed) }
    let sixty = chart(leaves, [tree(pairs + fours + [("module", 0..<60, .matched)])])
    let found = try frames(sixty)
    #expect(found.count == 46)
    let levels = Dictionary(grouping: found, by: \.top)
    #expect(levels.count == 3)
    for level in levels.values {
      let sorted = level.sorted { $0.left < $1.left }
      #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.right < $1.left })
    }
    let page = try elements(sixty)
    let image = try #require(page.first { $0.attributes["class"] == "tree" })
    let width = try number(image, "width")
    #expect(found.allSatisfy { $0.left >= 0 && $0.right <= width })
    let lines = try #require(page.first { $0.attributes["class"] == "tree-line" }?.attributes["d"])
    // Under each node a stem and a line across, and a drop to each of 60 leaves and 45 nodes.
    #expect(lines.count { $0 == "M" } == 46 * 2 + 60 + 45)
    let places = try page.filter { $0.attributes["class"] == "leaf" }.map { try number($0, "x") }
    // Letters of one leaf do not reach those of the next: 13 points hold one.
    #expect(places.count == 60 && zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 13 })
  }

  @Test func aNodeStandsAboveTheMiddleOfItsChildrenAndALevelAboveTheHighest() throws {
    let wide = ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]
    let found = try frames(chart(wide, [tree([("n", 0..<4, nil), ("m", 0..<3, nil), ("k", 0..<2, nil)])]))
    let centers = found.map { ($0.left + $0.right) / 2 }
    let page = try elements(chart(wide, [tree([("n", 0..<4, nil)])]))
    let leaves = try page.filter { $0.attributes["class"] == "leaf" }.map { try number($0, "x") }
    // In hundredths, as coordinates are written.
    #expect(abs(centers[2] - (leaves[0] + leaves[1]) / 2) < 0.02)
    #expect(abs(centers[1] - (centers[2] + leaves[2]) / 2) < 0.02)
    #expect(abs(centers[0] - (centers[1] + leaves[3]) / 2) < 0.02)
    #expect(found[0].top < found[1].top && found[1].top < found[2].top)
  }

  @Test func bothTreesHaveTheSameColumns() throws {
    let page = try elements(SampleReport.trees)
    let leaves = try page.filter { $0.attributes["class"] == "leaf" }.map { try number($0, "x") }
    #expect(leaves.count == 34 && leaves[..<17] == leaves[17...])
  }

  @Test func whatTheComparisonSaysIsShapeAndWordsNotColourAlone() throws {
    let page = try elements(SampleReport.trees)
    for (status, words) in [("missed", "missed, not predicted"), ("wrong", "wrong, not in gold")] {
      let style = Stylesheet.text
      #expect(page.contains { $0.name == "rect" && $0.attributes["class"] == "node \(status)" })
      #expect(style.contains(".node.\(status){"))
      #expect(page.contains { $0.name == "text" && $0.text.hasSuffix(words) })
      #expect(page.contains { $0.name == "td" && $0.text == words })
    }
    let shapes = ["matched", "missed", "wrong"].compactMap { status in
      page.first { $0.attributes["class"] == "node-mark \(status)" }?.attributes["d"]
    }
    // A disc has arcs, a diamond closes, a cross does neither.
    #expect(shapes.map { $0.contains("A") } == [true, false, false])
    #expect(shapes.map { $0.hasSuffix("Z") } == [true, true, false])
    let descriptions = page.filter { $0.name == "desc" }.map(\.text)
    #expect(
      descriptions.contains {
        $0.hasSuffix("gold: 9 constituents over 17 leaves, 8 matched, 1 missed, not predicted.")
      })
  }

  @Test func theTableHasEveryConstituentWithDepthPlaceAndText() throws {
    let page = try elements(
      chart(["f", "(", "\n", ")"], [tree([("call", 0..<4, .matched), ("arguments", 1..<4, .missed)])]))
    let rows = page.filter { $0.name == "tr" && $0.path.contains("tbody") }
    #expect(rows.count == 2)
    #expect(page.filter { $0.attributes["scope"] == "row" }.map(\.text) == ["call", "arguments"])
    #expect(
      page.filter { $0.name == "td" }.map(\.text) == [
        "gold", "0", "1–4", "f␣(␣↵␣)", "matched", "gold", "1", "2–4", "(␣↵␣)", "missed, not predicted",
      ])
  }

  @Test func theTextOfAConstituentIsShortHoweverMuchItCovers() throws {
    let leaves = (0..<70).map { "leaf_\($0)_" + String(repeating: "x", count: 50) }
    let page = try elements(chart(leaves, [tree([("n", 0..<70, nil)])]))
    let text = try #require(page.first { $0.name == "td" && $0.text.hasPrefix("leaf_0_") }?.text)
    #expect(text.hasSuffix("…␣leaf_69_xxxxxxxx…") && text.unicodeScalars.count < 140)
  }

  @Test func leavesShowTheirBlanksAndAreCut() throws {
    let long = String(repeating: "é", count: 1_000)
    let page = try elements(chart(["\t", "", "a\u{202E}b", long], []))
    #expect(page.contains { $0.name == "p" && $0.text == "There is no tree to draw." })
    let drawn = try elements(chart(["\t", "", "a\u{202E}b", long], [tree([("n", 0..<4, nil)])]))
    let texts = drawn.filter { ($0.attributes["class"] ?? "").hasPrefix("leaf") && $0.name == "text" }
      .map(\.text)
    #expect(texts[0] == "⇥" && texts[2] == "(empty)" && texts[4] == "a⟨U+202E⟩b")
    #expect(texts[6].hasSuffix("…") && texts[6].unicodeScalars.count < 16)
    #expect(texts[1] == "1" && texts[7] == "4")
  }

  @Test func treesWithoutDataOrWithAbsurdPlacesStillRender() throws {
    for odd in [
      chart([], []), chart([], [tree([])]), chart(["a"], [tree([])]), chart([], [tree([("n", 0..<1, nil)])]),
      chart(["a"], [tree([("n", Int.min..<Int.max, nil), ("n", Int.max..<Int.max, .wrong)])]),
    ] { _ = try elements(odd) }
  }

  @Test func treesSurviveJSON() throws {
    let block = Block.trees(SampleReport.trees)
    let copy = try JSONDecoder().decode(Block.self, from: JSONEncoder().encode(block))
    #expect(copy == block)
  }
}
