/// WordLevel: a word is a token of the vocabulary or the unknown token.
struct WordLevelModel: Sendable {
  /// The vocabulary.
  let table: PieceTable
  let unknownToken: String
  /// `nil` makes a word that the vocabulary lacks an error.
  let unknownID: Int32?

  /// Encodes one word into a symbol that covers it; its id is −1 if there is none and no unknown token either.
  func encode(_ word: UnsafeBufferPointer<UInt8>, with merger: inout SymbolMerger) {
    merger.symbols.removeAll(keepingCapacity: true)
    let id = table.find(word) ?? unknownID ?? -1
    merger.symbols.append(Symbol(id: id, start: 0, end: Int32(word.count)))
  }
}
