import ProbeModel

/// Which rows of imported activations belong to which example.
struct ImportedRows: Sendable {
  /// `pooled`: a row an example; `all`: a row a position.
  let positions: Positions
  /// Rows of each example of the corpus, in order and without holes.
  let ranges: [Range<Int>]

  /// Finds out what the rows are: a row an example where there are as many; else a row a position, by offsets or by the
  /// lengths of `token_ids`.
  ///
  /// - Throws: ``StoreError`` `.badInput` naming the file or the example where nothing fits.
  init(rowCount: Int, offsets: [Int]?, corpus: Corpus, path: String) throws {
    let lengths = corpus.examples.map { $0.tokenIDs?.count }
    if let offsets {
      positions = .all
      ranges = try Self.ranges(offsets, rowCount, corpus, path)
    } else if rowCount == corpus.examples.count {
      positions = .pooled
      ranges = (0..<rowCount).map { $0..<($0 + 1) }
    } else {
      let known = lengths.compactMap { $0 }
      let sum = known.reduce(0, +)
      guard known.count == lengths.count, sum == rowCount else {
        throw StoreError(
          .badInput, at: path,
          "\(rowCount) rows for \(lengths.count) examples"
            + (known.count == lengths.count ? " of \(sum) token_ids" : ""),
          advice:
            "Expected a row an example, or a row a position: then say with --offsets where each example "
            + "begins, or give all of them token_ids")
      }
      positions = .all
      var start = 0
      ranges = known.map { length in
        defer { start += length }
        return start..<(start + length)
      }
    }
  }

  private static func ranges(
    _ offsets: [Int], _ rowCount: Int, _ corpus: Corpus, _ path: String
  ) throws -> [Range<Int>] {
    let count = corpus.examples.count
    guard offsets.count == count + 1, offsets.first == 0, offsets.last == rowCount else {
      throw StoreError(
        .badInput, at: "\(path): offsets",
        "expected \(count + 1) offsets from 0 to \(rowCount) for \(count) examples and \(rowCount) rows, found "
          + "\(offsets.count)"
          + (offsets.isEmpty ? "" : " from \(offsets[0]) to \(offsets[offsets.count - 1])"))
    }
    return try zip(corpus.examples, zip(offsets, offsets.dropFirst())).map { example, ends in
      guard ends.0 <= ends.1 else {
        throw StoreError(
          .badInput, at: "\(path): offsets, example \"\(example.id)\"",
          "\(ends.1) follows \(ends.0): offsets never fall")
      }
      if let ids = example.tokenIDs, ids.count != ends.1 - ends.0 {
        throw StoreError(
          .badInput, at: "\(path): offsets, example \"\(example.id)\"",
          "\(ends.1 - ends.0) rows for \(ids.count) token_ids")
      }
      return ends.0..<ends.1
    }
  }

  /// The rows as a capture's plan: batches of whole examples, a pure function of the layout.
  func plan(of corpus: Corpus) -> CapturePlan {
    let sequences = corpus.examples.enumerated().map { index, example in
      let rows = ranges[index]
      // A position whose token nobody knows has the id −1.
      let unknown = [Int32](repeating: -1, count: positions == .pooled ? 0 : rows.count)
      let ids = example.tokenIDs?.map { Int32(clamping: $0) } ?? unknown
      return CapturePlan.Sequence(
        example: index, ids: ids, spans: [], leading: 0, trailing: 0, dropped: 0,
        selected: positions == .pooled ? [] : (0..<Int32(clamping: rows.count)).map { $0 },
        rowCount: rows.count, firstRow: rows.lowerBound)
    }
    return CapturePlan(
      positions: positions, sequences: sequences, batches: CapturePlan.pack(sequences), skipped: [],
      unalignedSpans: 0, absentPositions: 0, subsample: nil)
  }

  /// Index of the example that a row belongs to.
  func example(ofRow row: Int) -> Int {
    var (low, high) = (0, ranges.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= row { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
