import Glibc

extension ConfigReader {
  /// The names of θ and of the rotating part of a head, which differ between families, and what holds without them.
  struct RotaryKeys {
    var theta = "rope_theta"
    var fraction = "partial_rotary_factor"
    var defaultFraction: Float = 1
    /// Whether only a part of a head may turn.
    var isPartial = false
    /// Length of the training's sequences where a file does not say; nil for the longest the model is made for.
    var trained: Int?
    /// A family's own names of types.
    var types: [String: String] = [:]
  }

  /// The rotary positions of heads of width `dHead`, in any spelling: `rope_scaling` or `rope_parameters`, `type` or
  /// `rope_type`.
  ///
  /// - Returns: the positions, and the longest sequence they are made for.
  func rotary(
    dHead: Int, trained: Int, keys: RotaryKeys = RotaryKeys()
  ) throws(ModelError) -> (rotary: Rotary, nContext: Int) {
    let scaling = try object("rope_scaling").flatMap { $0.isEmpty ? nil : $0 }
    let parameters = try object("rope_parameters")
    // Where both are given, Hugging Face reads the first alone: only one that says the same is sure to be meant.
    guard scaling == nil || parameters == nil || scaling?.isSame(as: parameters) == true else {
      throw ModelError(
        .unsupported, at: "\(path): rope_scaling", "it contradicts rope_parameters",
        advice: "Keep one of the two")
    }
    let source = scaling ?? parameters ?? ConfigReader(json: .object([:]), path: path)
    // Old files keep θ and the fraction at the top.
    let theta = try agreed(source, "rope_theta", keys.theta) ?? 10000
    let fraction = Double(try agreed(source, "partial_rotary_factor", keys.fraction) ?? keys.defaultFraction)
    guard keys.isPartial || fraction == 1 else {
      throw ModelError(
        .unsupported, at: "\(path): \(keys.fraction)",
        "\(fraction): partial rotary positions do not belong to this architecture")
    }
    guard fraction > 0, fraction <= 1 else {
      throw ModelError(
        .badValue, at: "\(path): \(keys.fraction)", "expected a number above 0 and up to 1, found \(fraction)"
      )
    }
    var rotary = Rotary(theta: theta, dimensions: Int(Double(dHead) * fraction))
    let type = try source.ropeType(renaming: keys.types)
    let nContext: Int
    (rotary.scaling, nContext) = try self.scaling(type, source, rotary, trained: trained, keys)
    return (rotary, nContext)
  }

  /// The number at `key` inside, or at `outer` outside; both may be there and agree.
  private func agreed(_ source: ConfigReader, _ key: String, _ outer: String) throws(ModelError) -> Float? {
    let (inside, outside) = (try source.optionalPositive(key), try optionalPositive(outer))
    if let inside, let outside, inside != outside {
      throw ModelError(
        .badValue, at: "\(path): \(outer)", "\(outside) contradicts the \(inside) of the rotary parameters",
        advice: "Keep one of the two")
    }
    return inside ?? outside
  }

  private func ropeType(renaming types: [String: String]) throws(ModelError) -> String {
    let type = has("rope_type") ? try string("rope_type") : has("type") ? try string("type") : "default"
    return types[type] ?? type
  }

  private func scaling(
    _ type: String, _ source: ConfigReader, _ rotary: Rotary, trained: Int, _ keys: RotaryKeys
  ) throws(ModelError) -> (Rotary.Scaling, nContext: Int) {
    let original = try original(source, keys.trained ?? trained)
    switch type {
    case "default": return (.none, trained)
    case "linear":
      let factor = try source.required("factor")
      return (.linear(factor: factor), try stretched(trained, by: factor))
    case "dynamic":
      let factor = try source.required("factor")
      guard rotary.dimensions > 2 else {
        throw ModelError(.badValue, at: source.path, "dynamic scaling needs more than 2 rotary dimensions")
      }
      return (.dynamic(factor: factor, trained: trained), try stretched(trained, by: factor))
    case "llama3":
      return (
        .llama3(
          factor: try source.required("factor"), low: try source.required("low_freq_factor"),
          high: try source.required("high_freq_factor"), trained: original), trained
      )
    case "yarn": return try yarn(source, rotary, trained: trained, original: original)
    case "longrope": return try long(source, rotary, trained: trained, original: original)
    case "divided":  // GGUF's `rope_freqs`, written so by its reader.
      let divisors = try source.optionalPositives("divisors", count: rotary.dimensions / 2) ?? []
      return (.divided(by: divisors), trained)
    default:
      throw ModelError(
        .unsupported, at: source.path, "the scaling \(type) of rotary positions is not supported",
        advice: "Supported: default, linear, dynamic, llama3, yarn, longrope")
    }
  }

  private func yarn(
    _ source: ConfigReader, _ rotary: Rotary, trained: Int, original: Int
  ) throws(ModelError) -> (Rotary.Scaling, nContext: Int) {
    guard rotary.theta > 1 else {
      throw ModelError(.badValue, at: source.path, "yarn needs a rope_theta above 1, found \(rotary.theta)")
    }
    let factor = try source.optionalPositive("factor") ?? Float(trained) / Float(original)
    func amplitude(_ weight: Double) -> Double { factor <= 1 ? 1 : 0.1 * weight * log(Double(factor)) + 1 }
    var scale = amplitude(1)
    if let given = try source.optionalPositive("attention_factor") {
      scale = Double(given)
    } else if let all = try source.optionalNumber("mscale_all_dim"),
      let part = try source.optionalNumber("mscale"),
      all != 0, part != 0
    {
      scale = amplitude(part) / amplitude(all)
    }
    var yarn = Rotary.Yarn(factor: factor, trained: original, amplitude: Float(scale))
    if let fast = try source.optionalNumber("beta_fast"), fast != 0 { yarn.fast = Float(fast) }
    if let slow = try source.optionalNumber("beta_slow"), slow != 0 { yarn.slow = Float(slow) }
    guard yarn.fast > 0, yarn.slow > 0, yarn.fast.isFinite, yarn.slow.isFinite, yarn.amplitude.isFinite else {
      throw ModelError(.badValue, at: source.path, "expected positive beta_fast and beta_slow")
    }
    yarn.rounds = try source.bool("truncate", default: true)
    return (.yarn(yarn), max(trained, try stretched(original, by: factor)))
  }

  private func long(
    _ source: ConfigReader, _ rotary: Rotary, trained: Int, original: Int
  ) throws(ModelError) -> (Rotary.Scaling, nContext: Int) {
    let factor = try source.optionalPositive("factor") ?? Float(trained) / Float(original)
    let pairs = rotary.dimensions / 2
    guard let short = try source.optionalPositives("short_factor", count: pairs),
      let long = try source.optionalPositives("long_factor", count: pairs)
    else {
      throw ModelError(.missingKey, at: source.path, "longrope needs the lists short_factor and long_factor")
    }
    let amplitude =
      try source.optionalPositive("attention_factor")
      ?? (factor <= 1 ? 1 : Float((1 + log(Double(factor)) / log(Double(original))).squareRoot()))
    guard amplitude.isFinite else {
      throw ModelError(
        .badValue, at: source.path, "a trained context of \(original) gives no attention factor")
    }
    return (.long(short: short, long: long, trained: original, amplitude: amplitude), trained)
  }

  /// Length of the training's sequences; the top-level key wins.
  private func original(_ source: ConfigReader, _ trained: Int) throws(ModelError) -> Int {
    let key = "original_max_position_embeddings"
    let outside = try optionalDimension(key)
    let inside = try source.optionalDimension(key)
    return outside ?? inside ?? trained
  }

  private func required(_ key: String) throws(ModelError) -> Float {
    guard let value = try optionalPositive(key) else {
      throw ModelError(.missingKey, at: path, "the key \(key) is missing (expected a positive number)")
    }
    return value
  }

  private func stretched(_ length: Int, by factor: Float) throws(ModelError) -> Int {
    let stretched = Double(length) * Double(factor)
    guard stretched >= 1, stretched < 0x8000_0000 else {
      throw ModelError(
        .badValue, at: path, "a context of \(length) stretched by \(factor) is not a possible one")
    }
    return Int(stretched)
  }
}
