/// Unigram: of all ways to spell a text in pieces, the one with the largest sum of scores (log probabilities).
///
/// The best path is found by the Viterbi algorithm over byte positions, from left to right. Among paths of equal
/// score the one met first stands, that is the one whose last piece begins furthest to the left. Characters that
/// no piece spells count as unknown, at ten less than the lowest score, and neighbours of that kind become one
/// token.
/// Reference: Kudo, "Subword Regularization" (ACL 2018); Kudo & Richardson, "SentencePiece" (EMNLP 2018).
struct UnigramModel: Sendable {
  /// The vocabulary.
  let table: PieceTable
  /// The score of every id.
  let scores: [Double]
  /// The token for what the vocabulary cannot spell; `nil` makes such text an error.
  let unknownID: Int32?
  /// Whether unknown text is spelled in `<0x00>` … `<0xFF>` where the vocabulary has them.
  let fallsBackToBytes: Bool

  private let trie: PieceTrie
  private let unknownScore: Double
  /// The ids of `<0x00>` … `<0xFF>`, −1 where the vocabulary lacks one; empty without byte fallback.
  private let fallbackIDs: [Int32]

  /// What an unknown character costs beyond the lowest score, in nats.
  private static let unknownPenalty = 10.0

  init(table: PieceTable, scores: [Double], unknownID: Int32?, fallsBackToBytes: Bool) {
    precondition(table.count == scores.count, "\(table.count) pieces, \(scores.count) scores")
    self.table = table
    self.scores = scores
    self.unknownID = unknownID
    self.fallsBackToBytes = fallsBackToBytes
    trie = PieceTrie(table.pieces)
    unknownScore = (scores.min() ?? .infinity) - Self.unknownPenalty
    fallbackIDs = fallsBackToBytes ? ByteAlphabet.fallbackIDs(in: table) : []
  }

  /// The last step of the best path to a position.
  private struct Step {
    var score: Double
    /// Where the piece begins; −1 while no path leads here.
    var start: Int32
    var id: Int32
  }

  /// Encodes one word into symbols that carry the bytes they cover. A character without a spelling gets the id −1
  /// if there is no unknown token.
  func encode(_ word: UnsafeBufferPointer<UInt8>, with merger: inout SymbolMerger) {
    merger.symbols.removeAll(keepingCapacity: true)
    guard !word.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: Step.self, capacity: word.count + 1) { steps in
      steps.initialize(repeating: Step(score: 0, start: -1, id: -1))
      findPath(word, steps)
      readPath(word, UnsafeBufferPointer(steps), &merger.symbols)
    }
  }

  private func findPath(_ word: UnsafeBufferPointer<UInt8>, _ steps: UnsafeMutableBufferPointer<Step>) {
    let unknown = unknownID ?? -1
    scores.withUnsafeBufferPointer { scores in
      trie.withWalk { walk in
        var start = 0
        while start < word.count {
          let score = steps[start].score
          let next = start + scalarLength(word[start])
          var spellsCharacter = false
          walk.forEachPiece(of: word, at: start) { id, end in
            spellsCharacter = spellsCharacter || end == next
            Self.take(Step(score: scores[Int(id)] + score, start: Int32(start), id: id), &steps[end])
          }
          if !spellsCharacter {
            Self.take(Step(score: unknownScore + score, start: Int32(start), id: unknown), &steps[next])
          }
          start = next
        }
      }
    }
  }

  @inline(__always)
  private static func take(_ candidate: Step, _ best: inout Step) {
    if best.start < 0 || candidate.score > best.score { best = candidate }
  }

  /// Follows the steps back from the end.
  private func readPath(
    _ word: UnsafeBufferPointer<UInt8>, _ steps: UnsafeBufferPointer<Step>, _ symbols: inout [Symbol]
  ) {
    let unknown = unknownID ?? -1
    var end = word.count
    var unknownEnd = end
    while end > 0 {
      let step = steps[end]
      let start = Int(step.start)
      if step.id != unknown {
        if end < unknownEnd { appendUnknown(word, end..<unknownEnd, &symbols) }
        symbols.append(Symbol(id: step.id, start: step.start, end: Int32(end)))
        unknownEnd = start
      }
      end = start
    }
    if unknownEnd > 0 { appendUnknown(word, 0..<unknownEnd, &symbols) }
    symbols.reverse()
  }

  /// A run of unknown characters: itself if the vocabulary does hold it, else its bytes, else the unknown token.
  /// Each of the bytes stands for the whole run, as in the reference. Appends from right to left.
  private func appendUnknown(
    _ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol]
  ) {
    let run = UnsafeBufferPointer(rebasing: word[range])
    func symbol(_ id: Int32) -> Symbol {
      Symbol(id: id, start: Int32(range.lowerBound), end: Int32(range.upperBound))
    }
    if let id = table.find(run) {
      symbols.append(symbol(id))
    } else if !fallbackIDs.isEmpty, run.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
      for byte in run.reversed() { symbols.append(symbol(fallbackIDs[Int(byte)])) }
    } else {
      symbols.append(symbol(unknownID ?? -1))
    }
  }
}

// MARK: - Reading

extension UnigramModel {
  /// Reads a `model` of type Unigram: `vocab` is a list of pieces with their scores, by id.
  init(_ node: JSONNode) throws(TokenizerError) {
    let vocabulary = try node.required("vocab")
    guard case .array(let entries) = vocabulary.tree else { throw vocabulary.wrongType("an array") }
    var pieces: [String] = []
    var scores: [Double] = []
    pieces.reserveCapacity(entries.count)
    scores.reserveCapacity(entries.count)
    for (id, entry) in entries.enumerated() {
      guard case .array(let pair) = entry, pair.count == 2, case .string(let piece) = pair[0],
        let score = Self.score(pair[1])
      else {
        throw JSONNode(entry, path: node.path, key: "\(vocabulary.key)[\(id)]").invalid(
          expected: "a piece and its score", found: Self.describe(entry))
      }
      pieces.append(piece)
      scores.append(score)
    }
    guard !pieces.isEmpty, pieces.count <= PieceTable.maximumID else {
      throw vocabulary.invalid(
        expected: "from 1 to \(PieceTable.maximumID) pieces", found: "\(pieces.count)")
    }
    let unknown = try node.child("unk_id")
    if let unknown, !pieces.indices.contains(try unknown.integer()) {
      throw TokenizerError(
        .corruptVocabulary, path: node.path, key: unknown.key,
        expected: "an id of the \(pieces.count) in the vocabulary", found: "\(try unknown.integer())",
        nextStep: "Export the tokenizer again with its own library.")
    }
    self.init(
      table: try PieceTable(distinct: pieces, path: node.path, key: vocabulary.key), scores: scores,
      unknownID: try unknown.map { node throws(TokenizerError) in Int32(try node.integer()) },
      fallsBackToBytes: try node.bool("byte_fallback", default: false))
  }

  private static func score(_ tree: JSONTree) -> Double? {
    switch tree {
    case .integer(let number): Double(number)
    case .number(let number): doublyRounded(number)
    default: nil
    }
  }

  private static func describe(_ tree: JSONTree) -> String {
    guard case .array(let elements) = tree else { return tree.typeName }
    return
      "[\(elements.prefix(3).map { $0.typeName }.joined(separator: ", "))\(elements.count > 3 ? ", …" : "")]"
  }

  /// A decimal number as the reference reads it: its digits as an integer, rounded, by a power of ten, rounded
  /// again. One score in eight comes out a unit in the last place off, and that decides between paths whose
  /// scores add up to the same.
  static func doublyRounded(_ number: Double) -> Double {
    var digits: UInt64 = 0
    var scale = 0
    let parts = "\(number.magnitude)".split(separator: "e", maxSplits: 1)
    guard let mantissa = parts.first else { return number }
    let pieces = mantissa.split(separator: ".", maxSplits: 1)
    for digit in pieces.joined().utf8 { digits = digits &* 10 &+ UInt64(digit &- UInt8(ascii: "0")) }
    if pieces.count == 2 { scale -= pieces[1].utf8.count }
    if parts.count == 2 { scale += Int(parts[1]) ?? 0 }
    // The shortest spelling of a double has at most 17 digits, so they fit.
    guard digits > 0, let power = Double("1e\(min(abs(scale), 308))"), abs(scale) <= 308 else {
      return number
    }
    let magnitude = scale < 0 ? Double(digits) / power : Double(digits) * power
    return number < 0 ? -magnitude : magnitude
  }
}
