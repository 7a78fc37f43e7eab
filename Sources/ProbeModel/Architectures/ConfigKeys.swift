/// Keys of `config.json` that change the computation of some transformer somewhere.
///
/// A family reads those it knows. One that is present, means something and was read by nobody is an error that names it
/// (``ConfigReader/finish()``): the model would be run wrongly. Gathered from the configurations of Hugging Face
/// `transformers`.
enum ConfigKeys {
  /// Whether `key` with this value leaves the computation as it is, for a family that does not read it.
  static func isNeutral(_ key: String, _ value: JSONValue) -> Bool {
    if key == "layer_types", case .array(let types) = value {
      return types.allSatisfy { $0 == .string("full_attention") }
    }
    switch value {
    case .null, .bool(false), .array([]), .object([:]): return true
    default: break
    }
    guard let neutral = neutralValues[key] else { return !consequential.contains(key) }
    return neutral.contains { $0 == value || ($0.number != nil && $0.number == value.number) }
  }

  /// Keys with values, besides false and nothing, that mean nothing.
  static let neutralValues: [String: [JSONValue]] = [
    "attention_multiplier": [.integer(1)], "residual_multiplier": [.integer(1)],
    "embedding_multiplier": [.integer(1)], "logits_scaling": [.integer(1)], "logit_scale": [.integer(1)],
    "scale_emb": [.integer(1)], "is_causal": [.bool(true)],
    "position_embedding_type": [.string("absolute")], "num_local_experts": [.integer(0)],
    "num_experts": [.integer(0)], "n_routed_experts": [.integer(0)], "moe_num_experts": [.integer(0)],
    "partial_rotary_factor": [.integer(1)], "scale_attn_weights": [.bool(true)],
  ]

  /// Keys whose every other value matters.
  static let consequential: Set<String> = [
    // Scales.
    "scale_depth", "scale_embedding", "embedding_scale", "emb_scale", "attn_scale", "floor_scale",
    "softmax_scale",
    "attn_temperature_tuning", "query_pre_attn_scalar", "scale_attn_by_inverse_layer_idx", "layer_scale",
    "layer_scale_init_value",
    // Norms.
    "qk_layernorm", "use_qk_norm", "qk_norm", "qk_ln", "q_k_norm", "layernorm_1p", "norm_type",
    "use_post_attention_layernorm", "apply_residual_connection_post_layernorm", "normalize_before",
    "layer_norm_before", "num_ln_in_parallel_attn",
    // Biases.
    "use_qkv_bias", "qkv_bias", "attention_bias", "attention_out_bias", "mlp_bias", "lm_head_bias",
    "use_bias",
    "no_bias",
    // Caps and clips.
    "clip_qkv", "attn_logit_softcapping", "final_logit_softcapping", "logit_softcap", "attn_logit_softcap",
    // Blocks and heads.
    "parallel_attn", "parallel_residual", "new_decoder_architecture", "multi_query", "num_kv_heads",
    "decoder_sparse_step", "first_k_dense_replace", "moe_layer_freq", "q_lora_rank", "kv_lora_rank",
    "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "embedding_size", "num_hidden_groups",
    "swiglu_limit",
    "swiglu_alpha", "per_layer_config", "pruned_heads", "hidden_size_per_layer_input",
    // Positions.
    "alibi", "use_alibi", "alibi_bias_max", "relative_attention", "pos_att_type", "rope_interleave",
    "no_rope_layers", "no_rope_layer_interval", "nope_layers", "layer_rope_theta", "rope_local_base_freq",
    "global_rope_theta", "local_rope_theta", "rotary_dim", "rotary_pct", "rotary_emb_base", "rope_scaling",
    // Masks.
    "use_sliding_window", "sliding_window_pattern", "attention_window", "local_attention", "window_size",
    "attention_types", "attention_chunk_size", "attention_sinks", "sinks", "use_bidirectional_attention",
    "bidirectional", "prefix_lm", "is_decoder", "is_encoder_decoder", "add_cross_attention",
    "cross_attention_hidden_size",
    // Weights that are not what their names say, and wrappers around several models.
    "quantization_config", "compression_config", "text_config", "vision_config", "encoder", "decoder",
  ]
}
