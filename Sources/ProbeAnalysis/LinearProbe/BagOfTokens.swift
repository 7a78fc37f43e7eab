import ProbeMath

/// Token counts as features: what the words alone say, whatever their order.
///
/// The vocabulary comes from training items; tokens never seen there have no column.
public struct BagOfTokens: Sendable, Codable, Equatable {
  /// Tokens by column: by falling number of training items that hold them, then by their bytes.
  public let vocabulary: [String]

  /// Learns the vocabulary of the given items.
  ///
  /// - Parameter limit: most tokens kept, the commonest first.
  public init(_ bags: [[String]], rows: [Int], limit: Int = 4096) {
    var frequency: [String: Int] = [:]
    for row in rows { for token in Set(bags[row]) { frequency[token, default: 0] += 1 } }
    let ordered = frequency.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    vocabulary = ordered.prefix(limit).map { $0.key }
  }

  /// Counts, `[items, vocabulary]`; one column of zeros when the vocabulary is empty.
  public func features(_ bags: [[String]]) -> Tensor {
    let columns = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
    var counts = Tensor([bags.count, max(1, vocabulary.count)])
    for (row, bag) in bags.enumerated() {
      for token in bag { if let column = columns[token] { counts[row, column] += 1 } }
    }
    return counts
  }

  /// The words of a text, lower-cased: runs of letters and digits, and each other visible character by itself, save
  /// the punctuation that ends or quotes a sentence.
  public static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text.lowercased() {
      if character.isLetter || character.isNumber {
        word.append(character)
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = ""
      if !character.isWhitespace, !".,;:!?\"'“”‘’".contains(character) { words.append(String(character)) }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}
