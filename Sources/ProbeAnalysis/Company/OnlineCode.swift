import Foundation
import ProbeMath

/// Minimum description length by the online code: how many bits the labels take when a probe that has seen the items
/// before each block says what it expects of it.
///
///     L = t₁ · log₂ K − Σᵢ log₂ p(y of block i | probe of the blocks before it)
///
/// Blocks end at ``Settings/fractions`` of the items and consist of whole groups in random order; the strength of each
/// probe is chosen inside its own prefix. Probabilities are mixed with the uniform one, p′ = (1 − ε) p + ε/K, so that no
/// item costs more than log₂(K/ε) bits; a prefix of a single class is answered by class shares, (n_c + ½)/(n + K/2),
/// without a probe. A probe that learns early codes short: unlike accuracy, L sees how easily a label can be read.
/// Labels that have nothing to do with the features give L ≥ n·H(y), up to chance.
///
/// Reference: Voita & Titov, "Information-Theoretic Probing with Minimum Description Length", EMNLP 2020.
public struct OnlineCode: Sendable, Codable, Equatable {
  /// How the code is made.
  public struct Settings: Sendable, Codable, Equatable {
    /// Where blocks end, as shares of the items.
    public var fractions = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1]
    /// Random orders of the groups.
    public var orders = 5
    /// Most items that are coded; of more, whole groups are drawn.
    public var mostItems = 4096
    /// ε, the share of the uniform distribution.
    public var smoothing = 1e-3
    /// Folds that choose the strength inside a prefix.
    public var folds = 3
    /// Strengths λ to choose from.
    public var strengths = LogisticProbeFitter.defaultStrengths

    /// The usual ones.
    public init() {}
  }

  /// One label vector's code.
  public struct Code: Sendable, Codable, Equatable {
    /// One code an order of the groups.
    public let orders: [Order]
    /// n·H(y), bits: what the labels take when only their shares are known.
    public let labelBits: Double

    /// L, bits, mean over the orders.
    public var bits: Double { orders.reduce(0) { $0 + $1.bits } / Double(orders.count) }
    /// Standard deviation of L between orders (divisor orders − 1), bits; 0 for one order.
    public var spread: Double {
      let mean = bits
      let squares = orders.reduce(0) { $0 + ($1.bits - mean) * ($1.bits - mean) }
      return orders.count > 1 ? (squares / Double(orders.count - 1)).squareRoot() : 0
    }
    /// n·H(y) / L: 1 where the features say nothing, more where they do.
    public var compression: Double { labelBits / bits }
  }

  /// The code of one order.
  public struct Order: Sendable, Codable, Equatable {
    /// In the order of coding; the first is coded uniformly.
    public let blocks: [Block]
    /// L, bits.
    public var bits: Double { blocks.reduce(0) { $0 + $1.bits } }
  }

  /// Items coded together.
  public struct Block: Sendable, Codable, Equatable {
    /// Items before it, which its probe has seen.
    public let before: Int
    /// Items in it.
    public let items: Int
    /// Its code length.
    public let bits: Double
    /// λ of its probe; nil where no probe was asked.
    public let strength: Double?
  }

  /// How it was made.
  public let settings: Settings
  /// Items coded, and those there were: fewer are coded than there were above ``Settings/mostItems``.
  public let items, availableItems: Int
  /// Groups coded, and those there were.
  public let groups, availableGroups: Int
  /// Number of classes K.
  public let classCount: Int
  /// The labels' code.
  public let code: Code
  /// The code of control labels in the same orders; nil where none were given.
  public let control: Code?

  /// n·log₂ K, bits: what the labels take when nothing is known.
  public var uniformBits: Double { Double(items) * log2(Double(classCount)) }

  /// Codes the labels of some items.
  ///
  /// - Parameters:
  ///   - features: `[items, d]`.
  ///   - labels: class index of each item.
  ///   - classes: names of the classes, at least two.
  ///   - groups: leakage unit of each item: a block holds whole groups.
  ///   - control: other labels of the same items, coded in the same orders.
  ///   - rows: the items to code; all, unless said otherwise.
  ///   - seed: of the orders, the items drawn and the folds.
  /// - Throws: ``StudyError`` `.tooFewGroups` when there are no two blocks of whole groups.
  public init(
    features: Tensor, labels: [Int], classes: [String], groups: [String], control: [Int]? = nil,
    rows: [Int]? = nil, settings: Settings = Settings(), seed: UInt64
  ) throws(StudyError) {
    precondition(settings.orders > 0 && settings.mostItems > 0, "OnlineCode: settings \(settings)")
    precondition(settings.smoothing > 0 && settings.smoothing < 1, "OnlineCode: ε \(settings.smoothing)")
    var fit = TunedFit(
      features: features, labels: labels, classes: classes, groups: groups, strengths: settings.strengths)
    fit.folds = settings.folds
    let rows = rows ?? Array(labels.indices)
    let coded = fit.capped(rows, to: settings.mostItems, RandomStream(seed: seed, "online-code", "items"))
    let fits = [fit] + (control.map { [fit.with(labels: $0, groups: groups)] } ?? [])
    let coders = fits.map { Coder(fit: $0, rows: coded, settings: settings) }
    let orders = try concurrently(fits.count * settings.orders) { (index: Int) throws(StudyError) -> Order in
      try coders[index / settings.orders].order(index % settings.orders, seed: seed)
    }
    let codes = fits.enumerated().map { place, fit in
      Code(
        orders: Array(orders[place * settings.orders..<(place + 1) * settings.orders]),
        labelBits: Self.entropy(coded.map { fit.labels[$0] }))
    }
    self.settings = settings
    (items, availableItems) = (coded.count, rows.count)
    (self.groups, availableGroups) = (fit.groupCount(coded), fit.groupCount(rows))
    classCount = classes.count
    code = codes[0]
    self.control = codes.count > 1 ? codes[1] : nil
  }

  /// n·H(y) in bits, H being the entropy of the labels' shares.
  static func entropy(_ labels: [Int]) -> Double {
    let counts = labels.reduce(into: [Int: Double]()) { $0[$1, default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.reduce(0) {
      $0 - $1.value * log2($1.value / Double(labels.count))
    }
  }
}

/// Codes the labels of one order of the groups.
private struct Coder: Sendable {
  let fit: TunedFit
  /// The items to code.
  let rows: [Int]
  let settings: OnlineCode.Settings

  private var classCount: Int { fit.classes.count }

  func order(_ index: Int, seed: UInt64) throws(StudyError) -> OnlineCode.Order {
    var stream = RandomStream(seed: seed, "online-code", "order", "\(index)")
    let groups = fit.shuffledGroups(rows, &stream)
    let blocks = blocks(of: groups)
    guard blocks.count > 1 else {
      throw StudyError(
        .tooFewGroups, at: "online code",
        "\(groups.count) groups of \(groups.joined().count) items make no two blocks of at least \(leastBlock) items: "
          + "nothing can be learned from one and tried on the next. Use more groups.")
    }
    var seen: [Int] = []
    var coded: [OnlineCode.Block] = []
    for (place, block) in blocks.enumerated() {
      coded.append(
        self.block(block, after: seen, RandomStream(seed: seed, "online-code", "\(index)", "\(place)")))
      seen += block
    }
    return OnlineCode.Order(blocks: coded)
  }

  /// Fewer items than this join the next block: they would cost a fit and teach next to nothing.
  private var leastBlock: Int { max(8, 2 * classCount) }

  /// Items by block: a block ends with the group that reaches the next fraction.
  private func blocks(of groups: [[Int]]) -> [[Int]] {
    let total = groups.reduce(0) { $0 + $1.count }
    let ends = settings.fractions.map { Double(total) * $0 }.sorted()
    var blocks: [[Int]] = []
    var (block, taken, next) = ([Int](), 0, 0)
    for group in groups {
      block += group
      taken += group.count
      guard block.count >= leastBlock, next < ends.count, Double(taken) >= ends[next] else { continue }
      while next < ends.count, ends[next] <= Double(taken) { next += 1 }
      blocks.append(block)
      block = []
    }
    guard !block.isEmpty else { return blocks }
    if block.count >= leastBlock || blocks.isEmpty {
      blocks.append(block)
    } else {
      // A rest too small for a block of its own.
      blocks[blocks.count - 1] += block
    }
    return blocks
  }

  /// The code of `block` by someone who has seen the labels of `seen`.
  private func block(_ block: [Int], after seen: [Int], _ stream: RandomStream) -> OnlineCode.Block {
    let (k, n) = (Double(classCount), Double(seen.count))
    func coded(_ bits: Double, _ strength: Double? = nil) -> OnlineCode.Block {
      OnlineCode.Block(before: seen.count, items: block.count, bits: bits, strength: strength)
    }
    guard !seen.isEmpty else { return coded(Double(block.count) * log2(k)) }
    var counts = [Double](repeating: 0, count: classCount)
    for item in seen { counts[fit.labels[item]] += 1 }
    guard counts.count(where: { $0 > 0 }) > 1 else {
      return coded(block.reduce(0) { $0 + bits((counts[fit.labels[$1]] + 0.5) / (n + k / 2)) })
    }
    let probe = fit.probe(seen, stream)
    let scores = probe.scores(fit.features, rows: block)
    let sum = block.indices.reduce(0.0) { sum, row in
      // Scores are log-odds: p = 1 / (1 + e⁻ˢ).
      sum + bits(1 / (1 + exp(-Double(scores[row, fit.labels[block[row]]]))))
    }
    return coded(sum, probe.strength)
  }

  /// −log₂ p′
  private func bits(_ p: Double) -> Double {
    -log2((1 - settings.smoothing) * p + settings.smoothing / Double(classCount))
  }
}
