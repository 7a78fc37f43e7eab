/// Byte-pair encoding: a word begins as single bytes or characters, and merges join neighbours by rank.
struct BytePairModel: Sendable {
  /// The vocabulary.
  let table: PieceTable
  let merges: MergeTable
  /// The merges in order of rank, as pairs of ids, for the fingerprint.
  let mergePairs: [(Int32, Int32)]
  let options: Options
  /// Whether words are raw bytes, each spelled in GPT-2's alphabet by the vocabulary.
  let readsRawBytes: Bool

  /// For raw bytes: the id of every byte, −1 where the vocabulary lacks it.
  private let byteIDs: [Int32]
  /// For byte fallback: the ids of `<0x00>` … `<0xFF>`, −1 where the vocabulary lacks one.
  private let fallbackIDs: [Int32]
  private let unknownID: Int32?

  /// The settings of a BPE model; the defaults are those of the reference.
  struct Options: Sendable {
    var unknownToken: String?
    var continuingPrefix: String?
    var wordSuffix: String?
    var fusesUnknown = false
    var fallsBackToBytes = false
    /// A word that the vocabulary holds as a whole is taken whole, whatever the merges say.
    var ignoresMerges = false
  }

  init(
    table: PieceTable, merges: MergeTable, mergePairs: [(Int32, Int32)], options: Options, readsRawBytes: Bool
  ) {
    self.table = table
    self.merges = merges
    self.mergePairs = mergePairs
    self.options = options
    self.readsRawBytes = readsRawBytes
    byteIDs =
      readsRawBytes && options.continuingPrefix == nil && options.wordSuffix == nil
      ? ByteAlphabet.scalars.map { table.id(String($0)) ?? -1 } : []
    fallbackIDs = options.fallsBackToBytes ? ByteAlphabet.fallbackIDs(in: table) : []
    unknownID = options.unknownToken.flatMap { table.id($0) }
  }

  /// Encodes one word. Symbols carry the bytes of the word that they cover; characters that the vocabulary lacks
  /// vanish when there is no unknown token, as in the reference.
  func encode(_ word: UnsafeBufferPointer<UInt8>, _ ends: WordEnds, with merger: inout SymbolMerger) {
    merger.symbols.removeAll(keepingCapacity: true)
    if options.ignoresMerges, ends.isWhole || !marksEnds, let id = wholeWord(word) {
      merger.symbols.append(Symbol(id: id, start: 0, end: Int32(word.count)))
      return
    }
    if byteIDs.isEmpty { seedScalars(word, ends, &merger.symbols) } else { seedBytes(word, &merger.symbols) }
    merger.merge(merges)
  }

  /// Whether characters are spelled otherwise at the ends of words.
  var marksEnds: Bool { options.continuingPrefix != nil || options.wordSuffix != nil }

  private func wholeWord(_ word: UnsafeBufferPointer<UInt8>) -> Int32? {
    readsRawBytes ? table.id(ByteAlphabet.encode(word)) : table.find(word)
  }

  private func seedBytes(_ word: UnsafeBufferPointer<UInt8>, _ symbols: inout [Symbol]) {
    for index in 0..<word.count {
      let id = byteIDs[Int(word[index])]
      let start = Int32(index)
      if id >= 0 {
        symbols.append(Symbol(id: id, start: start, end: start + 1))
      } else {
        appendUnknown(spelling: ByteAlphabet.encode(CollectionOfOne(word[index])), start, start + 1, &symbols)
      }
    }
  }

  /// One symbol a character (of the text, or of the alphabet's spelling of a byte), affixes attached.
  private func seedScalars(
    _ word: UnsafeBufferPointer<UInt8>, _ ends: WordEnds, _ symbols: inout [Symbol]
  ) {
    var index = 0
    while index < word.count {
      let length = readsRawBytes ? 1 : scalarLength(word[index])
      let bytes = word[index..<index + length]
      var spelling = readsRawBytes ? ByteAlphabet.encode(bytes) : String(decoding: bytes, as: UTF8.self)
      if index > 0 || !ends.begins, let prefix = options.continuingPrefix { spelling = prefix + spelling }
      if index + length == word.count, ends.ends, let suffix = options.wordSuffix { spelling += suffix }
      let range = (Int32(index), Int32(index + length))
      if let id = table.id(spelling) {
        symbols.append(Symbol(id: id, start: range.0, end: range.1))
      } else {
        appendUnknown(spelling: spelling, range.0, range.1, &symbols)
      }
      index += length
    }
  }

  /// Byte fallback if every byte has a token, else the unknown token, fused with one before it if so set.
  private func appendUnknown(spelling: String, _ start: Int32, _ end: Int32, _ symbols: inout [Symbol]) {
    if !fallbackIDs.isEmpty {
      let ids = spelling.utf8.map { fallbackIDs[Int($0)] }
      if ids.allSatisfy({ $0 >= 0 }) {
        // An affix adds bytes that the word does not have; they lie at its end.
        for (offset, id) in ids.enumerated() {
          let first = min(start + Int32(offset), end)
          symbols.append(Symbol(id: id, start: first, end: min(first + 1, end)))
        }
        return
      }
    }
    guard let unknownID else { return }
    if options.fusesUnknown, let last = symbols.last, last.id == unknownID, last.end == start {
      symbols[symbols.count - 1].end = end
    } else {
      symbols.append(Symbol(id: unknownID, start: start, end: end))
    }
  }
}
