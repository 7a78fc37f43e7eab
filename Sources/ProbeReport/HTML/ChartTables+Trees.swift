extension TreeChart {
  /// One row a constituent, tree by tree, from the root down and from left to right: with the depth, that is
  /// the whole tree.
  var table: Table {
    let hasStatus = trees.contains { $0.nodes.contains { $0.status != nil } }
    let rows = trees.flatMap { tree -> [Table.Row] in
      let outline = TreeOutline(tree.nodes, leafCount: leaves.count)
      return outline.nodes.indices.map { index in
        let node = outline.nodes[index]
        let status = node.status.map { Table.Cell.text($0.words) } ?? .missing
        return Table.Row(
          [
            .code(node.label), .text(tree.name), .count(outline.depths[index]),
            .text(Self.places(node.leaves)),
            .token(excerpt(node.leaves)),
          ] + (hasStatus ? [status] : []))
      }
    }
    let heads: [Table.Column] = [
      .init("Constituent"), .init("Tree"), .init("Depth"), .init("Leaves", detail: "first–last"),
      .init("Text"),
    ]
    return Table(
      title, columns: heads + (hasStatus ? [.init("Compared")] : []), rows: rows,
      note: hasStatus
        ? "Matched: the other tree has the same label over the same leaves." : "")
  }

  /// Leaves as they are numbered in the drawing, from 1: `3–7`.
  private static func places(_ leaves: Range<Int>) -> String {
    guard !leaves.isEmpty else { return "none" }
    let (first, last) = (leaves.lowerBound + 1, leaves.upperBound)
    return first == last
      ? NumberText.grouped(first) : "\(NumberText.grouped(first))–\(NumberText.grouped(last))"
  }

  /// The first leaves and the last one, each shortened: a row must stay short, however much its node covers.
  private func excerpt(_ covered: Range<Int>) -> String {
    let covered = covered.clamped(to: leaves.indices)
    func short(_ leaf: Int) -> String {
      let text = leaves[leaf].unicodeScalars
      let start = text.prefix(16)
      return String(start) + (start.endIndex < text.endIndex ? "…" : "")
    }
    let most = 8
    guard covered.count > most else { return covered.map(short).joined(separator: " ") }
    return (covered.prefix(most - 2).map(short) + ["…", short(covered.upperBound - 1)]).joined(separator: " ")
  }
}
