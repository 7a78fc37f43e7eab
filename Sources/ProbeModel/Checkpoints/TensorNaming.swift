/// How a family's tensors are called in Hugging Face's files.
struct TensorNaming: Sendable {
  /// The base-model prefix, such as `model.`, which files may leave out; empty for a family without one.
  var prefix: String
  /// Names that never carry the prefix.
  var unprefixed: Set<String> = []
  /// Other names of the same tensor; a file that has both holds a copy.
  var aliases: [String: String] = [:]
  /// Whether old files call a norm's weight and bias `gamma` and `beta`.
  var hasGammaAndBeta = false
  /// Whether a file's tensor may go unused: buffers and heads that the family defines but we have no use for.
  var ignores: @Sendable (String) -> Bool = { _ in false }

  /// The names under which a file may hold `name`.
  func candidates(for name: String) -> [String] {
    var candidates = prefix.isEmpty || unprefixed.contains(name) ? [name] : [prefix + name, name]
    if let alias = aliases[name] { candidates.append(alias) }
    if hasGammaAndBeta {
      candidates += candidates.compactMap { name in
        if name.hasSuffix("LayerNorm.weight") { return name.dropLast("weight".count) + "gamma" }
        return name.hasSuffix("LayerNorm.bias") ? name.dropLast("bias".count) + "beta" : nil
      }
    }
    return candidates
  }
}
