/// How a family's checkpoints look in GGUF: its metadata as the `config.json` it stands for, and its names of tensors.
struct GGUFLayout: Sendable {
  /// `general.architecture`, which is also the prefix of its metadata.
  let architecture: String
  /// The `config.json` that the metadata stands for.
  let config: @Sendable (GGUFConfigReader) throws(ModelError) -> JSONValue
  /// GGUF's name of a tensor that Hugging Face calls so, without base-model prefix.
  let tensorName: @Sendable (String) -> String
  /// Whether the rows of q and k stand so that rotary pairs are neighbours.
  var turnsNeighbours = false
  /// Tensors that the metadata's reading has used up, or that say what the configuration says.
  var ignores: Set<String> = []
}

extension GGUFLayout {
  /// Tensors that ``GGUFConfigReader/rotary(dHead:isPartial:)`` reads.
  static let rotaryTensors: Set<String> = [
    "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight",
  ]

  /// GGUF's names of tensors by those of Hugging Face.
  ///
  /// - Parameters:
  ///   - blocks: what names of blocks begin with there: `h` for `h.0.ln_1.weight`.
  ///   - outside: whole names outside the blocks.
  ///   - inside: names inside a block, without `.weight` or `.bias`.
  static func names(
    blocks: String, outside: [String: String], inside: [String: String]
  ) -> @Sendable (String) -> String {
    { name in
      if let name = outside[name] { return name }
      let parts = name.split(separator: ".", maxSplits: 2)
      guard parts.count == 3, parts[0] == blocks, let end = parts[2].lastIndex(of: "."),
        let found = inside[String(parts[2][..<end])]
      else { return name }
      return "blk.\(parts[1]).\(found)\(parts[2][end...])"
    }
  }

  /// The layout of Llama and its descendants.
  ///
  /// - Parameters:
  ///   - modelType: the family's `model_type`.
  ///   - isPartial: whether only a part of a head may turn.
  ///   - further: keys of the family besides the common ones.
  ///   - tensors: its names of tensors besides the common ones, by what ends a Hugging Face name inside a block.
  static func llamaShape(
    _ architecture: String, modelType: String, turnsNeighbours: Bool = false, isPartial: Bool = false,
    tensors: [String: String] = [:],
    further: @escaping @Sendable (GGUFConfigReader) throws(ModelError) -> [String: JSONValue] = {
      (_) throws(ModelError) in [:]
    }
  ) -> GGUFLayout {
    GGUFLayout(
      architecture: architecture,
      config: { (reader) throws(ModelError) in
        var members = try llamaMembers(reader, isPartial: isPartial)
        members["model_type"] = .string(modelType)
        for (key, value) in try further(reader) { members[key] = value }
        return .object(members)
      },
      tensorName: names(
        blocks: "layers",
        outside: [
          "embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
          "lm_head.weight": "output.weight",
        ],
        inside: [
          "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
          "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
          "mlp.down_proj": "ffn_down", "post_attention_layernorm": "ffn_norm",
          "input_layernorm": "attn_norm",
        ].merging(tensors) { $1 }),
      turnsNeighbours: turnsNeighbours,
      ignores: rotaryTensors)
  }

  /// The keys that all descendants of Llama have.
  private static func llamaMembers(
    _ reader: GGUFConfigReader, isPartial: Bool
  ) throws(ModelError) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    for (key, ggufKey) in [
      ("num_hidden_layers", "block_count"), ("max_position_embeddings", "context_length"),
      ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
      ("num_attention_heads", "attention.head_count"),
    ] { members[key] = .integer(try reader.dimension(ggufKey)) }
    members["rms_norm_eps"] = try reader.value("attention.layer_norm_rms_epsilon")
    members["num_key_value_heads"] = try reader.optionalValue("attention.head_count_kv") ?? .null
    let dHead = try reader.headWidth()
    members["head_dim"] = .integer(dHead)
    members["rope_theta"] = try reader.optionalValue("rope.freq_base") ?? .number(10000)
    (members["partial_rotary_factor"], members["rope_scaling"]) = try reader.rotary(
      dHead: dHead, isPartial: isPartial)
    members["vocab_size"] = .integer(try reader.rows(of: "token_embd.weight"))
    members["tie_word_embeddings"] = .bool(!reader.hasTensor("output.weight"))
    return members
  }
}
