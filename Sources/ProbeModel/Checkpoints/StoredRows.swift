/// Which rows of a stored tensor make up the one that is asked for.
///
/// Families store their maps fused or in an order of their own; hook points mean the same for all, so that rows are put
/// where Hugging Face's separate projections have them.
struct StoredRows: Sendable {
  /// Rows of the stored tensor.
  let count: Int
  /// The stored row at a row of the result.
  let row: @Sendable (Int) -> Int
  /// The first row, when the rows follow each other.
  var first: Int?

  /// Rows that follow each other.
  static func range(from first: Int, of count: Int) -> StoredRows {
    StoredRows(count: count, row: { first + $0 }, first: first)
  }

  /// Part `part` of maps that are fused head by head: for every head its rows of q, then of k, then of v.
  static func byHead(part: Int, of parts: Int, nHeads: Int, dHead: Int) -> StoredRows {
    StoredRows(
      count: parts * nHeads * dHead, row: { ($0 / dHead * parts + part) * dHead + $0 % dHead })
  }

  /// Part `part` of maps that are fused in blocks: every block holds its share of each part.
  static func byBlock(part: Int, of parts: Int, blocks: Int, width: Int) -> StoredRows {
    let share = width / blocks
    return StoredRows(
      count: parts * width, row: { ($0 / share * parts + part) * share + $0 % share })
  }

  /// Rotary pairs as neighbours, as GGUF stores Llama's q and k: inside a head, row j + s·dHead/2 (half s, pair j) of
  /// the original stands at 2j + s.
  static func neighbourPairs(heads: Int, dHead: Int) -> StoredRows {
    StoredRows(
      count: heads * dHead,
      row: { row in
        let (head, inside) = row.quotientAndRemainder(dividingBy: dHead)
        let (half, pair) = inside.quotientAndRemainder(dividingBy: dHead / 2)
        return head * dHead + 2 * pair + half
      })
  }
}
