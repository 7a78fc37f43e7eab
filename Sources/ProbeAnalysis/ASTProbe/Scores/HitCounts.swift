/// How many constituents of a predicted tree are right: the counts behind precision, recall and F1.
public struct HitCounts: Sendable, Hashable, Codable {
  /// Predicted constituents that the gold tree has.
  public let hits: Int
  /// Predicted constituents.
  public let predicted: Int
  /// Constituents of the gold tree.
  public let gold: Int

  /// Counts from their parts.
  public init(hits: Int, predicted: Int, gold: Int) {
    (self.hits, self.predicted, self.gold) = (hits, predicted, gold)
  }

  /// P = hits / predicted; 0 when nothing was predicted.
  public var precision: Double { predicted == 0 ? 0 : Double(hits) / Double(predicted) }

  /// R = hits / gold; 0 when there is nothing to find. Counted by membership it can exceed 1.
  public var recall: Double { gold == 0 ? 0 : Double(hits) / Double(gold) }

  /// F1 = 2PR / (P + R) = 2 hits / (predicted + gold); 0 when both are.
  public var f1: Double { hits == 0 ? 0 : 2 * Double(hits) / Double(predicted + gold) }

  /// Counts over both.
  public static func + (a: HitCounts, b: HitCounts) -> HitCounts {
    HitCounts(hits: a.hits + b.hits, predicted: a.predicted + b.predicted, gold: a.gold + b.gold)
  }
}
