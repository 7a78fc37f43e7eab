/// How much of a text is shown, and what becomes of its blanks.
struct TextPolicy: Sendable, Equatable {
  /// What blanks, tabs and line ends mean where the text stands.
  enum Blanks: Sendable {
    /// Running text: they separate words.
    case separate
    /// Listings: they are kept.
    case keep
    /// Tokens: they are shown, since they are part of what a model reads.
    case show
  }

  /// Unicode scalars shown (those that must be named count for more); the rest is cut, and the cut says how
  /// long the text was.
  let limit: Int
  let blanks: Blanks

  static let label = TextPolicy(limit: 240, blanks: .separate)
  static let paragraph = TextPolicy(limit: 4_000, blanks: .separate)
  static let token = TextPolicy(limit: 240, blanks: .show)
  /// Path commands: made here, never cut, since half a path is another drawing.
  static let geometry = TextPolicy(limit: .max, blanks: .keep)
  static let listing = TextPolicy(limit: 20_000, blanks: .keep)
}
