extension Tokenizer {
  /// The ids of a prompt and its continuation, tokenized together as a model saw text in training.
  ///
  /// Tokenized apart, a text can become tokens that its model never saw side by side (`is`, ` `, `Paris` in place of
  /// `is`, ` Paris`), and its probability says more of the cut than of the text. So the whole is tokenized and then
  /// parted: the continuation begins with the first token that covers a byte of it. Where that token covers bytes
  /// of the prompt too, as when a prompt ends in a space, ``PromptedContinuation/sharedByteCount`` says how many; they
  /// are then predicted, not given.
  ///
  /// - Parameter sentinel: what is put before the prompt; nothing is put after the continuation.
  /// - Throws: ``TokenizerError``, as ``encode(_:sentinel:parsesSpecialTokens:)`` does.
  public func encode(
    prompt: String, continuation: String, sentinel: Sentinel = .tokenizer
  ) throws(TokenizerError) -> PromptedContinuation {
    let encoding = try encode(prompt + continuation, sentinel: sentinel)
    let tokens = encoding.tokens.dropLast(encoding.appendedCount)
    let boundary = prompt.utf8.count
    let start = tokens.firstIndex { !$0.isAdded && $0.span.upperBound > boundary } ?? tokens.endIndex
    let shared = start < tokens.endIndex ? max(0, boundary - tokens[start].span.lowerBound) : 0
    return PromptedContinuation(
      prompt: tokens[..<start].map { $0.id }, continuation: tokens[start...].map { $0.id },
      sharedByteCount: shared)
  }

  /// The ids of a prompt that is to go on: what the tokenizer puts before a text, and nothing after it.
  ///
  /// - Throws: ``TokenizerError``, as ``encode(_:sentinel:parsesSpecialTokens:)`` does.
  public func encode(prompt: String, sentinel: Sentinel = .tokenizer) throws(TokenizerError) -> [Int] {
    let encoding = try encode(prompt, sentinel: sentinel)
    return encoding.tokens.dropLast(encoding.appendedCount).map { $0.id }
  }
}
