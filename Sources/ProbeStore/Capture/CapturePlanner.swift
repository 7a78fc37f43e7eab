import ProbeModel

/// What a plan needs to know about the model: its context and its tokenizer.
struct PlanningModel {
  let name: String
  let nContext: Int
  let dVocab: Int
  /// Encodes a text with these leaves.
  typealias Encoder = (String, [Range<Int>]) throws -> [PlannedToken]

  /// Encodes as the capture's settings ask; nil where the checkpoint has no tokenizer.
  let encode: Encoder?
}

/// A token as the tokenizer returns it.
struct PlannedToken: Sendable {
  let id: Int
  let span: Range<Int>
  let isAdded: Bool
  /// Whether an added token belongs to the prompt of a chat format, and not to what is put around it.
  var isTemplate = false
}

extension CapturePlan {
  /// Tokenizes the corpus, selects positions and packs batches.
  ///
  /// - Parameter cost: what sequences take in the store, for ``CaptureSettings/maximumBytes``.
  /// - Throws: ``StoreError`` naming the example: `noTokenizer`, `tooLong`, `badInput`; `tooLarge`;
  ///   `TokenizerError`.
  init(corpus: Corpus, model: PlanningModel, settings: CaptureSettings, cost: RowCost) throws {
    var planner = CapturePlanner(
      corpus: corpus, model: model, positions: settings.positions, pieces: settings.pieces,
      overflow: settings.overflow)
    if settings.pieces != .whole, settings.chat != .raw {
      throw StoreError(
        .badInput, at: planner.location,
        "pieces \(settings.pieces.rawValue) with chat \(settings.chat.rawValue): a prompt is tokenized as a whole",
        advice: "Leave out one of them")
    }
    for index in corpus.examples.indices { try planner.add(index) }
    var layout = RowLayout(deduplicate: settings.deduplicate)
    var sequences = layout.assignRows(planner.sequences)
    guard layout.rowCount > 0 else {
      throw StoreError(
        .badInput, at: planner.location, "nothing is left to capture: \(planner.emptiness)",
        advice: settings.positions == .labelled ? "Give examples `spans`, or capture other positions" : "")
    }
    var subsample: Subsample?
    if let budget = try ByteBudget(settings, cost, of: sequences, at: planner.location) {
      sequences = layout.assignRows(try budget.keep(planner.sequences, of: corpus))
      subsample = Subsample(seed: budget.seed, count: sequences.count)
    }
    self.init(
      positions: settings.positions, sequences: sequences, batches: Self.pack(sequences),
      skipped: planner.skipped, unalignedSpans: planner.unalignedSpans,
      absentPositions: planner.absentPositions, subsample: subsample)
  }

  /// Consecutive sequences are packed until the next would not fit.
  static func pack(_ sequences: [Sequence]) -> [Batch] {
    var batches: [Batch] = []
    var open: [Int] = []
    var (tokens, filled) = (0, 0)
    func close() {
      guard let first = open.first, let last = open.last else { return }
      let start = sequences[first].firstRow
      let rows = sequences[last].firstRow + sequences[last].rowCount - start
      batches.append(Batch(sequences: open, firstRow: start, rowCount: rows, tokenCount: tokens))
      open = []
      (tokens, filled) = (0, 0)
    }
    for (index, sequence) in sequences.enumerated() where sequence.rowCount > 0 && !sequence.isCopy {
      // Imported rows may have no tokens.
      let size = max(sequence.ids.count, sequence.rowCount)
      if filled + size > tokensPerBatch { close() }
      open.append(index)
      filled += size
      tokens += sequence.ids.count
    }
    close()
    return batches
  }
}

/// Gives sequences their rows, in their order.
struct RowLayout {
  /// What makes two sequences the same: their tokens, and which of them are captured.
  private struct Content: Hashable {
    let ids: [Int32]
    let leading: Int
    let selected: [Int32]
  }

  private let deduplicate: Bool
  private(set) var rowCount = 0

  init(deduplicate: Bool) { self.deduplicate = deduplicate }

  mutating func assignRows(_ drafts: [CapturePlan.Sequence]) -> [CapturePlan.Sequence] {
    rowCount = 0
    var sequences = drafts
    var seen: [Content: Int] = [:]
    for index in sequences.indices {
      if deduplicate, sequences[index].rowCount > 0 {
        let draft = sequences[index]
        let content = Content(ids: draft.ids, leading: draft.leading, selected: draft.selected)
        if let first = seen[content] {
          sequences[index].firstRow = sequences[first].firstRow
          sequences[index].isCopy = true
          continue
        }
        seen[content] = index
      }
      sequences[index].firstRow = rowCount
      rowCount += sequences[index].rowCount
    }
    return sequences
  }
}

/// Turns examples into sequences, one after the other.
private struct CapturePlanner {
  let corpus: Corpus
  let model: PlanningModel
  let positions: Positions
  let pieces: Pieces
  let overflow: OverflowPolicy
  var sequences: [CapturePlan.Sequence] = []
  var skipped: [String] = []
  var unalignedSpans = 0
  var absentPositions = 0

  var location: String { corpus.path.isEmpty ? "corpus" : corpus.path }

  var emptiness: String {
    if sequences.isEmpty { return "every example is longer than the context of \(model.nContext) tokens" }
    return positions == .labelled
      ? "no labelled span shares a byte with a token" : "no sequence has position \(positions.rawValue)"
  }

  mutating func add(_ index: Int) throws {
    let example = corpus.examples[index]
    let place = "\(location), example \"\(example.id)\""
    var tokens = try tokens(of: example, place)
    let leading = tokens.prefix { $0.isAdded }.count
    let trailing = tokens[leading...].reversed().prefix { $0.isAdded }.count
    guard leading + trailing < tokens.count else {
      throw StoreError(
        .badInput, at: place, "the text gives no token of its own",
        advice: "Remove the example, or give it a text")
    }
    let excess = tokens.count - model.nContext
    if excess > 0 {
      switch overflow {
      case .error: throw tooLong(place, tokens.count)
      case .skip:
        skipped.append(example.id)
        return
      case .truncate:
        guard leading + trailing < model.nContext else { throw tooLong(place, tokens.count) }
        let end = tokens.count - trailing
        tokens.removeSubrange((end - excess)..<end)
      }
    }
    append(example: index, tokens, leading: leading, trailing: trailing, dropped: max(excess, 0))
  }

  private func tooLong(_ place: String, _ count: Int) -> StoreError {
    StoreError(
      .tooLong, at: place, "\(count) tokens, the context of \(model.name) holds \(model.nContext)",
      advice: "Shorten it, or set overflow to `truncate` or `skip`")
  }

  private func tokens(of example: Example, _ place: String) throws -> [PlannedToken] {
    let tokens: [PlannedToken]
    if let ids = example.tokenIDs {
      tokens = ids.map { PlannedToken(id: $0, span: 0..<0, isAdded: false) }
    } else {
      guard let encode = model.encode else {
        throw StoreError(
          .noTokenizer, at: place, "the example gives a text, and \(model.name) has no tokenizer",
          advice: "Put a tokenizer.json beside the checkpoint, or give `token_ids`")
      }
      tokens = try encode(example.text ?? "", pieces == .whole ? [] : example.leaves(for: pieces, at: place))
    }
    if let index = tokens.firstIndex(where: { $0.id < 0 || $0.id >= model.dVocab }) {
      throw StoreError(
        .badInput, at: place,
        "token \(index) has the id \(tokens[index].id), the vocabulary of \(model.name) has \(model.dVocab)")
    }
    return tokens
  }

  private mutating func append(
    example index: Int, _ tokens: [PlannedToken], leading: Int, trailing: Int, dropped: Int
  ) {
    let example = corpus.examples[index]
    let own = leading..<(tokens.count - trailing)
    // Spans that no token overlaps are counted whatever the positions: a probe would miss them silently.
    let labelled = ByteCover(example.spans.map { $0.start..<$0.end })
    let covered = ByteCover(example.spans.isEmpty ? [] : tokens.map { $0.span })
    unalignedSpans += example.spans.count { !covered.overlaps($0.start..<$0.end) }
    let selected: [Int] =
      switch positions {
      case .all: Array(tokens.indices)
      // The prompt of a chat format ends behind the text.
      case .last: [tokens.lastIndex { !$0.isAdded || $0.isTemplate } ?? own.upperBound - 1]
      case .labelled: own.filter { labelled.overlaps(tokens[$0].span) }
      case .mean, .pooled: Array(own)
      case .at, .every: positions.listed(in: own)
      }
    if case .at(let list) = positions {
      absentPositions += list.count { !own.contains($0 < 0 ? own.upperBound + $0 : own.lowerBound + $0) }
    }
    let rowCount = positions.isPooled ? 1 : selected.count
    sequences.append(
      CapturePlan.Sequence(
        example: index, ids: tokens.map { Int32($0.id) },
        spans: example.tokenIDs == nil
          ? tokens.map { Int32($0.span.lowerBound)..<Int32($0.span.upperBound) } : [],
        leading: leading, trailing: trailing, dropped: dropped, selected: selected.map { Int32($0) },
        rowCount: rowCount))
  }
}
