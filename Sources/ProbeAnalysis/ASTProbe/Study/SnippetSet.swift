import ProbeModel
import ProbeStore
import ProbeSyntax

/// The snippets of a study: what parsed, with gold trees, classes of labels, and the part of the split each is in.
///
/// Classes are numbered in the order of their first appearance over all parts: a label that training never shows can
/// be counted as missed, and not be guessed.
struct SnippetSet: Sendable {
  /// One of them.
  struct Snippet: Sendable {
    /// Index of its example in the capture.
    let example: Int
    let id: String
    let text: String
    let group: String
    /// Bytes of its leaves, in the order of the text.
    let leaves: [Range<Int>]
    let leafTexts: [String]
    let tuple: SyntaxTuple
    let gold: ConstituentTree
  }

  let snippets: [Snippet]
  let parts: [GroupSplit.Part]
  /// Classes of gap labels, and of unary labels.
  let labels: LabelNumbering
  let unaries: LabelNumbering
  let losses: Losses
  let notes: [String]

  /// What did not become a snippet.
  struct Losses: Sendable {
    var examples = 0
    var broken: [String] = []
    var singleLeaf = 0
    var unaligned = 0
  }

  /// Indices of the snippets of a part.
  func indices(_ part: GroupSplit.Part) -> [Int] { parts.indices.filter { parts[$0] == part } }

  /// Parses the examples and divides them.
  ///
  /// - Parameter isAligned: whether each leaf of an example shares a byte with a captured token.
  /// - Throws: `GrammarError` for a text that is too large; ``StudyError`` for too few groups or a split with holes.
  init(
    _ examples: [CapturedExample], grammar: Grammar, seed: UInt64,
    isAligned: (_ example: Int, _ leaves: [Range<Int>]) -> Bool
  ) throws {
    var losses = Losses()
    var snippets: [Snippet] = []
    for (index, captured) in examples.enumerated() {
      losses.examples += 1
      let example = captured.example
      guard let text = example.text else {
        losses.broken.append("\(example.id): has token ids and no text")
        continue
      }
      let tree: SyntaxTree
      switch try grammar.parse(text) {
      case .tree(let parsed): tree = parsed
      case .broken(let place):
        losses.broken.append("\(example.id): \(place)")
        continue
      }
      guard tree.leaves.count > 1 else {
        losses.singleLeaf += 1
        continue
      }
      let leaves = tree.leaves.map { tree.nodes[$0].range }
      guard isAligned(index, leaves) else {
        losses.unaligned += 1
        continue
      }
      let tuple = SyntaxTuple(tree)
      let bytes = Array(text.utf8)
      snippets.append(
        Snippet(
          example: index, id: example.id, text: text, group: example.group ?? example.id, leaves: leaves,
          leafTexts: leaves.map { String(decoding: bytes[$0], as: UTF8.self) }, tuple: tuple,
          gold: ConstituentTree(tuple)))
    }
    self.losses = losses
    self.snippets = snippets
    labels = LabelNumbering(snippets.lazy.flatMap { $0.tuple.labels })
    unaries = LabelNumbering(snippets.lazy.flatMap { $0.tuple.unaries })
    let split = try GroupSplit(
      labels: snippets.map { _ in 0 }, groups: snippets.map { $0.group }, needsClasses: false,
      given: snippets.map { examples[$0.example].example.split.flatMap { .init(rawValue: $0) } }, seed: seed)
    (parts, notes) = (split.parts, split.notes)
  }
}

/// Numbers labels in the order of their first appearance.
struct LabelNumbering: Sendable {
  private(set) var names: [SyntaxLabel] = []
  private var numbers: [SyntaxLabel: Int] = [:]

  init(_ labels: some Sequence<SyntaxLabel>) {
    for label in labels where numbers[label] == nil {
      numbers[label] = names.count
      names.append(label)
    }
  }

  /// The numbers of labels, all of which are known.
  func numbers(of labels: [SyntaxLabel]) -> [Int] { labels.compactMap { numbers[$0] } }
}
