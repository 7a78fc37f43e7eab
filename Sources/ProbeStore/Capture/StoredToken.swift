import ProbeModel

/// A token as the table `token` holds it, but for its text.
struct StoredToken: Equatable {
  /// From 0 at the first token of the text; sentinels before it have negative ones.
  let position: Int
  let id: Int32
  /// UTF-8 bytes of the text; nil for added tokens and where ids were given.
  let span: Range<Int32>?
  let isAdded: Bool
  /// Its row; nil where its position is not captured.
  let row: Int?
}

extension CapturePlan.Sequence {
  /// The sequence's tokens; those of a pooled capture have no rows.
  func stored(pooled: Bool) -> [StoredToken] {
    var next = pooled ? selected.endIndex : selected.startIndex
    return ids.indices.map { index in
      let isAdded = !own.contains(index)
      var row: Int?
      if next < selected.endIndex, selected[next] == Int32(index) {
        row = firstRow + next
        next += 1
      }
      return StoredToken(
        position: index - leading, id: ids[index], span: isAdded || spans.isEmpty ? nil : spans[index],
        isAdded: isAdded, row: row)
    }
  }
}

/// SHA-256 of what the tables `sequence` and `token` say, so that a store can be held to it.
struct PlanDigest: ~Copyable {
  private var digest = SHA256Digest()
  private var numbers: [Int64] = []

  init() { digest.update("probe plan 1\n".utf8) }

  mutating func sequence(
    ordinal: Int, firstRow: Int, rowCount: Int, tokenCount: Int, dropped: Int
  ) {
    numbers.append(contentsOf: [ordinal, firstRow, rowCount, tokenCount, dropped].map { Int64($0) })
    flush(at: 0)
  }

  mutating func token(_ token: StoredToken) {
    numbers.append(Int64(token.position))
    numbers.append(Int64(token.id))
    numbers.append(token.span.map { Int64($0.lowerBound) } ?? -1)
    numbers.append(token.span.map { Int64($0.upperBound) } ?? -1)
    numbers.append(token.isAdded ? 1 : 0)
    numbers.append(token.row.map { Int64($0) } ?? -1)
    flush(at: 1 << 12)
  }

  /// The digest as hexadecimal digits.
  consuming func finish() -> String {
    flush(at: 0)
    return digest.finish()
  }

  private mutating func flush(at limit: Int) {
    guard numbers.count > limit else { return }
    for index in numbers.indices { numbers[index] = numbers[index].littleEndian }
    numbers.withUnsafeBytes { digest.update($0) }
    numbers.removeAll(keepingCapacity: true)
  }
}

extension CapturePlan {
  /// SHA-256 of every sequence's tokens and rows (``PlanDigest``).
  var digest: String {
    var digest = PlanDigest()
    for sequence in sequences {
      digest.sequence(
        ordinal: sequence.example, firstRow: sequence.firstRow, rowCount: sequence.rowCount,
        tokenCount: sequence.ids.count, dropped: sequence.dropped)
      for token in sequence.stored(pooled: positions.isPooled) { digest.token(token) }
    }
    return digest.finish()
  }
}
