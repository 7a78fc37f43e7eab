/// WordPiece: the longest piece of the vocabulary that begins the word, then the longest that continues it, and
/// so on; a word that cannot be spelled out this way is one unknown token.
/// Reference: Schuster & Nakajima (2012); Devlin et al., "BERT" (NAACL 2019).
struct WordPieceModel: Sendable {
  let table: PieceTable
  let unknownToken: String
  let unknownID: Int32
  /// What continuing pieces begin with in the vocabulary, `##`.
  let continuingPrefix: String
  /// Longer words, in characters, are unknown.
  let maximumCharacters: Int

  /// Encodes one word into symbols that carry the bytes they cover.
  func encode(_ word: UnsafeBufferPointer<UInt8>, _ ends: WordEnds, with merger: inout SymbolMerger) {
    merger.symbols.removeAll(keepingCapacity: true)
    let unknown = Symbol(id: unknownID, start: 0, end: Int32(word.count))
    if word.count(where: { $0 & 0xC0 != 0x80 }) > maximumCharacters {
      merger.symbols.append(unknown)
      return
    }
    let prefix = Array(continuingPrefix.utf8)
    prefix.withUnsafeBufferPointer { prefix in
      var start = 0
      while start < word.count {
        let head = start > 0 || !ends.begins ? prefix : UnsafeBufferPointer(start: nil, count: 0)
        guard let (id, end) = longest(word, from: start, head) else {
          merger.symbols.removeAll(keepingCapacity: true)
          merger.symbols.append(unknown)
          return
        }
        merger.symbols.append(Symbol(id: id, start: Int32(start), end: Int32(end)))
        start = end
      }
    }
  }

  private func longest(
    _ word: UnsafeBufferPointer<UInt8>, from start: Int, _ head: UnsafeBufferPointer<UInt8>
  ) -> (id: Int32, end: Int)? {
    // The hash folds byte by byte, so the hashes of all beginnings of the rest come in one pass.
    var hash = PieceTable.hash(head)
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: word.count - start) { hashes in
      for index in start..<word.count {
        hash = PieceTable.extend(hash, word[index])
        hashes[index - start] = hash
      }
      var end = word.count
      while end > start {
        let tail = UnsafeBufferPointer(rebasing: word[start..<end])
        if let id = table.find(hash: hashes[end - start - 1], head, tail) { return (id, end) }
        end -= 1
        while end > start, end < word.count, word[end] & 0xC0 == 0x80 { end -= 1 }
      }
      return nil
    }
  }
}
