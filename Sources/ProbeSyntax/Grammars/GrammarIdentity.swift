/// Which grammar made a tree: other versions of a grammar name and nest nodes differently, so results record it.
public struct GrammarIdentity: Sendable, Hashable, Codable {
  /// The language's name.
  public let language: String
  /// The version of tree-sitter's grammar format that it was generated for.
  public let abi: Int
  /// SHA-256 of the library's file, as 64 hexadecimal digits.
  public let digest: String

  /// An identity from its parts.
  public init(language: String, abi: Int, digest: String) {
    (self.language, self.abi, self.digest) = (language, abi, digest)
  }
}
