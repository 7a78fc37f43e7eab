import Foundation
import ProbeMath

/// A search for what a split lets through: texts, and strings that carry the label, on both sides of it.
///
/// 1. **Duplicates.** The same text in two parts, whatever its labels.
/// 2. **Near-duplicates.** The weighted Jaccard similarity of two texts, over their words and pairs of neighbouring
///    words, each counted by its rarity ln(N/df): J = Σ_shared / Σ_either ≥ 0.95. Rarity is what keeps templates
///    apart: in "The capital of X is Y." the words that all sentences share weigh nothing, X and Y nearly
///    everything. Pairs of words keep "dog bites man" apart from "man bites dog". At 0.95 a text of ordinary length
///    may differ in common words, case and closing punctuation, not in a rare word.
/// 3. **Reversed label strings** (measured on capitals with the country as group: every test capital stood in
///    training with the opposite label, and a bag of tokens scored 9%). A word is *pure* when all training items that
///    hold it have one label. In natural text most rare words are pure by accident, and recur with either label; so
///    no single word decides. Each held-out item is given the label that most of its pure words had in training, each
///    group counts as reversed when most of its items are given a wrong one, and the split is refused when reversals
///    are more than accident: exact binomial P(≥ reversed | groups with pure words, p₀) < 0.001, where p₀ is the chance
///    that a given label and a true one, drawn independently, differ. With two balanced classes that takes 10 groups
///    of 10, or 25 of 30.
public struct LeakageAudit: Sendable, Codable, Equatable {
  /// Two items that should not stand on two sides.
  public struct Pair: Sendable, Codable, Equatable {
    /// Item indices.
    public let first, second: Int
    /// Similarity, 1 for identical texts.
    public let similarity: Double
  }

  /// A word that gave away a label in training and recurs with another.
  public struct Recurrence: Sendable, Codable, Equatable {
    /// The word.
    public let word: String
    /// Its label in training.
    public let trainingLabel: Int
    /// A held-out item that has it and another label.
    public let item: Int
  }

  /// Similarity from which texts count as near-duplicates.
  public static let defaultThreshold = 0.95
  /// Probability below which reversals are no accident.
  public static let significance = 0.001

  /// Identical texts in two parts.
  public let duplicates: [Pair]
  /// Nearly identical texts in two parts.
  public let nearDuplicates: [Pair]
  /// Held-out groups that hold pure words.
  public let groupsWithPureWords: Int
  /// Those of them whose pure words mostly had another label in training.
  public let reversedGroups: Int
  /// Probability of so many reversals by accident.
  public let reversalProbability: Double
  /// Up to ten examples of reversed words.
  public let recurrences: [Recurrence]

  /// Looks for leaks between the parts of a split.
  ///
  /// - Parameters:
  ///   - texts: the text of each item; only read.
  ///   - labels: class index of each item.
  ///   - groups: leakage unit of each item.
  ///   - parts: the split.
  ///   - threshold: similarity of near-duplicates; above 1 looks for none.
  public init(
    texts: [String], labels: [Int], groups: [String], parts: [GroupSplit.Part],
    threshold: Double = defaultThreshold
  ) {
    precondition(
      texts.count == labels.count && texts.count == groups.count && texts.count == parts.count,
      "LeakageAudit: \(texts.count) texts, \(labels.count) labels, \(groups.count) groups, \(parts.count) parts"
    )
    let words = texts.map { BagOfTokens.words(of: $0) }
    duplicates = Self.duplicates(texts, parts)
    nearDuplicates = Self.nearDuplicates(words, texts, parts, threshold: threshold)
    let reversal = ReversalCount(words: words, labels: labels, groups: groups, parts: parts)
    groupsWithPureWords = reversal.groups
    reversedGroups = reversal.reversed
    reversalProbability = reversal.probability
    recurrences = reversal.examples
  }

  /// Looks for label strings that recur reversed, and for nothing else: the strings are those of stretches or tokens, of
  /// which many are alike.
  ///
  /// - Parameter strings: what each item itself says.
  public init(
    ofLabelStrings strings: [String], labels: [Int], groups: [String], parts: [GroupSplit.Part]
  ) {
    (duplicates, nearDuplicates) = ([], [])
    let reversal = ReversalCount(
      words: strings.map { BagOfTokens.words(of: $0) }, labels: labels, groups: groups, parts: parts)
    (groupsWithPureWords, reversedGroups) = (reversal.groups, reversal.reversed)
    (reversalProbability, recurrences) = (reversal.probability, reversal.examples)
  }

  /// The error to refuse the split with, or nil when it is clean. `names` are the items' ids, for the text.
  public func refusal(names: [String]? = nil) -> StudyError? {
    func name(_ item: Int) -> String { names.map { "\"\($0[item])\"" } ?? "\(item)" }
    if let pair = duplicates.first ?? nearDuplicates.first {
      let isExact = !duplicates.isEmpty
      let similarity = String(format: "%.2f", pair.similarity)
      return StudyError(
        .duplicateAcrossSplit, at: "items \(name(pair.first)) and \(name(pair.second))",
        "\(duplicates.count) pairs of identical and \(nearDuplicates.count) of nearly identical texts stand on two "
          + "sides of the split, such as items \(name(pair.first)) and \(name(pair.second)) "
          + "(\(isExact ? "identical" : "similarity \(similarity)")): give such items one group.")
    }
    guard reversalProbability < Self.significance, let example = recurrences.first else { return nil }
    return StudyError(
      .reversedLabelStrings, at: "word \"\(example.word)\"",
      "Words that gave away the label in training recur with another one in \(reversedGroups) of "
        + "\(groupsWithPureWords) held-out groups, such as \"\(example.word)\" in item \(name(example.item)): a probe "
        + "that only memorised words would fall below chance. Let the group be the connected component over every "
        + "recurring entity of an item.")
  }

  private static func duplicates(_ texts: [String], _ parts: [GroupSplit.Part]) -> [Pair] {
    var seen: [String: [Int]] = [:]
    var pairs: [Pair] = []
    for (item, text) in texts.enumerated() {
      // One pair per item is enough to name it; all pairs of a text repeated a thousand times are not.
      if let other = seen[text]?.first(where: { parts[$0] != parts[item] }) {
        pairs.append(Pair(first: other, second: item, similarity: 1))
      }
      if !(seen[text]?.contains { parts[$0] == parts[item] } ?? false) {
        seen[text, default: []].append(item)
      }
    }
    return pairs
  }

  private static func nearDuplicates(
    _ words: [[String]], _ texts: [String], _ parts: [GroupSplit.Part], threshold: Double
  ) -> [Pair] {
    let index = ShingleIndex(words)
    var pairs: [Pair] = []
    for item in words.indices {
      for other in index.candidates(for: item, threshold: threshold)
      where other > item && parts[other] != parts[item] && texts[other] != texts[item] {
        let similarity = index.similarity(item, other)
        if similarity >= threshold { pairs.append(Pair(first: item, second: other, similarity: similarity)) }
      }
    }
    return pairs
  }
}

/// Words and pairs of neighbouring words of many texts, weighted by rarity.
private struct ShingleIndex {
  /// Shingles of each text, rarest first.
  private var shingles: [[Int]] = []
  private var weights: [Double] = []
  private var holders: [[Int]] = []
  private var totals: [Double] = []

  init(_ texts: [[String]]) {
    var numbers: [String: Int] = [:]
    for (item, words) in texts.enumerated() {
      // A blank cannot occur in a word, so pairs and words do not collide.
      let strings = words + zip(words, words.dropFirst()).map { $0 + " " + $1 }
      var own: Set<Int> = []
      for string in strings {
        let number = numbers[string] ?? numbers.count
        if number == numbers.count {
          numbers[string] = number
          holders.append([])
        }
        if own.insert(number).inserted { holders[number].append(item) }
      }
      shingles.append(Array(own))
    }
    let count = Double(texts.count)
    let weights = holders.map { log(count / Double($0.count)) }
    self.weights = weights
    for item in shingles.indices { shingles[item].sort { (weights[$1], $0) < (weights[$0], $1) } }
    totals = shingles.map { $0.reduce(0) { $0 + weights[$1] } }
  }

  /// Texts that can be as similar as `threshold`, in order.
  ///
  /// Such a text shares at least threshold · total of this one's weight, hence one of its rarest shingles: those
  /// after which less than that is left.
  func candidates(for item: Int, threshold: Double) -> [Int] {
    var left = totals[item]
    guard left > 0 else { return [] }
    var found: Set<Int> = []
    for shingle in shingles[item] {
      found.formUnion(holders[shingle])
      left -= weights[shingle]
      if left < threshold * totals[item] { break }
    }
    return found.sorted()
  }

  func similarity(_ a: Int, _ b: Int) -> Double {
    let other = Set(shingles[b])
    let shared = shingles[a].reduce(0) { other.contains($1) ? $0 + weights[$1] : $0 }
    let either = totals[a] + totals[b] - shared
    return either > 0 ? shared / either : 0
  }
}

/// How often words that had one label in training recur with another.
private struct ReversalCount {
  var groups = 0
  var reversed = 0
  var probability = 1.0
  var examples: [LeakageAudit.Recurrence] = []

  init(words: [[String]], labels: [Int], groups names: [String], parts: [GroupSplit.Part]) {
    var labelOf: [String: Int] = [:]
    var mixed: Set<String> = []
    for item in words.indices where parts[item] == .train {
      for word in words[item] {
        if let known = labelOf[word], known != labels[item] { mixed.insert(word) }
        labelOf[word] = labels[item]
      }
    }
    let classCount = (labels.max() ?? 0) + 1
    var given = [Double](repeating: 0, count: classCount)
    var actual = given
    var balance: [String: Int] = [:]
    for item in words.indices where parts[item] != .train {
      var votes = [Int](repeating: 0, count: classCount)
      for word in Set(words[item]).subtracting(mixed) { if let label = labelOf[word] { votes[label] += 1 } }
      guard let most = votes.max(), most > 0, votes.count(where: { $0 == most }) == 1,
        let label = votes.firstIndex(of: most)
      else { continue }
      given[label] += 1
      actual[labels[item]] += 1
      balance[names[item], default: 0] += label == labels[item] ? -1 : 1
      guard label != labels[item], examples.count < 10 else { continue }
      if let word = words[item].first(where: { labelOf[$0] == label && !mixed.contains($0) }) {
        examples.append(.init(word: word, trainingLabel: label, item: item))
      }
    }
    let decided = balance.values.filter { $0 != 0 }
    groups = decided.count
    reversed = decided.count(where: { $0 > 0 })
    let total = given.reduce(0, +)
    guard groups > 0, total > 0 else { return }
    let differ = 1 - zip(given, actual).reduce(0) { $0 + $1.0 / total * $1.1 / total }
    if differ > 0, differ < 1 {
      probability = binomialUpperTail(successes: reversed, trials: groups, differ)
    } else {
      // One label given and another true throughout, or the same: nothing is left to accident.
      probability = differ >= 1 && groups >= 10 ? 0 : 1
    }
  }
}
