/// One labelled fact: a line of provenance or of a list of settings.
public struct Fact: Sendable, Codable, Equatable {
  /// What it is: `Model weights (SHA-256)`.
  public var label: String
  /// What it says; a long digest is wrapped, never shortened, up to the text limit.
  public var value: String

  /// A label and its value.
  public init(_ label: String, _ value: String) {
    self.label = label
    self.value = value
  }
}
