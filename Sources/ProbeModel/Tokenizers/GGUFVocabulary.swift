/// The tokenizer metadata of a GGUF file, as its reader hands them over: the keys `tokenizer.ggml.*`.
public struct GGUFVocabulary: Sendable {
  /// `tokenizer.ggml.model`: `gpt2` is byte-level BPE, `llama` SentencePiece's BPE by scores.
  public var model: String
  /// `tokenizer.ggml.pre`: how text is cut into words.
  public var pre: String?
  /// `tokenizer.ggml.tokens`, by id.
  public var tokens: [String]
  /// `tokenizer.ggml.token_type`, one a token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
  /// May be empty.
  public var tokenTypes: [Int32]
  /// `tokenizer.ggml.merges`: two pieces with a blank between, by rank.
  public var merges: [String]
  /// `tokenizer.ggml.scores`, one a token; the larger is merged first. Only `llama` has them.
  public var scores: [Float]
  /// `tokenizer.ggml.bos_token_id`
  public var bosTokenID: Int?
  /// `tokenizer.ggml.eos_token_id`
  public var eosTokenID: Int?
  /// `tokenizer.ggml.unknown_token_id`
  public var unknownTokenID: Int?
  /// `tokenizer.ggml.padding_token_id`
  public var padTokenID: Int?
  /// `tokenizer.ggml.add_bos_token`
  public var addBOS: Bool?
  /// `tokenizer.ggml.add_eos_token`
  public var addEOS: Bool?
  /// `tokenizer.ggml.add_space_prefix`
  public var addSpacePrefix: Bool?
  /// The file, for error texts.
  public var path: String

  /// Gathers the metadata.
  public init(
    model: String, pre: String?, tokens: [String], tokenTypes: [Int32], merges: [String],
    scores: [Float] = [], bosTokenID: Int? = nil,
    eosTokenID: Int? = nil, unknownTokenID: Int? = nil, padTokenID: Int? = nil, addBOS: Bool? = nil,
    addEOS: Bool? = nil, addSpacePrefix: Bool? = nil, path: String
  ) {
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.scores = scores
    self.bosTokenID = bosTokenID
    self.eosTokenID = eosTokenID
    self.unknownTokenID = unknownTokenID
    self.padTokenID = padTokenID
    self.addBOS = addBOS
    self.addEOS = addEOS
    self.addSpacePrefix = addSpacePrefix
    self.path = path
  }
}
