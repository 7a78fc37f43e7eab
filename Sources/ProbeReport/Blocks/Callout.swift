/// A remark set apart from the running text.
public struct Callout: Sendable, Codable, Equatable {
  /// How much it weighs; shown as a word and a colour.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Good to know.
    case note
    /// What the numbers do not say.
    case caution
    /// Something is wrong with the numbers here. (For the whole report, use ``Warning``.)
    case problem
  }

  /// How much it weighs.
  public var kind: Kind
  /// A few words; may be empty.
  public var title: String
  /// The remark.
  public var text: RichText

  /// A remark of the given weight.
  public init(_ kind: Kind, title: String = "", _ text: RichText) {
    self.kind = kind
    self.title = title
    self.text = text
  }
}
