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
  /// - Parameters:
  ///   - prompt: any text.
  ///   - chat: how it is put to the model.
  ///   - sentinel: what is put before it.
  /// - Throws: ``TokenizerError``, as ``encode(_:chat:sentinel:cache:)`` does.
  public func encode(
    prompt: String, chat: ChatFormat = .raw, sentinel: Sentinel = .tokenizer
  ) throws(TokenizerError) -> [Int] {
    var cache = EncodingCache()
    let encoding = try encode(prompt, chat: chat, sentinel: sentinel, cache: &cache)
    return encoding.tokens.dropLast(encoding.appendedCount).map { $0.id }
  }

  /// The text that `continuation` adds to `prompt`.
  ///
  /// Both are decoded together: what a token says depends on what stands before it (a decoder may drop the blank
  /// that begins a text, and characters may be spread over tokens). Special tokens are left out.
  ///
  /// - Throws: ``TokenizerError``, as ``decode(_:skipsSpecialTokens:)`` does.
  public func text(of continuation: [Int], after prompt: [Int]) throws(TokenizerError) -> String {
    let given = try decode(prompt, skipsSpecialTokens: true).utf8
    let whole = try decode(prompt + continuation, skipsSpecialTokens: true).utf8
    // A prompt that ends inside a character reads otherwise once it goes on.
    guard whole.starts(with: given) else { return try decode(continuation, skipsSpecialTokens: true) }
    return String(decoding: whole.dropFirst(given.count), as: UTF8.self)
  }
}
