import Foundation
import Testing

@testable import ProbeModel

/// The keys of the GPT line's relatives, of RoBERTa, DistilBERT and T5: which are needed, what holds without the others,
/// which values cannot be.
@Suite struct FamilyConfigTests {
  /// The configuration of a fixture whose `config.json` was edited.
  private func config(_ fixture: String, _ edits: [String: String]) throws -> TransformerConfig {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    try folder.editConfig(edits)
    return try Architecture.identify(Checkpoint(path: folder.path)).1
  }

  private func failure(
    _ fixture: String, _ edits: [String: String]
  ) throws -> (error: ModelError, path: String) {
    let folder = try TemporaryFolder()
    try folder.copy(Fixture(name: fixture))
    try folder.editConfig(edits)
    return (try modelError { try HookedTransformer.open(folder.path) }, folder.path + "/config.json")
  }

  static let needed: [(fixture: String, key: String)] = [
    ("gpt-neo", ["hidden_size", "num_layers", "num_heads", "max_position_embeddings"]),
    (
      "gpt-neox",
      [
        "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "max_position_embeddings",
      ]
    ),
    ("gptj", ["n_embd", "n_layer", "n_head", "n_positions"]),
    ("codegen", ["n_embd", "n_layer", "n_head", "n_positions"]),
    (
      "opt",
      ["hidden_size", "num_hidden_layers", "num_attention_heads", "ffn_dim", "max_position_embeddings"]
    ),
    ("bloom", ["hidden_size", "n_layer", "n_head"]),
    (
      "roberta",
      [
        "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "max_position_embeddings",
      ]
    ),
    ("distilbert", ["dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings"]),
    ("t5-encoder", ["d_model", "d_kv", "d_ff", "num_layers", "num_heads"]),
  ].flatMap { fixture, keys in (keys + ["vocab_size"]).map { (fixture, $0) } }

  @Test(arguments: needed)
  func aMissingDimensionIsNamed(_ fixture: String, _ key: String) throws {
    for text in ["", "null"] {
      let (error, path) = try failure(fixture, [key: text])
      #expect(error == ModelError(.missingKey, at: path, "the key \(key) is missing (expected an integer)"))
    }
  }

  @Test(arguments: needed, ["0", "-4", "2147483648"])
  func dimensionsArePositive(_ entry: (fixture: String, key: String), _ value: String) throws {
    let (error, path) = try failure(entry.fixture, [entry.key: value])
    #expect(
      error
        == ModelError(
          .badValue, at: "\(path): \(entry.key)", "expected a positive integer, found \(value)"))
  }

  static let spellings: [(fixture: String, own: String, common: String)] = [
    ("gpt2", "n_embd", "hidden_size"), ("gpt2", "n_layer", "num_hidden_layers"),
    ("gpt2", "n_head", "num_attention_heads"), ("gpt2", "n_positions", "max_position_embeddings"),
    ("gpt-neo", "num_layers", "num_hidden_layers"), ("gpt-neo", "num_heads", "num_attention_heads"),
    ("gptj", "n_embd", "hidden_size"), ("gptj", "n_positions", "max_position_embeddings"),
    ("codegen", "n_head", "num_attention_heads"), ("codegen", "n_layer", "num_hidden_layers"),
    ("bloom", "n_layer", "num_hidden_layers"), ("bloom", "n_head", "num_attention_heads"),
    ("distilbert", "dim", "hidden_size"), ("distilbert", "n_heads", "num_attention_heads"),
    ("distilbert", "n_layers", "num_hidden_layers"), ("t5-encoder", "d_model", "hidden_size"),
    ("t5-encoder", "d_kv", "head_dim"), ("t5-encoder", "num_layers", "num_hidden_layers"),
    ("t5-encoder", "num_heads", "num_attention_heads"),
  ]

  @Test(arguments: spellings)
  func eitherSpellingOfADimensionIsRead(_ fixture: String, _ own: String, _ common: String) throws {
    let json = try JSONValue(
      parsing: Data(contentsOf: URL(fileURLWithPath: Fixture(name: fixture).path + "/config.json")),
      path: fixture)
    let value = try #require(json[own]).text
    let expected = try config(fixture, [:])
    #expect(try config(fixture, [own: "", common: value]) == expected)
    #expect(try config(fixture, [common: value]) == expected)
    // Which of the two a file means is not ours to guess.
    let (error, path) = try failure(fixture, [common: "7"])
    #expect(error.reason == .badValue && error.location == "\(path): \(common)")
    #expect(error.problem == "7, but \(own), which is the same by another name, is \(value)")
  }

  /// BLOOM's first files have a `hidden_size` that means nothing.
  @Test func bloomsOldNameOfTheWidthHolds() throws {
    #expect(
      try config("bloom", ["n_embed": "24", "hidden_size": "64"]) == config("bloom", [:]))
  }

  /// What holds without a key, from the configuration classes of Hugging Face transformers 5.23.
  @Test(arguments: [
    ("gpt-neo", "intermediate_size", "64"), ("gpt-neo", "window_size", "256"),
    ("gpt-neo", "activation_function", "\"gelu_new\""), ("gpt-neo", "layer_norm_epsilon", "1e-5"),
    ("gpt-neo", "tie_word_embeddings", "true"), ("gpt-neox", "hidden_act", "\"gelu\""),
    ("gpt-neox", "layer_norm_eps", "1e-5"), ("gpt-neox", "use_parallel_residual", "true"),
    ("gpt-neox", "attention_bias", "true"), ("gpt-neox", "tie_word_embeddings", "false"),
    ("gpt-neox-serial", "rotary_pct", "0.25"), ("gpt-neox-serial", "rotary_emb_base", "10000"),
    ("gptj", "n_inner", "96"), ("gptj", "activation_function", "\"gelu_new\""),
    ("gptj", "layer_norm_epsilon", "1e-5"), ("gptj", "tie_word_embeddings", "false"),
    ("codegen", "n_inner", "128"), ("codegen", "activation_function", "\"gelu_new\""),
    ("codegen", "layer_norm_epsilon", "1e-5"), ("codegen", "tie_word_embeddings", "false"),
    ("opt", "activation_function", "\"relu\""), ("opt-postnorm", "do_layer_norm_before", "true"),
    ("opt", "_remove_final_layer_norm", "false"), ("opt-plain", "enable_bias", "true"),
    ("opt-plain", "layer_norm_elementwise_affine", "true"), ("opt-postnorm", "word_embed_proj_dim", "24"),
    ("opt", "tie_word_embeddings", "true"), ("bloom", "layer_norm_epsilon", "1e-5"),
    ("bloom", "tie_word_embeddings", "true"), ("roberta", "pad_token_id", "1"),
    ("roberta", "layer_norm_eps", "1e-12"), ("roberta-bare", "hidden_act", "\"gelu\""),
    ("distilbert-bare", "activation", "\"gelu\""), ("t5-gated", "feed_forward_proj", "\"relu\""),
    ("t5-encoder", "relative_attention_num_buckets", "32"),
    ("t5-encoder", "relative_attention_max_distance", "128"), ("t5-encoder", "layer_norm_epsilon", "1e-6"),
  ])
  func whatHoldsWithoutAKey(_ fixture: String, _ key: String, _ value: String) throws {
    #expect(try config(fixture, [key: ""]) == config(fixture, [key: value]))
  }

  /// Each of these changes the computation.
  @Test(arguments: [
    ("gpt-neo", "window_size", "9"), ("gpt-neo", "attention_types", #"[[["local"],4]]"#),
    ("gpt-neo", "activation_function", "\"relu\""), ("gpt-neo", "tie_word_embeddings", "false"),
    ("gpt-neox", "use_parallel_residual", "false"), ("gpt-neox", "attention_bias", "false"),
    ("gpt-neox-serial", "rotary_pct", "1"), ("gpt-neox-serial", "rotary_emb_base", "100"),
    ("gptj", "rotary_dim", "4"), ("codegen", "rotary_dim", "4"), ("opt", "do_layer_norm_before", "false"),
    ("opt", "_remove_final_layer_norm", "true"), ("opt", "enable_bias", "false"),
    ("opt", "layer_norm_elementwise_affine", "false"), ("opt", "word_embed_proj_dim", "16"),
    ("bloom", "layer_norm_epsilon", "0.1"), ("roberta", "pad_token_id", "0"),
    ("distilbert", "activation", "\"relu\""), ("t5-encoder", "feed_forward_proj", "\"gated-relu\""),
    ("t5-encoder", "relative_attention_num_buckets", "10"),
    ("t5-encoder", "relative_attention_max_distance", "20"),
  ])
  func everyKeyIsRead(_ fixture: String, _ key: String, _ value: String) throws {
    #expect(try config(fixture, [key: value]) != config(fixture, [:]))
  }

  /// "gated-gelu" always meant the approximation; "gelu" alone does not.
  @Test func t5sGatedGeluIsTheApproximation() throws {
    func choice(_ value: String) throws -> [String] {
      let config = try config("t5-encoder", ["feed_forward_proj": "\"\(value)\""])
      return [config.mlp.rawValue, config.activation.rawValue]
    }
    #expect(try choice("gated-gelu") == ["gated", "geluTanh"])
    #expect(try choice("gelu") == ["plain", "gelu"])
    #expect(try choice("gated-silu") == ["gated", "silu"])
    #expect(try choice("relu") == ["plain", "relu"])
  }

  /// RoBERTa's head has the exact function whatever the encoder's is; BERT's and DistilBERT's have the encoder's.
  @Test func activationsOfTheHeads() throws {
    #expect(try config("roberta", ["hidden_act": "\"relu\""]).headActivation == .gelu)
    #expect(try config("distilbert", ["activation": "\"relu\""]).headActivation == .relu)
    #expect(try config("bert-mlm", ["hidden_act": "\"relu\""]).headActivation == .relu)
  }

  /// What cannot be: fixture, key, value; where the error stands ("" for the file as a whole) and its text.
  @Test(arguments: [
    ("gpt-neo", "attention_types", #"[[["global","local"],1]]"#, "expected one type a block, 4, found 2"),
    (
      "gpt-neo", "attention_types", #"[[["global"],9223372036854775807],[["local"],2]]"#,
      "expected one type a block, 4, found more"
    ),
    (
      "gpt-neo", "attention_types", #"[[["global","local"],4611686018427387904]]"#,
      "expected one type a block, 4, found more"
    ),
    (
      "gpt-neo", "attention_types", #"[[[],9223372036854775807]]"#, "expected one type a block, 4, found 0"
    ),
    (
      "gpt-neo", "attention_types", #"[[["global"],-1]]"#,
      #"expected [pattern, repetitions], found [["global"], -1]"#
    ),
    (
      "gpt-neo", "attention_types", #"[["global",4]]"#,
      #"expected [pattern, repetitions], found ["global", 4]"#
    ),
    ("gpt-neo", "attention_types", "[[[1],4]]", "expected [pattern, repetitions], found [[1], 4]"),
    ("gpt-neo", "attention_types", #"[[["sparse"],4]]"#, "attention of the type sparse is not supported"),
    ("gpt-neo", "attention_types", "\"local\"", "expected a list, found a string"),
    ("gpt-neo", "window_size", "0", "expected a positive integer, found 0"),
    ("gpt-neo", "window_size", "-8", "expected a positive integer, found -8"),
    ("gpt-neo", "num_layers", "65537", "expected up to 65536 blocks, found 65537"),
    ("gpt-neo", "activation_function", "\"xielu\"", "the activation function xielu is not supported"),
    ("gpt-neox-serial", "rotary_pct", "7", "expected a number above 0 and up to 1, found 7.0"),
    ("gpt-neox-serial", "rotary_pct", "0", "expected a number above 0 and up to 1, found 0.0"),
    ("gpt-neox-serial", "rotary_pct", "-0.25", "expected a number above 0 and up to 1, found -0.25"),
    ("gpt-neox-serial", "rotary_emb_base", "-1", "expected a positive number, found -1.0"),
    (
      "gpt-neox-serial", "rope_scaling", #"{"type":"ntk"}"#,
      "the scaling ntk of rotary positions is not supported"
    ),
    ("gpt-neox", "use_parallel_residual", "\"no\"", "expected true or false, found a string"),
    ("gpt-neox", "layer_norm_eps", "-1", "expected a number from 0 on, found -1.0"),
    ("gptj", "rotary_dim", "null", "null: how many dimensions turn must be said"),
    ("gptj", "rotary_dim", "", "expected an even number up to the width of a head, 12, found 64"),
    ("gptj", "rotary_dim", "-2", "expected an even number up to the width of a head, 12, found -2"),
    ("gptj", "rotary_dim", "7", "expected an even number up to the width of a head, 12, found 7"),
    ("gptj", "rotary_dim", "14", "expected an even number up to the width of a head, 12, found 14"),
    ("codegen", "rotary_dim", "0", "expected an even number up to the width of a head, 4, found 0"),
    (
      "codegen", "n_head", "2", "expected a multiple of 4, the blocks of the fused projection, found 2"
    ),
    ("opt", "word_embed_proj_dim", "0", "expected a positive integer, found 0"),
    ("opt", "do_layer_norm_before", "\"before\"", "expected true or false, found a string"),
    (
      "bloom", "apply_residual_connection_post_layernorm", "true",
      "true: branches that are added to the norm's output are not supported"
    ),
    ("roberta", "pad_token_id", "null", "null: positions are counted from the padding id"),
    (
      "roberta", "pad_token_id", "-1",
      "expected an id from 0 on that leaves positions of max_position_embeddings, 48, found -1"
    ),
    (
      "roberta", "pad_token_id", "47",
      "expected an id from 0 on that leaves positions of max_position_embeddings, 48, found 47"
    ),
    ("roberta", "is_decoder", "true", "true: an encoder as a decoder is not supported"),
    (
      "roberta", "position_embedding_type", "\"relative_key\"",
      "\"relative_key\": relative positions are not supported"
    ),
    ("distilbert", "activation", "\"mish2\"", "the activation function mish2 is not supported"),
    ("t5-encoder", "relative_attention_num_buckets", "0", "expected a positive integer, found 0"),
    ("t5-encoder", "relative_attention_num_buckets", "1", "expected an even number from 4 on, found 1"),
    ("t5-encoder", "relative_attention_num_buckets", "2", "expected an even number from 4 on, found 2"),
    ("t5-encoder", "relative_attention_num_buckets", "7", "expected an even number from 4 on, found 7"),
    (
      "t5-encoder", "relative_attention_max_distance", "2",
      "expected more than 2, the distances that have a bucket each, found 2"
    ),
    (
      "t5-encoder", "feed_forward_proj", "\"gated-sparse\"", "the activation function sparse is not supported"
    ),
    (
      "t5-encoder", "feed_forward_proj", "\"gated-gated-gelu\"",
      "the activation function gated-gelu is not supported"
    ),
    (
      "t5-encoder", "is_decoder", "true",
      "true: this architecture does not know the key, which changes the computation of others"
    ),
    (
      "gptj", "rope_scaling", #"{"type":"linear"}"#,
      #"{type: "linear"}: this architecture does not know the key, which changes the computation of others"#
    ),
  ])
  func valuesThatCannotBeAreRefused(
    _ fixture: String, _ key: String, _ json: String, _ problem: String
  ) throws {
    let (error, path) = try failure(fixture, [key: json])
    #expect(error.location == "\(path): \(key)" && error.problem == problem, "\(error)")
    #expect(error.reason == .badValue || error.reason == .unsupported)
  }

  @Test(arguments: [
    ("gpt-neo", "num_heads", "3", "a width of 16 does not divide into 3 heads"),
    ("bloom", "n_head", "5", "a width of 24 does not divide into 5 heads"),
    ("gpt-neox-serial", "rotary_pct", "0.01", "0 rotary dimensions in heads of width 16"),
    ("gpt-neox-serial", "rotary_pct", "0.1875", "3 rotary dimensions in heads of width 16"),
  ])
  func widthsThatDoNotFitAreRefused(
    _ fixture: String, _ key: String, _ json: String, _ problem: String
  ) throws {
    let (error, path) = try failure(fixture, [key: json])
    #expect(error == ModelError(.badValue, at: path, problem))
  }
}
