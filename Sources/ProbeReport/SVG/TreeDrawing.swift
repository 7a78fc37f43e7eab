/// Draws one tree of a ``TreeChart``.
///
/// Lines run straight down and across (a child's line falls inside the columns of the child's own leaves), so
/// that no line runs through a label.
struct TreeDrawing {
  let chart: TreeChart
  let plan: TreePlan
  let index: Int
  let id: String

  private let outline: TreeOutline
  /// Middle of each node, and how far the line across its children reaches.
  private let places: [(center: Double, first: Double, last: Double)]
  /// The smallest node that holds each leaf.
  private let leafParents: [Int?]

  /// - Parameter index: which of the plan's trees.
  init(_ chart: TreeChart, plan: TreePlan, index: Int, id: String) {
    self.chart = chart
    self.plan = plan
    self.index = index
    self.id = id
    let outline = plan.outlines[index]
    self.outline = outline
    var leafParents: [Int?] = Array(repeating: nil, count: chart.leaves.count)
    for (node, found) in outline.nodes.enumerated() {
      for leaf in found.leaves { leafParents[leaf] = node }
    }
    self.leafParents = leafParents
    places = Self.places(plan, outline, labels: plan.labels[index], leafParents: leafParents)
  }

  /// Above the middle of the children, yet with the whole frame above the node's own leaves.
  private static func places(
    _ plan: TreePlan, _ outline: TreeOutline, labels: [String], leafParents: [Int?]
  ) -> [(center: Double, first: Double, last: Double)] {
    var places = Array(
      repeating: (center: 0.0, first: Double.infinity, last: -Double.infinity), count: outline.nodes.count)
    func hold(_ parent: Int?, _ x: Double) {
      guard let parent else { return }
      places[parent].first = min(places[parent].first, x)
      places[parent].last = max(places[parent].last, x)
    }
    for (leaf, parent) in leafParents.enumerated() { hold(parent, plan.center(ofLeaf: leaf)) }
    for index in outline.nodes.indices.reversed() {
      let node = outline.nodes[index]
      let half = TreePlan.frameWidth(labels[index], node.status) / 2
      let left = plan.edges[node.leaves.lowerBound] + half
      let right = plan.edges[node.leaves.upperBound] - half
      let center = min(max((places[index].first + places[index].last) / 2, left), max(left, right))
      places[index].center = center
      places[index].first = min(places[index].first, center)
      places[index].last = max(places[index].last, center)
      hold(outline.parents[index], center)
    }
    return places
  }

  /// The drawing.
  var markup: Markup {
    let tree = chart.trees[index]
    return Drawing.image(
      id: id, title: "\(chart.title): \(tree.name)", summary: description, width: width,
      height: bottom + 36, fontSize: TreePlan.fontSize, classes: "tree"
    ) {
      Drawing.text(
        TextWidth.fitted(tree.name, width: width - 4, fontSize: TreePlan.fontSize), 2, 14, "name leading")
      legend
      Drawing.path(lines, "tree-line")
      for node in outline.nodes.indices { frame(node) }
      leaves
    }
  }

  // MARK: - Geometry

  private var top: Double { isCompared ? 50 : 30 }

  /// Where the lines to the leaves end.
  private var bottom: Double { top + Double(plan.levels) * TreePlan.levelHeight }

  private var width: Double { max((plan.edges.last ?? 0) + 2, legendWidth) }

  /// Upper end of a node's frame.
  private func y(_ node: Int) -> Double {
    top + Double(plan.levels - outline.heights[node]) * TreePlan.levelHeight
  }

  // MARK: - Parts

  /// All lines in one path: down from each parent, across its children, and down to each of them.
  private var lines: String {
    func drop(_ parent: Int?, _ x: Double, _ end: Double) -> String {
      guard let parent else { return "" }
      return "M\(Coordinate.text(x)) \(Coordinate.text(bar(parent)))V\(Coordinate.text(end))"
    }
    let across = outline.nodes.indices.map { node in
      "M\(Coordinate.text(places[node].center)) \(Coordinate.text(bar(node) - 7))v7"
        + "M\(Coordinate.text(places[node].first)) \(Coordinate.text(bar(node)))"
        + "H\(Coordinate.text(places[node].last))"
    }
    let toNodes = outline.nodes.indices.map { drop(outline.parents[$0], places[$0].center, y($0)) }
    let toLeaves = leafParents.enumerated().map { drop($1, plan.center(ofLeaf: $0), bottom) }
    return (across + toNodes + toLeaves).joined()
  }

  /// Height of the line across a node's children.
  private func bar(_ node: Int) -> Double { y(node) + TreePlan.frameHeight + 7 }

  @MarkupBuilder private func frame(_ index: Int) -> [Markup] {
    let label = plan.labels[self.index][index]
    let status = outline.nodes[index].status
    let breadth = TreePlan.frameWidth(label, status)
    let left = places[index].center - breadth / 2
    let middle = y(index) + TreePlan.frameHeight / 2
    let style = status.map { " \($0.rawValue)" } ?? ""
    Drawing.rectangle(left, y(index), width: breadth, height: TreePlan.frameHeight, "node" + style)
    if let status {
      Self.mark(status, left + 10, middle)
      Drawing.text(label, left + 19, middle + 4, "node-name" + style)
    } else {
      Drawing.text(label, places[index].center, middle + 4, "node-name", anchor: .middle)
    }
  }

  @MarkupBuilder private var leaves: [Markup] {
    for (leaf, text) in plan.leafTexts.enumerated() {
      let x = plan.center(ofLeaf: leaf)
      Drawing.text(
        text, x, bottom + 14, chart.leaves[leaf].isEmpty ? "leaf missing" : "leaf", anchor: .middle)
      Drawing.text(NumberText.grouped(leaf + 1), x, bottom + 29, "leaf-number", anchor: .middle)
    }
  }

  // MARK: - Legend

  private var isCompared: Bool { plan.outlines.contains { $0.nodes.contains { $0.status != nil } } }

  /// How many nodes there are of each status, in words.
  private var counts: [(status: TreeChart.Status, text: String)] {
    TreeChart.Status.allCases.compactMap { status in
      let count = outline.nodes.count { $0.status == status }
      return count == 0 ? nil : (status, "\(NumberText.grouped(count)) \(status.words)")
    }
  }

  private var legendWidth: Double {
    counts.reduce(0) { $0 + TextWidth.of($1.text, fontSize: TreePlan.fontSize) + 34 }
  }

  @MarkupBuilder private var legend: [Markup] {
    let texts = counts
    for (index, entry) in texts.enumerated() {
      let x = texts[..<index].reduce(0) { $0 + TextWidth.of($1.text, fontSize: TreePlan.fontSize) + 34 }
      Self.mark(entry.status, x + 8, 31)
      Drawing.text(entry.text, x + 18, 35.5, "tick")
    }
  }

  /// The sign of a status: disc, open diamond, cross.
  private static func mark(_ status: TreeChart.Status, _ x: Double, _ y: Double) -> Markup {
    switch status {
    case .matched: MarkerShape.circle.drawn(x, y, radius: 3, "node-mark matched")
    case .missed: MarkerShape.diamond.drawn(x, y, radius: 3.8, "node-mark missed")
    case .wrong:
      Drawing.path(
        Drawing.polyline([(x - 4, y - 4), (x + 4, y + 4)])
          + Drawing.polyline([(x - 4, y + 4), (x + 4, y - 4)]), "node-mark wrong")
    }
  }

  private var description: String {
    let size =
      "\(chart.trees[index].name): \(NumberText.grouped(outline.nodes.count)) constituents over "
      + "\(NumberText.grouped(chart.leaves.count)) leaves"
    let sentence = ([size] + counts.map(\.text)).joined(separator: ", ") + "."
    return chart.summary.isEmpty ? sentence : "\(chart.summary) \(sentence)"
  }
}

extension TreeChart.Status {
  /// What it means to a reader.
  var words: String {
    switch self {
    case .matched: "matched"
    case .missed: "missed, not predicted"
    case .wrong: "wrong, not in gold"
    }
  }
}
