/// Something a reader must know before believing the numbers: leakage, imbalance, a fit that did not
/// converge.
///
/// A report with warnings is visibly not clean: they are counted beside the verdict and listed right under
/// it.
public struct Warning: Sendable, Codable, Equatable {
  /// What is wrong, in a few words.
  public var title: String
  /// Where, how much, what it may do to the numbers, and what to do about it.
  public var detail: String

  /// A warning's title and detail.
  public init(_ title: String, detail: String) {
    self.title = title
    self.detail = detail
  }
}
