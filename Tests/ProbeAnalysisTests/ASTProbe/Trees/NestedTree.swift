import ProbeAnalysis
import ProbeMath

/// A tree written as it looks, and the recursive definitions of everything, as in the paper.
indirect enum NestedTree: OrderedTree, CustomStringConvertible {
  case leaf(String)
  case node(String, [NestedTree])

  var root: NestedTree { self }

  func label(of node: NestedTree) -> String {
    switch node {
    case .leaf(let text): text
    case .node(let kind, _): kind
    }
  }

  func children(of node: NestedTree) -> [NestedTree] {
    switch node {
    case .leaf: []
    case .node(_, let children): children
    }
  }

  /// As brackets over numbered leaves: `(block 0 (call 1 2))`.
  var description: String {
    var next = 0
    return brackets(&next)
  }

  private func brackets(_ next: inout Int) -> String {
    switch self {
    case .leaf:
      next += 1
      return "\(next - 1)"
    case .node(let kind, let children):
      return "(" + ([kind] + children.map { $0.brackets(&next) }).joined(separator: " ") + ")"
    }
  }

  /// A tree of at most `depth` levels, with chains, wide nodes and kinds that hold the text form's own characters.
  static func random(_ stream: inout RandomStream, depth: Int, widest: Int = 6) -> NestedTree {
    if depth == 0 || stream.uniform() < 0.2 { return .leaf("t") }
    let kinds = ["a", "b", "c", "∅", "d/e", "f\\"]
    let count = stream.uniform() < 0.35 ? 1 : 2 + stream.index(below: widest - 1)
    return .node(
      kinds[stream.index(below: kinds.count)],
      (0..<count).map { _ in random(&stream, depth: depth - 1, widest: widest) })
  }
}

/// The binary tree of the paper, built and taken apart by recursion.
indirect enum TextbookBinaryTree {
  case leaf(unary: [String])
  case node([String], TextbookBinaryTree, TextbookBinaryTree)

  /// Rules 1 to 4 of binarization, carrying the chain read so far.
  init(_ tree: NestedTree, chain: [String] = []) {
    switch tree {
    case .leaf: self = .leaf(unary: chain)
    case .node(let kind, let children) where children.count == 1:
      self = TextbookBinaryTree(children[0], chain: chain + [kind])
    case .node(let kind, let children): self = Self.comb(children[...], label: chain + [kind])
    }
  }

  private static func comb(_ children: ArraySlice<NestedTree>, label: [String]) -> TextbookBinaryTree {
    let first = TextbookBinaryTree(children[children.startIndex])
    let rest = children.dropFirst()
    return .node(
      label, first, rest.count == 1 ? TextbookBinaryTree(rest[rest.startIndex]) : comb(rest, label: []))
  }

  /// Splits at the first largest number.
  init(heights: [Double], labels: [[String]], unaries: [[String]]) {
    guard let largest = heights.max(), let split = heights.firstIndex(of: largest) else {
      self = .leaf(unary: unaries[0])
      return
    }
    self = .node(
      labels[split],
      TextbookBinaryTree(
        heights: Array(heights[..<split]), labels: Array(labels[..<split]), unaries: Array(unaries[...split])),
      TextbookBinaryTree(
        heights: Array(heights[(split + 1)...]), labels: Array(labels[(split + 1)...]),
        unaries: Array(unaries[(split + 1)...])))
  }

  var height: Int {
    switch self {
    case .leaf: 0
    case .node(_, let left, let right): 1 + max(left.height, right.height)
    }
  }

  /// (d, c, u) by concatenation.
  var tuple: (d: [Int], c: [[String]], u: [[String]]) {
    switch self {
    case .leaf(let unary): return ([], [], [unary])
    case .node(let label, let left, let right):
      let (a, b) = (left.tuple, right.tuple)
      return (a.d + [height] + b.d, a.c + [label] + b.c, a.u + b.u)
    }
  }

  /// Depths of the nodes, from left to right.
  func depths(below depth: Int = 0) -> [Int] {
    switch self {
    case .leaf: []
    case .node(_, let left, let right):
      left.depths(below: depth + 1) + [depth] + right.depths(below: depth + 1)
    }
  }

  /// The syntax tree: ∅ gives its children away, chains unfold.
  var restored: NestedTree {
    if case .node([], let left, let right) = self {
      return .node("bad_root", left.fragments + right.fragments)
    }
    return fragments[0]
  }

  private var fragments: [NestedTree] {
    switch self {
    case .leaf(let unary): [unary.reversed().reduce(.leaf("t")) { .node($1, [$0]) }]
    case .node(let label, let left, let right):
      if let inner = label.last {
        [
          label.dropLast().reversed().reduce(.node(inner, left.fragments + right.fragments)) {
            .node($1, [$0])
          }
        ]
      } else {
        left.fragments + right.fragments
      }
    }
  }
}

extension ConstituentTree {
  /// As brackets over numbered leaves, by way of ``children(of:)``.
  var brackets: String {
    func text(_ child: Child) -> String {
      switch child {
      case .leaf(let leaf): "\(leaf)"
      case .node(let index):
        "(" + ([nodes[index].kind] + children(of: index).map(text)).joined(separator: " ") + ")"
      }
    }
    return text(root)
  }
}

extension SyntaxTuple {
  /// A tuple whose labels are in text form.
  init(_ heights: [Int], _ labels: String, _ unaries: String) throws {
    self.init(heights: heights, labels: try Self.labels(labels), unaries: try Self.labels(unaries))
  }

  private static func labels(_ text: String) throws -> [SyntaxLabel] {
    try text.split(separator: " ").map { word in
      guard let label = SyntaxLabel(word == "E" ? "∅" : String(word)) else {
        throw BadLabel(text: String(word))
      }
      return label
    }
  }

  struct BadLabel: Error { let text: String }
}
