/// How a text is put to a model that was tuned on conversations.
public enum ChatFormat: String, CaseIterable, Codable, Sendable {
  /// The text, unchanged.
  case raw
  /// One turn of a user and the beginning of the answer: `<|im_start|>user⏎…<|im_end|>⏎<|im_start|>assistant⏎`.
  case chatml

  /// What stands before and after a text.
  var frame: (before: String, after: String) {
    switch self {
    case .raw: ("", "")
    case .chatml: ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n")
    }
  }

  /// The special tokens that the frame is made of.
  var tokens: [String] {
    switch self {
    case .raw: []
    case .chatml: ["<|im_start|>", "<|im_end|>"]
    }
  }
}

extension Tokenizer {
  /// Encodes a text in a chat format.
  ///
  /// The prompt is encoded as a whole, as the model knows it. Spans are bytes of `text` alone: a token that the
  /// text shares with the frame has the text's part of it, and tokens of the frame are marked as added and have
  /// an empty span before or after the text.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - chat: the format.
  ///   - sentinel: what is put around the whole prompt.
  ///   - cache: words met before.
  /// - Throws: ``TokenizerError``: `noChatToken` naming a special token that the format needs and the tokenizer
  ///   lacks; otherwise as without a format.
  public func encode(_ text: String, chat: ChatFormat, sentinel: Sentinel, cache: inout EncodingCache)
    throws(TokenizerError) -> Encoding
  {
    guard chat != .raw else { return try encode(text, sentinel: sentinel, cache: &cache) }
    try check(chat)
    let frame = chat.frame
    let whole = try encode(frame.before + text + frame.after, sentinel: sentinel, cache: &cache)
    let start = frame.before.utf8.count
    let end = start + text.utf8.count
    let tokens = whole.tokens.map { token in
      let low = min(max(token.span.lowerBound, start), end)
      let high = min(max(token.span.upperBound, start), end)
      // An insertion within the text is the text's; whatever stands for no byte of it otherwise is the frame's.
      let isWithin =
        low < high || token.span.isEmpty && start < token.span.lowerBound && token.span.lowerBound < end
      return Token(
        id: token.id, text: token.text, span: low - start..<high - start,
        isAdded: token.isAdded || !isWithin)
    }
    return Encoding(tokens: tokens, beginning: whole.beginning, appendedCount: whole.appendedCount)
  }

  private func check(_ chat: ChatFormat) throws(TokenizerError) {
    for name in chat.tokens where !vocabulary.added.contains(where: { $0.content == name }) {
      throw TokenizerError(
        .noChatToken, path: path, key: "added_tokens",
        expected: "\"\(name)\", which chat \(chat.rawValue) needs",
        found: "no such special token",
        nextStep: "Use chat `raw`, or a model that was tuned on this format.")
    }
  }
}
