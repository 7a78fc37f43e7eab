import Foundation

/// Description length of labels under online (prequential) coding: how many bits tell them to somebody who has the
/// representations and, block by block, a probe trained on all blocks before.
///
///     L = t₁ · log₂ K − Σ_{b ≥ 2} Σ_{i ∈ b} log₂ p(yᵢ | blocks before b)
///
/// The first block is sent with K equally likely classes. Where the representation says nothing, L is at least
/// about n · H(y), what the class shares alone cost; a compression n · H(y) / L above 1 is information found.
/// Reference: Voita & Titov, EMNLP 2020 (arXiv:2003.12298), §2.2.
public struct CodeLength: Sendable, Codable, Equatable {
  /// L in bits: the mean over orders.
  public let bits: Double
  /// L in bits of each order.
  public let orders: [Double]
  /// n · H(y) in bits, H with the class shares of all items.
  public let entropyBits: Double
  /// Number of items.
  public let items: Int

  /// n · H(y) / L: above 1 where the representation helps; nil where L is 0.
  public var compression: Double? { bits > 0 ? entropyBits / bits : nil }
  /// L / n, bits an item.
  public var bitsPerItem: Double { bits / Double(items) }

  /// One order's length from what the probes said.
  ///
  /// - Parameters:
  ///   - firstBlock: t₁, items in the first block.
  ///   - logProbabilities: for each later block ln p(true class) of its items, in nats, none above 0.
  ///   - classCount: K.
  public static func bits(firstBlock: Int, logProbabilities: [[Double]], classCount: Int) -> Double {
    precondition(firstBlock >= 1 && classCount >= 2, "CodeLength: \(firstBlock) items, \(classCount) classes")
    var nats = Double(firstBlock) * log(Double(classCount))
    for block in logProbabilities {
      for value in block {
        precondition(value <= 0, "CodeLength: ln p = \(value)")
        nats -= value
      }
    }
    return nats / M_LN2
  }

  /// n · H(y) in bits, from the number of items of each class.
  public static func entropyBits(classCounts: [Int]) -> Double {
    let total = Double(classCounts.reduce(0, +))
    return classCounts.reduce(0) { $1 > 0 ? $0 - Double($1) * log2(Double($1) / total) : $0 }
  }

  /// Sums up the lengths of several orders of the same items.
  public init(orders: [Double], classCounts: [Int]) {
    precondition(!orders.isEmpty && classCounts.contains { $0 > 0 }, "CodeLength: of nothing")
    self.orders = orders
    bits = orders.reduce(0, +) / Double(orders.count)
    entropyBits = Self.entropyBits(classCounts: classCounts)
    items = classCounts.reduce(0, +)
  }
}
