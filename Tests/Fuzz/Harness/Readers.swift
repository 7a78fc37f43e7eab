import Foundation
import ProbeModel

extension FuzzTarget {
  /// One `.safetensors` file.
  static func safetensors(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "dtype", "shape", "data_offsets", "__metadata__", "F64", "F32", "F16", "BF16", "I64", "I32", "I8", "U8",
      "BOOL",
      "F8_E4M3", "format", "pt",
    ]
    let mutation = SafetensorsMutation(json: JSONMutation(words: words), bytes: ByteMutation(words: words))
    return FuzzTarget(
      name: "safetensors", seeds: try folder.seeds("safetensors"), mutate: mutation.apply,
      prepare: { scratch in
        let file = try ScratchFile("\(scratch)/input.safetensors")
        return FuzzReader { input in
          try file.write(input.bytes)
          for tensor in try Safetensors.tensors(in: MappedFile(path: file.path)).values {
            precondition(tensor.count >= 0 && tensor.byteCount <= input.bytes.count, "tensor \(tensor.name)")
          }
        }
      })
  }

  /// One checkpoint of PyTorch.
  static func pickle(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "data.pkl", "data/0", "byteorder", "little", "big",
      "version",
      "constants.pkl", "state_dict", "model", "storage", "cpu", "torch", "torch._utils", "_rebuild_tensor_v2",
      "_rebuild_parameter", "FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "BoolStorage",
      "collections",
      "OrderedDict", "Size", "os", "system", "builtins", "eval", "0", "1", "..", "/",
    ]
    let mutation = PickleMutation(bytes: ByteMutation(words: words))
    return FuzzTarget(
      name: "pickle",
      seeds: try folder.files("pickles", ending: ".pt") + folder.modelFiles("pytorch_model.bin")
        + folder.seeds("pickle"),
      mutate: mutation.apply,
      prepare: { scratch in
        let file = try ScratchFile("\(scratch)/input.pt")
        let models = try ModelFolders(scratch, folder: folder, replacing: "pytorch_model.bin")
        return FuzzReader { input in
          // The values of views are read with the model.
          if models.holds(input) { return try models.open(input) }
          try file.write(input.bytes)
          for tensor in try PyTorch.tensors(in: MappedFile(path: file.path)).values {
            precondition(
              tensor.count >= 0 && tensor.byteCount <= input.bytes.count, "tensor \(tensor.name)")
          }
        }
      })
  }

  /// `model.safetensors.index.json`, beside the shards of a tiny model.
  static func index(_ folder: FuzzFolder) throws -> FuzzTarget {
    let name = "model.safetensors.index.json"
    let words = ["weight_map", "metadata", "total_size", "..", ".", "/", "config.json", "\\u0000", name]
    let mutation = JSONMutation(words: words)
    return FuzzTarget(
      name: "index", seeds: try folder.modelFiles(name) + folder.seeds("index"),
      mutate: mixed(mutation, words),
      prepare: { scratch in
        let models = try ModelFolders(scratch, folder: folder, replacing: name)
        return FuzzReader { try models.open($0) }
      })
  }

  /// `config.json`, beside the weights of a tiny model of its family.
  static func config(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "model_type", "llama", "gpt2", "bert", "probe-transformer", "mistral", "qwen2", "qwen3", "gemma",
      "gemma2", "phi",
      "phi3", "olmo", "olmo2", "gpt_neox", "gptj", "roberta", "distilbert", "rope_parameters", "short_factor",
      "original_max_position_embeddings", "final_logit_softcapping", "attn_logit_softcapping",
      "query_pre_attn_scalar", "hidden_size", "num_attention_heads", "num_key_value_heads",
      "head_dim",
      "vocab_size", "rope_scaling", "rope_theta", "factor", "rope_type", "linear", "dynamic", "yarn",
      "llama3",
      "longrope", "sliding_window", "layer_types", "hidden_act", "gelu", "gelu_new", "silu", "relu", "n_embd",
      "n_head",
      "n_layer", "n_inner", "tie_word_embeddings", "partial_rotary_factor", "torch_dtype", "float16",
    ]
    let mutation = JSONMutation(words: words)
    return FuzzTarget(
      name: "config", seeds: try folder.modelFiles("config.json") + folder.seeds("config"),
      mutate: mixed(mutation, words),
      prepare: { scratch in
        let models = try ModelFolders(scratch, folder: folder, replacing: "config.json")
        return FuzzReader { try models.open($0) }
      })
  }

  /// One `.gguf` file, opened as a model with its tokenizer.
  static func gguf(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "GGUF", "general.architecture", "general.alignment", "llama", "gpt2", "qwen2", "gemma2", "phi3",
      "llama.block_count",
      "llama.context_length", "llama.embedding_length", "llama.attention.head_count",
      "llama.rope.scaling.type",
      "llama.attention.head_count_kv", "tokenizer.ggml.model", "tokenizer.ggml.tokens",
      "tokenizer.ggml.merges",
      "tokenizer.ggml.scores", "tokenizer.ggml.token_type", "tokenizer.ggml.pre", "smollm", "llama-bpe",
      "blk.0.attn_q.weight",
      "output.weight", "token_embd.weight", "bert", "Ġ", "▁", "<0x41>", "a b",
    ]
    let mutation = GGUFMutation(bytes: ByteMutation(words: words))
    return FuzzTarget(
      name: "gguf", seeds: try folder.seeds("gguf"), mutate: mutation.apply,
      prepare: { scratch in
        let file = try ScratchFile("\(scratch)/input.gguf")
        return FuzzReader { input in
          try file.write(input.bytes)
          let model = try HookedTransformer.open(file.path)
          try model.tokenizer.map(use)
        }
      })
  }

  /// `tokenizer.json`; one that is taken has to encode and decode.
  static func tokenizer(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "type", "BPE", "WordPiece", "Unigram", "WordLevel", "vocab", "merges", "unk_token", "unk_id",
      "byte_fallback",
      "ignore_merges", "continuing_subword_prefix", "end_of_word_suffix", "max_input_chars_per_word",
      "Sequence", "NFC",
      "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Replace", "Prepend", "Precompiled",
      "precompiled_charsmap", "BertNormalizer", "ByteLevel", "Metaspace", "Split", "pattern", "Regex",
      "String",
      "behavior", "Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous", "invert",
      "Digits",
      "Punctuation", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "TemplateProcessing",
      "RobertaProcessing",
      "BertProcessing", "Fuse", "ByteFallback", "CTC", "BPEDecoder", "added_tokens", "special_tokens",
      "single",
      "[UNK]", "[CLS]", "▁", "Ġ", "##", "<0x41>", "normalized", "lstrip", "rstrip", "single_word", "dropout",
      "add_prefix_space", "prepend_scheme", "always", "never", "first", "trim_offsets", "individual_digits",
      "split", "replacement", "content", "use_regex", "(?i)", "\\\\s+(?!\\\\S)", "(a|a)*$", "((a*)*)*",
      "a{1000}",
      "[\\\\p{L}--[a]]", "\\\\p{Nd}{1,3}", "(?<=a)", "\\\\1", "(?:x+x+)+y",
    ]
    let mutation = JSONMutation(words: words)
    return FuzzTarget(
      name: "tokenizer", seeds: try folder.seeds("tokenizer"), mutate: mixed(mutation, words),
      prepare: { _ in
        FuzzReader { input in
          try use(Tokenizer(tokenizerJSON: Data(input.bytes), config: nil, path: "tokenizer.json"))
        }
      })
  }

  /// A corpus: JSONL when it begins with a brace, else tab-separated when its first line has a tab, else CSV.
  static func corpus(_ folder: FuzzFolder) throws -> FuzzTarget {
    let words = [
      "id", "text", "token_ids", "label", "labels", "labels.x", "spans", "start", "end", "value", "group",
      "split", "pair",
      "role", "meta", "train", "true", "1e308", "\"", "\"\"", ",", "\t", "\r\n", "\n\n", "\u{feff}",
    ]
    let mutation = TextMutation(json: JSONMutation(words: words), bytes: ByteMutation(words: words))
    return FuzzTarget(
      name: "corpus", seeds: try folder.seeds("corpus"), mutate: mutation.apply,
      prepare: { _ in
        FuzzReader { input in
          let header = input.bytes.prefix { $0 != 0x0a }
          let format: CorpusFormat = header.first == 0x7b ? .jsonLines : header.contains(0x09) ? .tsv : .csv
          let corpus = try Corpus.parse(input.bytes, as: format, path: "corpus")
          precondition(!corpus.examples.isEmpty, "a corpus without examples was taken")
        }
      })
  }

  /// Mostly changes of the document, sometimes of bytes.
  private static func mixed(
    _ json: JSONMutation, _ words: [String]
  ) -> @Sendable (inout [UInt8], [UInt8], inout FuzzRandom) -> Void {
    let bytes = ByteMutation(words: words)
    return { file, other, random in
      if random.chance(88) {
        json.apply(to: &file, other: other, &random)
      } else {
        bytes.apply(to: &file, other: other, &random)
      }
    }
  }
}

private let texts = [
  "", " ", "The capital of France is Paris.", "  two  spaces\n\n\tand tabs ",
  "naïve café e\u{301} 東京 ١٢٣ 12345 👩‍👩‍👧 \u{0}",
  "don't we'LL [CLS] <s> <0x41> ##a Ġb ▁c", String(repeating: "a", count: 600),
  String(repeating: "ab 1 ", count: 80) + "!",
]

/// Encodes some texts and decodes what comes out.
private func use(_ tokenizer: Tokenizer) throws {
  for text in texts {
    let encoding = try tokenizer.encode(text)
    for token in encoding.tokens {
      precondition(
        0 <= token.span.lowerBound && token.span.upperBound <= text.utf8.count,
        "span \(token.span) of \(text)")
    }
    _ = try tokenizer.decode(encoding.ids)
  }
  _ = try tokenizer.decode([-1, 0, 1, .max, tokenizer.vocabularySize])
}

/// Folders of tiny models whose file `replaced` is the input, the others being those of the fixtures.
private final class ModelFolders {
  private var files: [String: ScratchFile] = [:]
  private let scratch: String

  init(_ scratch: String, folder: FuzzFolder, replacing replaced: String) throws {
    self.scratch = scratch
    for model in folder.models(with: replaced) {
      try FileManager.default.createDirectory(
        atPath: "\(scratch)/\(model)", withIntermediateDirectories: true)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.model(model))
      where name != replaced {
        try FileManager.default.createSymbolicLink(
          atPath: "\(scratch)/\(model)/\(name)", withDestinationPath: "\(folder.model(model))/\(name)")
      }
      files[model] = try ScratchFile("\(scratch)/\(model)/\(replaced)")
    }
  }

  /// Whether the input is one for a model.
  func holds(_ input: FuzzInput) -> Bool { files[input.stem] != nil }

  /// Opens the model that the input's name begins with.
  func open(_ input: FuzzInput) throws {
    guard let file = files[input.stem] else {
      throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "models/\(input.stem)"])
    }
    try file.write(input.bytes)
    let model = try HookedTransformer.open("\(scratch)/\(input.stem)")
    try model.tokenizer.map(use)
  }
}
