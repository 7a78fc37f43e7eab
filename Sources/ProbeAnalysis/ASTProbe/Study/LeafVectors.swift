import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import Synchronization

/// The vectors of all leaves of a study at one place.
///
/// They are read or computed when first asked for: a fit that the archive has needs none.
final class LeafVectors: Sendable {
  /// dModel.
  let width: Int
  /// Rows of each snippet's leaves; nil for a snippet that has none here.
  let rows: [Range<Int>?]
  /// What the vectors follow from, for the archive of fits: nothing else may change them.
  let source: String
  private let made = Mutex<Tensor?>(nil)
  private let make: @Sendable () throws -> Tensor

  /// - Parameter make: reads or computes the vectors, `[leaves, dModel]`.
  init(
    width: Int, rows: [Range<Int>?], source: String, make: @escaping @Sendable () throws -> Tensor
  ) {
    (self.width, self.rows, self.source, self.make) = (width, rows, source, make)
  }

  /// `[leaves, dModel]`.
  ///
  /// - Throws: what reading or computing throws.
  func tensor() throws -> Tensor {
    try made.withLock { made in
      if let made { return made }
      let tensor = try make()
      made = tensor
      return tensor
    }
  }
}

/// Leaves of a study's snippets, by the tokens of one model: where vectors come from.
struct LeafLayout: Sendable {
  let alignments: [LeafAlignment?]
  /// Rows of each snippet's leaves in the matrix of vectors.
  let rows: [Range<Int>?]

  /// Snippets whose every leaf has a token get rows, one leaf after the other.
  init(_ alignments: [LeafAlignment?]) {
    var next = 0
    self.alignments = alignments.map { $0?.isComplete == true ? $0 : nil }
    rows = self.alignments.map { alignment in
      guard let alignment else { return nil }
      defer { next += alignment.tokens.count }
      return next..<next + alignment.tokens.count
    }
  }

  var leafCount: Int { rows.lazy.compactMap { $0?.upperBound }.max() ?? 0 }
  var audit: ASTProbeFindings.AlignmentAudit { .init(alignments.lazy.compactMap { $0 }) }
}

/// Reads vectors of leaves from a capture.
struct StoredLeaves: Sendable {
  let layout: LeafLayout
  private let store: ActivationStore
  private let capture: CaptureRecord
  private let pooling: LeafPooling

  /// - Parameter examples: of each snippet, the index of its example in the capture; nil where it lacks the example.
  init(
    _ set: [SnippetSet.Snippet], examples: [Int?], tokens: [[CapturedToken]], store: ActivationStore,
    capture: CaptureRecord
  ) {
    let layout = LeafLayout(
      zip(set, examples).map { snippet, example in
        example.map { Self.alignment(snippet.leaves, tokens[$0]) }
      })
    var rows: [[Int]] = []
    for (alignment, example) in zip(layout.alignments, examples) {
      guard let alignment, let example else { continue }
      rows += alignment.tokens.map { $0.compactMap { tokens[example][$0].row } }
    }
    (self.layout, self.store, self.capture) = (layout, store, capture)
    pooling = LeafPooling(rows: rows, rowCount: capture.rowCount)
  }

  /// Leaves against the tokens that were captured: one without a row is none.
  static func alignment(_ leaves: [Range<Int>], _ tokens: [CapturedToken]) -> LeafAlignment {
    LeafAlignment(
      leaves: leaves, spans: tokens.map { $0.row == nil || $0.isAdded ? nil : $0.span })
  }

  /// The leaves' vectors at a point. Reading them may throw errors of the store.
  func vectors(_ point: HookPoint) -> LeafVectors {
    let width = capture.point(point)?.width ?? 0
    return LeafVectors(
      width: width, rows: layout.rows, source: "capture \(capture.identity) \(point.name)"
    ) {
      try read(point, width: width)
    }
  }

  private func read(_ point: HookPoint, width: Int) throws -> Tensor {
    var vectors = Tensor([pooling.leafCount, width])
    try vectors.elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      try store.forEachBlock(point, of: capture) { rows, values in
        if let values = values.baseAddress { pooling.add(values, rows: rows, width: width, to: target) }
      }
    }
    return vectors
  }
}

/// Computes vectors of leaves by running a model, where nothing was captured.
struct LiveLeaves: Sendable {
  let layout: LeafLayout
  private let model: HookedTransformer
  private let sequences: [[Int]]
  private let source: String

  /// Tokens of a pass, about.
  private static let tokensPerBatch = 2048

  /// Tokenizes the snippets; one beyond the context is left out.
  ///
  /// - Throws: ``SpecError`` `.notApplicable` for a model without tokenizer; `TokenizerError`.
  init(
    _ set: [SnippetSet.Snippet], model: HookedTransformer, identity: String, pieces: Pieces,
    sentinel: Tokenizer.Sentinel
  ) throws {
    guard let tokenizer = model.tokenizer else {
      throw SpecError(
        .notApplicable, at: model.name, "the model has no tokenizer, so it cannot read snippets")
    }
    var cache = EncodingCache()
    var sequences: [[Int]] = []
    var alignments: [LeafAlignment?] = []
    for snippet in set {
      let encoding = try tokenizer.encode(
        snippet.text, pieces: pieces, leaves: snippet.leaves, sentinel: sentinel, cache: &cache)
      sequences.append(encoding.ids)
      alignments.append(
        encoding.tokens.count > model.config.nContext
          ? nil
          : LeafAlignment(
            leaves: snippet.leaves, spans: encoding.tokens.map { $0.isAdded ? nil : $0.span }))
    }
    (self.model, self.sequences) = (model, sequences)
    layout = LeafLayout(alignments)
    source = "live \(identity) \(pieces.rawValue) \(sentinel.rawValue)"
  }

  /// The leaves' vectors at a point. Computing them may throw errors of the model.
  ///
  /// - Throws: ``SpecError`` `.notApplicable` for a point that the model lacks.
  func vectors(_ point: HookPoint) throws -> LeafVectors {
    guard let shape = model.rowShape(of: point), !point.site.isRagged else {
      throw SpecError(.notApplicable, at: point.name, "\(model.name) has no vectors of fixed width there")
    }
    let width = shape.reduce(1, *)
    return LeafVectors(width: width, rows: layout.rows, source: "\(source) \(point.name)") {
      try run(point, width: width)
    }
  }

  private func run(_ point: HookPoint, width: Int) throws -> Tensor {
    var vectors = Tensor([layout.leafCount, width])
    let workspace = model.makeWorkspace(threads: availableProcessors)
    try vectors.elements.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for batch in batches() {
        let pooling = LeafPooling(
          rows: leafRows(batch), rowCount: batch.reduce(0) { $0 + sequences[$1].count })
        let first = batch.lazy.compactMap { layout.rows[$0]?.lowerBound }.first ?? 0
        try model.run(TokenBatch(batch.map { sequences[$0] }), observing: [point], in: workspace) { view in
          guard let values = view.values.baseAddress else { return }
          pooling.add(values, rows: 0..<view.batch.rowCount, width: width, to: target + first * width)
        }
      }
    }
    return vectors
  }

  /// Snippets that have vectors, in order, in batches.
  private func batches() -> [[Int]] {
    var batches: [[Int]] = []
    var filled = 0
    for index in sequences.indices where layout.rows[index] != nil {
      if batches.isEmpty || filled + sequences[index].count > Self.tokensPerBatch {
        batches.append([])
        filled = 0
      }
      batches[batches.count - 1].append(index)
      filled += sequences[index].count
    }
    return batches
  }

  /// Of each leaf of a batch, the rows of its tokens in the packed batch.
  private func leafRows(_ batch: [Int]) -> [[Int]] {
    var rows: [[Int]] = []
    var start = 0
    for index in batch {
      rows += (layout.alignments[index]?.tokens ?? []).map { $0.map { start + $0 } }
      start += sequences[index].count
    }
    return rows
  }
}
