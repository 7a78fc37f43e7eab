import Foundation
import Testing

@testable import ProbeModel

/// Configurations as published models carry them, leftovers of their time included: none is refused for a key that means
/// nothing, and what decides the computation is read.
@Suite struct PublishedConfigTests {
  private func config(_ json: String) throws -> TransformerConfig {
    let reader = ConfigReader(
      json: try JSONValue(parsing: Data(json.utf8), path: "config.json"), path: "config.json")
    let type = try reader.string("model_type")
    let family = try #require(Architecture.all.first { $0.modelTypes.contains(type) })
    let config = try family.config(reader)
    try reader.finish()
    return config
  }

  private func rotary(_ config: TransformerConfig) throws -> Rotary {
    guard case .rotary(let rotary) = config.positions else { throw CancellationError() }
    return rotary
  }

  @Test func gpt2() throws {
    let config = try config(
      #"""
      {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256,
       "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02, "layer_norm_epsilon": 1e-05,
       "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
       "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true,
       "summary_type": "cls_index", "summary_use_proj": true,
       "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257}
      """#)
    #expect(
      config.dMLP == 3072 && config.dHead == 64 && config.head == .tied && config.activation == .geluTanh)
  }

  @Test func pythia() throws {
    let config = try config(
      #"""
      {"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu",
       "hidden_size": 512, "initializer_range": 0.02, "intermediate_size": 2048, "layer_norm_eps": 1e-05,
       "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 8, "num_hidden_layers": 6,
       "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16",
       "transformers_version": "4.24.0", "use_cache": true, "use_parallel_residual": true, "vocab_size": 50304}
      """#)
    #expect(try rotary(config) == Rotary(theta: 10000, dimensions: 16))
    #expect(config.blockOrder == .parallel && config.head == .untied && config.activation == .gelu)
  }

  @Test func gptNeo() throws {
    let config = try config(
      #"""
      {"activation_function": "gelu_new", "attention_dropout": 0,
       "attention_layers": ["global", "local", "global", "local", "global", "local", "global", "local", "global", "local",
       "global", "local"], "attention_types": [[["global", "local"], 6]], "bos_token_id": 50256, "embed_dropout": 0,
       "gradient_checkpointing": false, "hidden_size": 768, "intermediate_size": null, "layer_norm_epsilon": 1e-05,
       "max_position_embeddings": 2048, "model_type": "gpt_neo", "num_heads": 12, "num_layers": 12, "resid_dropout": 0,
       "summary_type": "cls_index", "vocab_size": 50257, "window_size": 256}
      """#)
    #expect(config.windows == (0..<12).map { $0.isMultiple(of: 2) ? nil : 256 } && config.scoreScale == 1)
  }

  @Test(arguments: ["gptj", "codegen"])
  func gptJAndCodeGen(_ type: String) throws {
    let config = try config(
      #"""
      {"activation_function": "gelu_new", "attn_pdrop": 0.0, "bos_token_id": 1, "embd_pdrop": 0.0, "eos_token_id": 50256,
       "gradient_checkpointing": false, "model_type": "\#(type)", "n_ctx": 2048, "n_embd": 1024, "n_head": 16,
       "n_inner": null, "n_layer": 20, "n_positions": 2048, "resid_pdrop": 0.0, "rotary": true, "rotary_dim": 32,
       "scale_attn_weights": true, "summary_use_proj": true, "tie_word_embeddings": false,
       "tokenizer_class": "GPT2Tokenizer", "use_cache": true, "vocab_size": 51200}
      """#)
    #expect(try rotary(config) == Rotary(theta: 10000, dimensions: 32, pairs: .neighbours))
    #expect(config.biases == [.mlp, .unembedding])
  }

  @Test func opt350m() throws {
    let config = try config(
      #"""
      {"_remove_final_layer_norm": false, "activation_dropout": 0.0, "activation_function": "relu",
       "attention_dropout": 0.0, "bos_token_id": 2, "do_layer_norm_before": false, "dropout": 0.1, "eos_token_id": 2,
       "ffn_dim": 4096, "hidden_size": 1024, "init_std": 0.02, "layerdrop": 0.0, "max_position_embeddings": 2048,
       "model_type": "opt", "num_attention_heads": 16, "num_hidden_layers": 24, "pad_token_id": 1, "prefix": "</s>",
       "use_cache": true, "vocab_size": 50272, "word_embed_proj_dim": 512}
      """#)
    #expect(config.blockOrder == .postNorm && config.dEmbedding == 512 && !config.hasFinalNorm)
  }

  @Test func bloom() throws {
    let config = try config(
      #"""
      {"apply_residual_connection_post_layernorm": false, "attention_dropout": 0.0, "attention_softmax_in_fp32": true,
       "bias_dropout_fusion": true, "bos_token_id": 1, "eos_token_id": 2, "hidden_dropout": 0.0,
       "layer_norm_epsilon": 1e-05, "masked_softmax_fusion": true, "model_type": "bloom", "n_embed": 1024,
       "n_inner": null, "n_layer": 24, "num_attention_heads": 16, "offset_alibi": 100, "pad_token_id": 3,
       "pretraining_tp": 1, "skip_bias_add": true, "skip_bias_add_qkv": false, "slow_but_exact": false,
       "unk_token_id": 0, "use_cache": true, "vocab_size": 250880}
      """#)
    #expect(config.dModel == 1024 && config.dMLP == 4096 && config.positions == .linearBias)
  }

  @Test func llama31() throws {
    let config = try config(
      #"""
      {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
       "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,
       "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,
       "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
       "rope_scaling": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
       "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0,
       "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true, "vocab_size": 128256}
      """#)
    let scaling = Rotary.Scaling.llama3(factor: 8, low: 1, high: 4, trained: 8192)
    #expect(try rotary(config) == Rotary(theta: 500_000, dimensions: 128, scaling: scaling))
    #expect(config.nContext == 131072 && config.biases == [])
  }

  @Test func mistralAndQwen() throws {
    let common = #"""
      "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 1024,
      "initializer_range": 0.02, "intermediate_size": 3072, "max_position_embeddings": 32768,
      "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
      "rope_theta": 1000000.0, "torch_dtype": "bfloat16", "use_cache": true, "vocab_size": 151936
      """#
    let mistral = try config(#"{"model_type": "mistral", "sliding_window": 4096, \#(common)}"#)
    #expect(mistral.windows == Array(repeating: 4096, count: 28))
    let unbounded = try config(#"{"model_type": "mistral", "sliding_window": null, \#(common)}"#)
    #expect(unbounded.windows.allSatisfy { $0 == nil })
    let qwen = #""max_window_layers": 28, "sliding_window": 131072, "use_sliding_window": false, \#(common)"#
    let second = try config(
      #"{"model_type": "qwen2", "use_mrope": false, "tie_word_embeddings": true, \#(qwen)}"#)
    #expect(second.biases == .queryKeyValue && second.dHead == 64 && second.windows.allSatisfy { $0 == nil })
    let third = try config(
      #"{"model_type": "qwen3", "attention_bias": false, "head_dim": 128, "rope_scaling": null, \#(qwen)}"#)
    #expect(third.dHead == 128 && third.queryKeyNorm == .perHead && third.biases == [])
  }

  @Test func gemmas() throws {
    let common = #"""
      "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 2, "eos_token_id": 1, "head_dim": 256,
      "hidden_size": 2304, "intermediate_size": 9216, "max_position_embeddings": 8192, "num_attention_heads": 8,
      "num_hidden_layers": 26, "num_key_value_heads": 4, "pad_token_id": 0, "rms_norm_eps": 1e-06,
      "rope_theta": 10000.0, "use_cache": true, "vocab_size": 256000
      """#
    let first = try config(
      #"{"model_type": "gemma", "hidden_act": "gelu", "hidden_activation": null, \#(common)}"#)
    #expect(first.activation == .geluTanh && first.head == .tied && first.embeddingScale == 48)
    let second = try config(
      #"""
      {"model_type": "gemma2", "attn_logit_softcapping": 50.0, "cache_implementation": "hybrid",
       "final_logit_softcapping": 30.0, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
       "query_pre_attn_scalar": 256, "sliding_window": 4096, "sliding_window_size": 4096, \#(common)}
      """#)
    #expect(second.windows == (0..<26).map { $0.isMultiple(of: 2) ? 4096 : nil } && second.logitSoftCap == 30)
    #expect(second.scoreScale == 0.0625 && second.scoreSoftCap == 50 && second.blockOrder == .sandwichNorm)
  }

  @Test func phis() throws {
    let common = #"""
      "attention_dropout": 0.0, "bos_token_id": 1, "embd_pdrop": 0.0, "eos_token_id": 2, "hidden_size": 2560,
      "num_attention_heads": 32, "num_hidden_layers": 32, "resid_pdrop": 0.0, "rope_theta": 10000.0,
      "tie_word_embeddings": false, "torch_dtype": "float16", "use_cache": true, "vocab_size": 51200
      """#
    let second = try config(
      #"""
      {"model_type": "phi", "hidden_act": "gelu_new", "intermediate_size": 10240, "layer_norm_eps": 1e-05,
       "max_position_embeddings": 2048, "num_key_value_heads": 32, "partial_rotary_factor": 0.4, "qk_layernorm": false,
       "rope_scaling": null, \#(common)}
      """#)
    #expect(try rotary(second).dimensions == 32)
    let third = try config(
      #"""
      {"model_type": "phi3", "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"}, "hidden_act": "silu",
       "attention_bias": false, "intermediate_size": 8192, "max_position_embeddings": 4096,
       "num_key_value_heads": 32, "original_max_position_embeddings": 4096, "pad_token_id": 32000,
       "rms_norm_eps": 1e-05, "rope_scaling": null, "sliding_window": 2047, \#(common)}
      """#)
    #expect(third.windows == Array(repeating: 2047, count: 32) && third.biases == [])
  }

  @Test func encoders() throws {
    let common = #"""
      "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 768,
      "initializer_range": 0.02, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12
      """#
    let bert = try config(
      #"""
      {"model_type": "bert", "gradient_checkpointing": false, "layer_norm_eps": 1e-12, "max_position_embeddings": 512,
       "pad_token_id": 0, "position_embedding_type": "absolute", "transformers_version": "4.6.0.dev0",
       "type_vocab_size": 2, "use_cache": true, "vocab_size": 30522, \#(common)}
      """#)
    #expect(bert.nContext == 512)
    let codeBERT = try config(
      #"""
      {"model_type": "roberta", "_num_labels": 2, "bos_token_id": 0, "eos_token_id": 2, "finetuning_task": null,
       "id2label": {"0": "LABEL_0"}, "is_decoder": false, "layer_norm_eps": 1e-05, "max_position_embeddings": 514,
       "output_past": true, "pad_token_id": 1, "pruned_heads": {}, "torchscript": false, "type_vocab_size": 1,
       "use_bfloat16": false, "vocab_size": 50265, \#(common)}
      """#)
    #expect(codeBERT.nContext == 512 && codeBERT.headActivation == .gelu)
    let distilled = try config(
      #"""
      {"model_type": "distilbert", "activation": "gelu", "attention_dropout": 0.1, "dim": 768, "dropout": 0.1,
       "hidden_dim": 3072, "initializer_range": 0.02, "max_position_embeddings": 512, "n_heads": 12, "n_layers": 6,
       "pad_token_id": 0, "qa_dropout": 0.1, "seq_classif_dropout": 0.2, "sinusoidal_pos_embds": false,
       "tie_weights_": true, "vocab_size": 30522}
      """#)
    #expect(distilled.nLayers == 6 && distilled.normalization == .layerNorm(epsilon: 1e-12))
    let t5 = try config(
      #"""
      {"model_type": "t5", "architectures": ["T5WithLMHeadModel"], "d_ff": 2048, "d_kv": 64, "d_model": 512,
       "decoder_start_token_id": 0, "dropout_rate": 0.1, "eos_token_id": 1, "initializer_factor": 1.0,
       "is_encoder_decoder": true, "layer_norm_epsilon": 1e-06, "n_positions": 512, "num_heads": 8, "num_layers": 6,
       "output_past": true, "pad_token_id": 0, "relative_attention_num_buckets": 32,
       "task_specific_params": {"summarization": {"num_beams": 4}}, "vocab_size": 32128}
      """#)
    #expect(t5.positions == .relativeBias(RelativeBuckets(count: 32, maxDistance: 128)) && t5.mlp == .plain)
  }
}
