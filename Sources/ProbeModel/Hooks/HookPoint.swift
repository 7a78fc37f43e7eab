/// A named place in the forward pass where activations can be read or changed.
///
/// Names are TransformerLens', verbatim, in Swift, SQLite, JSON and HTML: `blocks.3.hook_resid_post`,
/// `blocks.0.attn.hook_pattern`, `ln_final.hook_normalized`. What each holds is said at ``Site``.
public struct HookPoint: Hashable, Sendable {
  /// What is computed there.
  public let site: Site
  /// The block, for sites inside a block; nil for the others.
  public let layer: Int?

  /// A site of the embedding, of the final norm or of the head.
  ///
  /// - Precondition: the site is not inside a block.
  public init(_ site: Site) {
    precondition(!site.isInBlock, "\(site.rawValue) is inside a block: give its layer")
    self.site = site
    layer = nil
  }

  /// A site inside block `layer`.
  ///
  /// - Precondition: the site is inside a block.
  public init(_ site: Site, layer: Int) {
    precondition(site.isInBlock && layer >= 0, "\(site.rawValue) takes no layer \(layer)")
    self.site = site
    self.layer = layer
  }

  /// The residual stream after block `layer`.
  public static func residPost(_ layer: Int) -> HookPoint { HookPoint(.residPost, layer: layer) }

  /// The TransformerLens name.
  public var name: String {
    guard let layer else { return site.rawValue }
    return "blocks.\(layer).\(site.rawValue)"
  }

  /// The point with this full name, or nil when it is none.
  public init?(name: String) {
    if let site = Site(rawValue: name), !site.isInBlock {
      self.init(site)
      return
    }
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "blocks", let layer = Int(parts[1]), layer >= 0,
      String(layer) == parts[1], let site = Site(rawValue: String(parts[2])), site.isInBlock
    else { return nil }
    self.init(site, layer: layer)
  }
}

extension HookPoint {
  /// The kinds of places, in the order of computation inside a pre-norm block.
  ///
  /// Shapes are per sequence, without a batch axis. q, z and result are per query head, k and v per key–value head.
  public enum Site: String, CaseIterable, Sendable {
    /// Token embedding (after the family's own scaling), `[position, dModel]`.
    case embed = "hook_embed"
    /// Learned position embedding added to the stream, `[position, dModel]`.
    case posEmbed = "hook_pos_embed"
    /// Token-type embedding added to the stream (BERT), `[position, dModel]`.
    case tokenTypeEmbed = "hook_token_type_embed"
    /// Residual stream entering the block, `[position, dModel]`.
    case residPre = "hook_resid_pre"
    /// √(variance + ε) of the norm on attention's side, `[position, 1]`.
    case ln1Scale = "ln1.hook_scale"
    /// Output of that norm as the next operation reads it, gain and bias included, `[position, dModel]`.
    case ln1Normalized = "ln1.hook_normalized"
    /// Queries as projected, before norm and rotary positions, `[position, head, dHead]`.
    case q = "attn.hook_q"
    /// Keys as projected, before norm and rotary positions, `[position, keyValueHead, dHead]`.
    case k = "attn.hook_k"
    /// Values, `[position, keyValueHead, dHead]`.
    case v = "attn.hook_v"
    /// Queries after their norm, before rotary positions, `[position, head, dHead]`.
    case qNormalized = "attn.q_norm.hook_normalized"
    /// Keys after their norm, before rotary positions, `[position, keyValueHead, dHead]`.
    case kNormalized = "attn.k_norm.hook_normalized"
    /// Queries after rotary positions, `[position, head, dHead]`.
    case rotQ = "attn.hook_rot_q"
    /// Keys after rotary positions, `[position, keyValueHead, dHead]`.
    case rotK = "attn.hook_rot_k"
    /// Attention scores (scaled, capped, with positional bias) of visible keys, ragged: row = query, `[head, visibleKey]`.
    case attnScores = "attn.hook_attn_scores"
    /// Softmax of the scores over visible keys, ragged: row = query, `[head, visibleKey]`.
    case pattern = "attn.hook_pattern"
    /// Pattern-weighted values, `[position, head, dHead]`.
    case z = "attn.hook_z"
    /// Each head's contribution to the residual stream, without the output bias, `[position, head, dModel]`.
    case result = "attn.hook_result"
    /// Attention's output before the norm that stands on the branch, `[position, dModel]`.
    case ln1PostInput = "ln1_post.hook_input"
    /// √(variance + ε) of that norm, `[position, 1]`.
    case ln1PostScale = "ln1_post.hook_scale"
    /// What attention adds to the residual stream, `[position, dModel]`.
    case attnOut = "hook_attn_out"
    /// Residual stream between attention and MLP, `[position, dModel]`.
    case residMid = "hook_resid_mid"
    /// √(variance + ε) of the norm on the MLP's side, `[position, 1]`.
    case ln2Scale = "ln2.hook_scale"
    /// Output of that norm, `[position, dModel]`.
    case ln2Normalized = "ln2.hook_normalized"
    /// MLP before its activation function (of a gated MLP: the gate), `[position, dMLP]`.
    case mlpPre = "mlp.hook_pre"
    /// The linear branch of a gated MLP, `[position, dMLP]`.
    case mlpPreLinear = "mlp.hook_pre_linear"
    /// What the MLP's output matrix reads, `[position, dMLP]`.
    case mlpPost = "mlp.hook_post"
    /// The MLP's output before the norm that stands on the branch, `[position, dModel]`.
    case ln2PostInput = "ln2_post.hook_input"
    /// √(variance + ε) of that norm, `[position, 1]`.
    case ln2PostScale = "ln2_post.hook_scale"
    /// What the MLP adds to the residual stream, `[position, dModel]`.
    case mlpOut = "hook_mlp_out"
    /// Residual stream leaving the block, as the reference implementation's block returns it, `[position, dModel]`.
    case residPost = "hook_resid_post"
    /// √(variance + ε) of the final norm, `[position, 1]`.
    case finalScale = "ln_final.hook_scale"
    /// Output of the final norm, `[position, dModel]`.
    case finalNormalized = "ln_final.hook_normalized"
    /// Scores over the vocabulary, `[position, dVocab]`.
    case logits = "logits"

    /// Whether the site occurs once per block.
    public var isInBlock: Bool {
      switch self {
      case .embed, .posEmbed, .tokenTypeEmbed, .finalScale, .finalNormalized, .logits: false
      default: true
      }
    }

    /// Whether a row's width depends on its position.
    public var isRagged: Bool { self == .attnScores || self == .pattern }

    /// Position in the order of computation: that of the cases above.
    var order: Int { Self.orders[self] ?? 0 }

    private static let orders = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
  }
}

extension HookPoint: Comparable {
  /// Order of computation in a pre-norm decoder: embeddings, then blocks by layer, then final norm and logits.
  public static func < (a: HookPoint, b: HookPoint) -> Bool { a.sortKey < b.sortKey }

  private var sortKey: (Int, Int) {
    guard let layer else { return (site.order < Site.residPre.order ? -1 : .max, site.order) }
    return (layer, site.order)
  }
}

extension HookPoint: CustomStringConvertible {
  /// The full name.
  public var description: String { name }
}

extension HookPoint: Codable {
  /// Decodes the full name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let point = HookPoint(name: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(name) is not a hook point")
    }
    self = point
  }

  /// Encodes the full name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
