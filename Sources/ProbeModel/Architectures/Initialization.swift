/// How a family draws the weights of a fresh model: the values of each tensor before any training.
///
/// The common rule is that of Hugging Face's `transformers` (`PreTrainedModel._init_weights`): matrices and tables are
/// normal with mean 0 and one standard deviation, which `config.json` names; biases are 0; gains of norms are 1; the row
/// of the padding token in some tables is 0. A family states where it differs.
struct Initialization: Sendable {
  /// The distribution of a tensor's values.
  enum Distribution: Equatable, Sendable {
    /// All values are the same.
    case constant(Float)
    /// Independent and normal around 0, but for the rows of the table that are 0.
    case normal(deviation: Double, zeroRow: Int? = nil)
    /// Sines and cosines of the position (Vaswani et al. 2017): column 2i of row p is sin(p / 10000^(2i / width)),
    /// column 2i + 1 the cosine.
    case sinusoids
  }

  /// Standard deviation of matrices and tables.
  var deviation: Double
  /// What norms' gains are.
  var gain: Float = 1
  /// The padding token, whose row in `paddedTables` is 0.
  var paddingToken: Int?
  /// Tables that know of the padding token.
  var paddedTables: Set<String> = ["embed_tokens.weight"]
  /// The unembedding, which is not drawn where it is the embedding.
  var unembedding = "lm_head.weight"
  /// The distributions of tensors that follow a rule of their own; nil for those of the common rule.
  var special: @Sendable (_ name: String) -> Distribution? = { _ in nil }

  /// Version of these rules and of the method of drawing: it changes when the same seed would draw other weights.
  static let version = 1

  /// The common rule.
  ///
  /// - Parameters:
  ///   - key: where the configuration keeps the standard deviation, and `fallback` what it is without the key.
  ///   - paddingToken: the padding token of a configuration that does not name one; null there means none.
  /// - Throws: ``ModelError`` for a deviation that is not a positive number.
  init(
    _ reader: ConfigReader, key: String = "initializer_range", default fallback: Double = 0.02,
    paddingToken: Int? = nil
  ) throws(ModelError) {
    deviation = try reader.optionalNumber(key) ?? fallback
    guard deviation > 0, Float(deviation).isFinite else {
      throw ModelError(
        .badValue, at: "\(reader.path): \(key)", "expected a positive number, found \(deviation)")
    }
    let isNone = reader.isNull("pad_token_id")
    self.paddingToken = isNone ? nil : try reader.optionalInteger("pad_token_id") ?? paddingToken
  }

  /// GPT-2's rule: the maps that write to the residual stream, two a block, are drawn with a deviation smaller by
  /// √(2 · nLayers), so that the stream's variance does not grow with the depth (Radford et al. 2019).
  ///
  /// - Parameter outputs: how the names of those maps end.
  static func residual(_ common: Initialization, nLayers: Int, outputs: [String]) -> Initialization {
    var initialization = common
    let deviation = common.deviation / Double(2 * nLayers).squareRoot()
    initialization.special = { name in
      outputs.contains { name.hasSuffix($0) } ? .normal(deviation: deviation) : nil
    }
    return initialization
  }

  /// The distribution of the tensor that the reader calls `name`.
  func distribution(of name: String, shape: [Int]) -> Distribution {
    if let special = special(name) { return special }
    if name.hasSuffix("bias") { return .constant(0) }
    // What is a vector and no bias is a norm's gain.
    if shape.count == 1 { return .constant(gain) }
    return .normal(deviation: deviation, zeroRow: zeroRow(of: name, rows: shape[0]))
  }

  /// The padding token's row; counted from the end when negative, as PyTorch does.
  private func zeroRow(of name: String, rows: Int) -> Int? {
    guard paddedTables.contains(name), let token = paddingToken else { return nil }
    let row = token < 0 ? rows + token : token
    return 0..<rows ~= row ? row : nil
  }
}
