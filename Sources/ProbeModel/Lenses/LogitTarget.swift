/// A number that the head gives one row of a batch: a token's logit, or a sum of several with weights.
public struct LogitTarget: Sendable, Equatable {
  /// A token's logit and what it is multiplied by.
  public struct Term: Sendable, Equatable {
    /// The token's id.
    public let token: Int
    /// What its logit is multiplied by.
    public let weight: Float

    /// `weight` · logit(`token`).
    public init(token: Int, weight: Float) { (self.token, self.weight) = (token, weight) }
  }

  /// The row of the batch whose logits are meant.
  public let row: Int
  /// Σ weight · logit(token)
  public let terms: [Term]

  /// Σ weight · logit(token) at `row`.
  public init(row: Int, terms: [Term]) { (self.row, self.terms) = (row, terms) }

  /// logit(token)
  public static func logit(of token: Int, row: Int) -> LogitTarget {
    LogitTarget(row: row, terms: [Term(token: token, weight: 1)])
  }

  /// logit(a) − logit(b)
  public static func difference(_ a: Int, minus b: Int, row: Int) -> LogitTarget {
    LogitTarget(row: row, terms: [Term(token: a, weight: 1), Term(token: b, weight: -1)])
  }
}
