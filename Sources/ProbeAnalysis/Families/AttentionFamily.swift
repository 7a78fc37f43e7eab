import ProbeMath

/// A probe that learns where to look: positions are pooled by attention, and the pooled vector is read out linearly.
///
///     a_t = softmax_t(q · x_t),   logits = W · Σ_t a_t x_t + b
///
/// Trained as the perceptrons are (``Adam``; weight decay and rounds chosen on held-out folds). For a label that hangs
/// on one position which is not always the same, and which the mean over positions dilutes.
public struct AttentionFamily: SequenceProbeFamily {
  /// `attention`.
  public static let name = "attention"
  /// One line about the pooling.
  public static let summary = "linear read-out of positions pooled by learned attention"

  /// Number of heads, each with a query and a read-out of its own; their logits are added.
  public var heads = 1

  /// One head.
  public init() {}

  /// Chooses on folds, then trains on all training items.
  public func fit(_ items: TrainingSequences) -> any FittedSequenceProbe {
    precondition(heads > 0, "AttentionFamily: \(heads) heads")
    let heads = heads
    let choice = NetworkChoice(
      folds: items.items.map { items.folds[$0] }, seed: items.seed, name: Self.name
    ) { inside in AttentionNetwork(items, heads: heads, inside: inside) }
    let all = Array(items.items.indices)
    let network = AttentionNetwork(items, heads: heads, inside: all)
    let parameters = NetworkTrainer(items: all.count, decay: choice.decay).train(
      network, on: all, rounds: choice.rounds, RandomStream(seed: items.seed, Self.name, "all"))
    return AttentionProbe(
      classes: items.classes, standardizer: network.standardizer, heads: heads, parameters: parameters,
      diagnostics: choice.notes)
  }
}

/// A fitted attention-pooled probe.
public struct AttentionProbe: FittedSequenceProbe {
  /// Names of the classes, by class index.
  public let classes: [String]
  /// Shift and scale of the features.
  public let standardizer: Standardizer
  /// Number of heads.
  public let heads: Int
  /// q `[H, d]`, W `[H · K, d]`, b `[K]`, one after the other; K is 1 for two classes.
  public let parameters: [Float]
  /// What a reader should know about the fit.
  public let diagnostics: [String]

  /// A probe from its parts.
  ///
  /// - Precondition: the parameters are as many as heads, features and classes need.
  public init(
    classes: [String], standardizer: Standardizer, heads: Int, parameters: [Float], diagnostics: [String]
  ) {
    (self.classes, self.standardizer, self.heads) = (classes, standardizer, heads)
    (self.parameters, self.diagnostics) = (parameters, diagnostics)
    precondition(
      heads > 0 && classes.count >= 2 && shape.parameterCount == parameters.count,
      "AttentionProbe: \(parameters.count) parameters for \(shape)")
  }

  /// `attention`.
  public var family: String { AttentionFamily.name }
  /// Number of features.
  public var width: Int { standardizer.width }

  /// None: it is not linear.
  public var map: LinearMap? { nil }

  private var shape: AttentionShape {
    AttentionShape(width: width, heads: heads, outputs: classes.count == 2 ? 1 : classes.count)
  }

  /// Log-odds of every class of sequences, each a range of rows of `features`: `[sequences, K]`.
  public func scores(_ features: Tensor, sequences: [Range<Int>]) -> Tensor {
    var logits = Tensor([sequences.count, shape.outputs])
    run(features, sequences) { item, own, _ in
      for (k, value) in own.enumerated() { logits[item, k] = value }
    }
    return logOdds(ofLogits: logits)
  }

  /// The attention that each position of a sequence gets, the mean over heads; sums to 1 over each sequence.
  public func attention(_ features: Tensor, sequences: [Range<Int>]) -> [[Float]] {
    var attention: [[Float]] = []
    run(features, sequences) { _, _, weights in attention.append(weights) }
    return attention
  }

  private func run(
    _ features: Tensor, _ sequences: [Range<Int>], _ body: (Int, [Float], [Float]) -> Void
  ) {
    TrainingSequences.check(sequences, positions: features.rows)
    let shape = shape
    let longest = sequences.reduce(0) { max($0, $1.count) }
    let rows = FloatBuffer(count: longest * width)
    let projections = FloatBuffer(count: longest * shape.columns)
    var logits = [Float](repeating: 0, count: shape.outputs)
    for (item, range) in sequences.enumerated() {
      standardizer.apply(features, rows: range, to: rows.pointer, stride: width)
      parameters.withUnsafeBufferPointer { parameters in
        guard let parameters = parameters.baseAddress else { return }
        shape.project(parameters, rows.pointer, positions: range.count, into: projections.pointer)
        shape.pool(parameters, projections.pointer, positions: range.count, logits: &logits)
      }
      let weights = range.indices.map { position -> Float in
        let row = projections.pointer + (position - range.lowerBound) * shape.columns
        return (0..<heads).reduce(0) { $0 + row[$1] } / Float(heads)
      }
      body(item, logits, weights)
    }
  }
}
