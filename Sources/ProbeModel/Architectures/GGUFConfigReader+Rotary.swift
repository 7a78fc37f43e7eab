extension GGUFConfigReader {
  /// Width of a head, the same for queries, keys and values: llama.cpp takes dModel / nHeads where a file does not say.
  func headWidth() throws(ModelError) -> Int {
    let dModel = try dimension("embedding_length")
    let nHeads = try dimension("attention.head_count")
    let dHead: Int
    if try optionalValue("attention.key_length") != nil {
      dHead = try dimension("attention.key_length")
    } else {
      guard dModel.isMultiple(of: nHeads) else {
        throw ModelError(
          .badValue, at: location("attention.head_count"),
          "a width of \(dModel) does not divide into \(nHeads) heads")
      }
      dHead = dModel / nHeads
    }
    try require(
      "attention.value_length", is: dHead,
      because: "values of another width than keys (\(dHead)) are not supported")
    return dHead
  }

  /// Throws ``ModelError`` `.unsupported` unless queries, keys and values have the same heads, of dModel / nHeads.
  func requireOrdinaryHeads() throws(ModelError) {
    let nHeads = try dimension("attention.head_count")
    let reason = "the architecture has as many heads for keys and values as for queries, of dModel / nHeads"
    try require("attention.head_count_kv", is: nHeads, because: reason)
    guard try dimension("embedding_length") == nHeads * headWidth() else {
      throw ModelError(.unsupported, at: location("attention.key_length"), "\(try headWidth()): \(reason)")
    }
  }

  /// The sliding window; null for none, which the converter writes as 0, and nil where a file does not say.
  func window() throws(ModelError) -> JSONValue? {
    guard let window = try optionalValue("attention.sliding_window") else { return nil }
    return window == .integer(0) ? .null : window
  }

  /// `partial_rotary_factor` and `rope_scaling` as the file's keys and tensors give them.
  func rotary(
    dHead: Int, isPartial: Bool
  ) throws(ModelError) -> (fraction: JSONValue, scaling: JSONValue?) {
    let width = try rotaryWidth(dHead: dHead, isPartial: isPartial)
    // Half a dimension more, so that rounding cannot take one away when the factor is multiplied and truncated.
    let fraction = width == dHead ? 1 : (Double(width) + 0.5) / Double(dHead)
    return (.number(fraction), try ropeScaling(pairs: width / 2))
  }

  /// How many of a head's dimensions turn.
  private func rotaryWidth(dHead: Int, isPartial: Bool) throws(ModelError) -> Int {
    let key = "rope.dimension_count"
    guard try optionalValue(key) != nil else { return dHead }
    let width = try dimension(key)
    guard width <= dHead else {
      throw ModelError(.badValue, at: location(key), "\(width) rotary dimensions in heads of width \(dHead)")
    }
    guard isPartial || width == dHead else {
      throw ModelError(
        .unsupported, at: location(key),
        "\(width) of \(dHead) dimensions turn: partial rotary positions do not belong to this architecture")
    }
    return width
  }

  /// The scaling of `pairs` frequencies; a factor without a type means linear scaling, and divisors without one mean
  /// those.
  private func ropeScaling(pairs: Int) throws(ModelError) -> JSONValue? {
    let divisors = try numbers(of: "rope_freqs.weight", count: pairs)
    let short = try numbers(of: "rope_factors_short.weight", count: pairs)
    let long = try numbers(of: "rope_factors_long.weight", count: pairs)
    let old = try optionalValue("rope.scale_linear")
    let factor = try optionalValue("rope.scaling.factor") ?? old
    let original = try optionalValue("rope.scaling.original_context_length")
    var type = try optionalString("rope.scaling.type") ?? "linear"
    if type == "linear", !isStretched(factor) { type = "none" }
    if short != nil || long != nil, type == "none" { type = "longrope" }
    guard divisors == nil || type == "none", short == nil && long == nil || type == "longrope" else {
      throw ModelError(
        .unsupported, at: location("rope.scaling.type"),
        "\(type) scaling, but the file has divisors of the frequencies as well",
        advice: "Open the original checkpoint")
    }
    switch type {
    case "none":
      return divisors.map { .object(["rope_type": .string("divided"), "divisors": .array($0)]) }
    case "linear": return .object(members(type, ["factor": factor]))
    case "yarn": return .object(try yarn(original))
    case "longrope":
      return .object(
        members(
          type,
          [
            "factor": factor, "original_max_position_embeddings": original,
            "attention_factor": try optionalValue("rope.scaling.attn_factor"),
            "short_factor": short.map { .array($0) }, "long_factor": long.map { .array($0) },
          ]))
    default:
      throw ModelError(
        .unsupported, at: location("rope.scaling.type"),
        "the scaling \(type) of rotary positions is not supported",
        advice: "Supported: none, linear, yarn, longrope")
    }
  }

  private func isStretched(_ factor: JSONValue?) -> Bool {
    factor?.number.map { $0 != 0 && $0 != 1 } ?? (factor != nil)
  }

  private func members(_ type: String, _ values: [String: JSONValue?]) -> [String: JSONValue] {
    values.compactMapValues { $0 }.merging(["rope_type": .string(type)]) { $1 }
  }

  /// YaRN as Hugging Face's keys give it.
  ///
  /// An amplitude in the file is refused: converters copy Hugging Face's `attention_factor`, which replaces
  /// 0.1 ln(factor) + 1, while llama.cpp multiplies by it.
  private func yarn(_ original: JSONValue?) throws(ModelError) -> [String: JSONValue] {
    for (key, neutral) in [
      ("rope.scaling.yarn_attn_factor", nil), ("rope.scaling.yarn_log_multiplier", 0),
      ("rope.scaling.yarn_ext_factor", 1), ("rope.scaling.attn_factor", 1),
    ] as [(String, Double?)] {
      guard let value = try optionalValue(key), value.number != neutral else { continue }
      throw ModelError(
        .unsupported, at: location(key), "\(value.text): it means different things to different programs",
        advice: "Open the original checkpoint")
    }
    return members(
      "yarn",
      [
        "factor": try value("rope.scaling.factor"), "original_max_position_embeddings": original,
        "beta_fast": try optionalValue("rope.scaling.yarn_beta_fast"),
        "beta_slow": try optionalValue("rope.scaling.yarn_beta_slow"),
      ])
  }
}
