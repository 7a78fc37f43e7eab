// Contract only, until the tokenizers land.
public struct Token: Sendable, Equatable {
  public let id: Int
  public let text: String
  public let span: Range<Int>
  public let isAdded: Bool
}
public struct Encoding: Sendable, Equatable {
  public let tokens: [Token]
  public var ids: [Int] { tokens.map { $0.id } }
}
public struct Tokenizer: Sendable {
  public enum Sentinel: String, Sendable, Codable, CaseIterable { case tokenizer, bos, none }
  public func encode(_ text: String, sentinel: Sentinel = .tokenizer, parsesSpecialTokens: Bool = true) throws
    -> Encoding
  { Encoding(tokens: []) }
}
extension Checkpoint {
  func tokenizer() throws -> Tokenizer? { nil }
}
