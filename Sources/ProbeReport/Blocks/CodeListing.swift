/// Code, commands or output, in a fixed-width face; line ends and blanks are kept.
public struct CodeListing: Sendable, Codable, Equatable {
  /// What it is; read to screen readers as the region's name.
  public var caption: String
  /// The text.
  public var text: String

  /// A captioned listing.
  public init(_ caption: String, _ text: String) {
    self.caption = caption
    self.text = text
  }
}
