import ProbeModel

/// Makes texts into the tokens that a model reads.
struct PromptReader {
  let tokenizer: Tokenizer
  private let chat: ChatFormat
  private let sentinel: Tokenizer.Sentinel

  /// - Throws: ``SpecError`` `.notApplicable` for a model without a tokenizer.
  init(_ model: HookedTransformer, chat: ChatFormat, sentinel: Tokenizer.Sentinel) throws(SpecError) {
    guard let tokenizer = model.tokenizer else {
      throw SpecError(
        .notApplicable, at: model.name, "the checkpoint has no tokenizer, so it reads no prompts")
    }
    (self.tokenizer, self.chat, self.sentinel) = (tokenizer, chat, sentinel)
  }

  /// The tokens of a prompt; nothing stands after it, for it is to go on.
  ///
  /// - Throws: ``SpecError`` `.badValue` for a prompt without tokens, `TokenizerError` as it comes.
  func ids(_ text: String) throws -> [Int] {
    let ids = try tokenizer.encode(prompt: text, chat: chat, sentinel: sentinel)
    guard !ids.isEmpty else { throw SpecError(.badValue, at: "prompt \"\(text)\"", "it has no token") }
    return ids
  }

  /// The first token of a continuation: encoded alone, as it stands, with nothing around it.
  ///
  /// - Throws: as ``ids(_:)``.
  func continuation(_ text: String) throws -> Continuation {
    let ids = try tokenizer.encode(text, sentinel: .none).ids
    guard let first = ids.first else {
      throw SpecError(.badValue, at: "answer \"\(text)\"", "it has no token")
    }
    return Continuation(text: text, token: PromptRun.Outcome.Token(first, tokenizer), tokenCount: ids.count)
  }
}

extension TokenBatch {
  /// The token ids of a sequence.
  func sequence(_ index: Int) -> [Int] { tokens[rows(of: index)].map { Int($0) } }
}
