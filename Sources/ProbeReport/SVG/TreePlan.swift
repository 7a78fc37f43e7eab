/// Where the leaves and nodes of a ``TreeChart`` stand: the same columns for all its trees, so that what lies
/// below each other belongs together.
struct TreePlan {
  /// Height of the letters, and of the smaller ones of nodes and leaf numbers.
  static let fontSize = 13.0, smallSize = 11.0
  /// Room above each level for the lines to it, and the height of a node's frame.
  static let levelHeight = 36.0, frameHeight = 20.0
  /// What of a leaf's or a node's text is drawn, at most.
  private static let widestLeaf = 92.0, widestLabel = 130.0

  /// The trees that are drawn.
  let outlines: [TreeOutline]
  /// Why nothing is drawn; nil where it is.
  let objection: String?
  /// The leaves' texts as drawn.
  let leafTexts: [String]
  /// The nodes' labels as drawn, `labels[tree][node]`.
  let labels: [[String]]
  /// Left end of every leaf's column, and the right end of the last.
  let edges: [Double]
  /// Levels above the leaves, over all trees.
  let levels: Int

  init(_ chart: TreeChart) {
    let trees = chart.trees.prefix(Limits.trees)
    outlines = trees.map { TreeOutline($0.nodes, leafCount: chart.leaves.count) }
    levels = outlines.compactMap { $0.heights.max() }.max() ?? 0
    objection = Self.objection(chart, outlines, levels: levels)
    guard objection == nil else {
      (leafTexts, labels, edges) = ([], [], [0])
      return
    }
    leafTexts = chart.leaves.map {
      $0.isEmpty
        ? "(empty)"
        : TextWidth.fitted($0, width: Self.widestLeaf, fontSize: Self.fontSize, policy: .token)
    }
    labels = outlines.map { outline in
      outline.nodes.map {
        TextWidth.fitted($0.label, width: Self.widestLabel, fontSize: Self.smallSize)
      }
    }
    edges = Self.edges(leafTexts, outlines, labels)
  }

  /// Room of a node's frame: its label, and the mark before it.
  static func frameWidth(_ label: String, _ status: TreeChart.Status?) -> Double {
    TextWidth.of(label, fontSize: smallSize) + (status == nil ? 12 : 29)
  }

  /// Middle of a leaf's column.
  func center(ofLeaf leaf: Int) -> Double { (edges[leaf] + edges[leaf + 1]) / 2 }

  // MARK: - Columns

  /// Columns as wide as their leaves, and so wide together that every node's frame fits above those it covers:
  /// frames of one level never touch.
  private static func edges(
    _ leafTexts: [String], _ outlines: [TreeOutline], _ labels: [[String]]
  ) -> [Double] {
    var widths = leafTexts.map { max(20, TextWidth.of($0, fontSize: fontSize) + 10) }
    let frames = zip(outlines, labels).flatMap { outline, labels in
      zip(outline.nodes, labels).map { node, label in
        (leaves: node.leaves, width: frameWidth(label, node.status) + 8)
      }
    }
    // The smallest first: what a part needs, the whole has.
    for frame in frames.sorted(by: {
      ($0.leaves.count, $0.leaves.lowerBound) < ($1.leaves.count, $1.leaves.lowerBound)
    }) {
      let lacking = frame.width - widths[frame.leaves].reduce(0, +)
      if lacking > 0 {
        for leaf in frame.leaves { widths[leaf] += lacking / Double(frame.leaves.count) }
      }
    }
    return widths.reduce(into: [2]) { edges, width in edges.append((edges.last ?? 2) + width) }
  }

  // MARK: - What is not drawn

  private static func objection(_ chart: TreeChart, _ outlines: [TreeOutline], levels: Int) -> String? {
    func tooMany(_ count: Int, _ limit: Int, _ what: String) -> String? {
      guard count > limit else { return nil }
      return "Not drawn: there are \(NumberText.grouped(count)) \(what), and more than "
        + "\(NumberText.grouped(limit)) would not be readable. The table has the constituents."
    }
    if chart.leaves.isEmpty || chart.trees.isEmpty { return "There is no tree to draw." }
    let nodes = outlines.map(\.nodes.count).max() ?? 0
    if let reason = tooMany(chart.leaves.count, Limits.treeLeaves, "leaves")
      ?? tooMany(nodes, Limits.treeNodes, "constituents in one tree")
      ?? tooMany(levels, Limits.treeLevels, "levels")
    {
      return reason
    }
    return outlines.allSatisfy(\.isTree)
      ? nil
      : "Not drawn: constituents cross each other, or cover leaves that do not exist, so they are no tree. "
        + "The table has them."
  }
}
