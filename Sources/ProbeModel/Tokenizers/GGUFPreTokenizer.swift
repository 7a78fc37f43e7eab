/// What a `tokenizer.ggml.pre` tag stands for: how text is cut, and two settings that llama.cpp ties to it.
///
/// The pipelines are those of the tokenizers that the tagged models were published with. Reference for tags:
/// llama.cpp, `llama-vocab.cpp`.
struct GGUFPreTokenizer: Sendable {
  let preTokenizer: PreTokenizer
  /// What the published `tokenizer.json` normalizes by; llama.cpp itself leaves texts as they are.
  var normalizer: Normalizer?
  /// A word that the vocabulary holds is taken whole.
  var ignoresMerges = false
  /// What `add_bos_token` is when the file does not say.
  var addsBOS = false

  /// The tags, in the order in which errors list them.
  static let knownTags: [String] = [
    "default", "gpt-2", "smollm", "llama-bpe", "qwen2", "qwen35", "olmo", "starcoder", "refact", "command-r",
    "codeshell", "exaone", "deepseek-r1-qwen", "falcon3", "stablelm2", "dbrx", "smaug-bpe", "mpt", "phi-2",
    "minerva-7b", "megrez", "llama3", "llama-v3", "mellum", "exaone4", "trillion", "granite-docling",
  ]

  /// - Parameter tag: the tag; a file without one is read as `default`, as llama.cpp reads it.
  init(tag: String?, path: String) throws(TokenizerError) {
    let pattern = PreTokenizer.byteLevel(addsPrefixSpace: false, usesPattern: true, rewritesBytes: false)
    let bytes = PreTokenizer.byteLevel(addsPrefixSpace: false, usesPattern: false, rewritesBytes: false)
    func split(_ scanner: PatternScanner) -> PreTokenizer {
      .sequence([.split(.scanner(scanner), .isolated, inverted: false), bytes])
    }
    switch tag ?? "default" {
    case "gpt-2", "mpt", "phi-2", "mellum", "exaone4", "trillion", "granite-docling":
      preTokenizer = pattern
    case "olmo":
      preTokenizer = pattern
      normalizer = .form(.nfc)
    case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b":
      preTokenizer = .sequence([.digits(individual: true), pattern])
    case "llama-bpe", "llama3", "llama-v3", "falcon3":
      preTokenizer = split(.llama3)
      ignoresMerges = true
      addsBOS = true
    case "dbrx", "smaug-bpe": preTokenizer = split(.llama3)
    case "qwen2":
      preTokenizer = split(.qwen2)
      normalizer = .form(.nfc)
    case "deepseek-r1-qwen", "stablelm2", "megrez": preTokenizer = split(.qwen2)
    case "qwen35": preTokenizer = split(.qwen35)
    case "default": preTokenizer = try Self.fallback(path: path, bytes)
    default:
      throw TokenizerError(
        .unsupportedComponent, path: path, key: "tokenizer.ggml.pre",
        expected: "one of \(Self.knownTags.joined(separator: ", "))", found: "\"\(tag ?? "")\"",
        nextStep: "Use the checkpoint's Hugging Face folder, whose tokenizer.json spells the pattern out.")
    }
  }

  /// llama.cpp's reading of a file without a tag: punctuation, GPT-2's pattern, then digits in threes.
  private static func fallback(path: String, _ bytes: PreTokenizer) throws(TokenizerError) -> PreTokenizer {
    func split(_ regex: String) throws(TokenizerError) -> PreTokenizer {
      let node = JSONNode(.string(regex), path: path, key: "tokenizer.ggml.pre")
      return .split(try SplitPattern(regex: node), .isolated, inverted: false)
    }
    return .sequence([
      try split(#"[\p{P}\$\+<=>\^~\|]+"#), .split(.scanner(.gpt2), .isolated, inverted: false),
      try split(#"[0-9][0-9][0-9]"#), bytes,
    ])
  }
}
