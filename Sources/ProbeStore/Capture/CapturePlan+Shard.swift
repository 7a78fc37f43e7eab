/// Cutting a plan into parts, each for a process of its own.
extension CapturePlan {
  /// Part `shard.index` of `shard.count`: consecutive batches of about as many tokens as the other parts'.
  ///
  /// Cut at the plan's batches, so that the parts together are computed exactly as the whole. Rows count from 0 in
  /// each part. A part may be empty when there are fewer batches than parts.
  func part(_ shard: Shard) -> CapturePlan {
    let range = batchRange(of: shard)
    let firstRow = range.lowerBound < batches.count ? batches[range.lowerBound].firstRow : rowCount
    var places: [Int: Int] = [:]
    var part: [Sequence] = []
    var current = 0
    for index in sequences.indices {
      if current + 1 < batches.count, index >= batches[current + 1].sequences[0] { current += 1 }
      // A copy goes with the rows that it shares; a sequence without rows with its neighbours.
      let batch = sequences[index].isCopy ? self.batch(ofRow: sequences[index].firstRow) : current
      guard range.contains(batch) else { continue }
      places[index] = part.count
      part.append(sequences[index])
      part[part.count - 1].firstRow -= firstRow
    }
    return CapturePlan(
      positions: positions, sequences: part,
      batches: batches[range].map { batch in
        Batch(
          sequences: batch.sequences.compactMap { places[$0] }, firstRow: batch.firstRow - firstRow,
          rowCount: batch.rowCount, tokenCount: batch.tokenCount)
      }, skipped: skipped, unalignedSpans: unalignedSpans, absentPositions: absentPositions,
      subsample: subsample)
  }

  /// The batches of a part: those that begin in its share of the tokens.
  func batchRange(of shard: Shard) -> Range<Int> {
    var starts: [Int] = []
    var tokens = 0
    for batch in batches {
      starts.append(tokens)
      tokens += batch.tokenCount
    }
    func boundary(_ index: Int) -> Int {
      // By products, not quotients: the parts must fit together exactly.
      starts.firstIndex { $0 * shard.count >= tokens * index } ?? batches.count
    }
    return boundary(shard.index)..<boundary(shard.index + 1)
  }

  private func batch(ofRow row: Int) -> Int {
    var (low, high) = (0, batches.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if batches[middle].firstRow <= row { low = middle } else { high = middle }
    }
    return low
  }
}
