import ProbeMath

/// A perceptron with one hidden layer: what a probe that need not be linear reads out.
///
/// ReLU units, ``Adam``, no dropout; weight decay and the number of rounds are chosen on held-out folds
/// (``NetworkChoice``), then all training rows train for that long.
public struct OneLayerPerceptronFamily: ProbeFamily {
  /// `mlp-1`.
  public static let name = "mlp-1"
  /// One line about the layers.
  public static let summary = "perceptron with one hidden layer of ReLU units, stopped early on group folds"

  /// There is nothing to set.
  public init() {}

  /// Chooses on folds, then trains on all training rows.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    PerceptronProbe(fitting: items, hiddenLayers: 1, family: Self.name)
  }
}

/// A perceptron with two hidden layers; otherwise as ``OneLayerPerceptronFamily``.
public struct TwoLayerPerceptronFamily: ProbeFamily {
  /// `mlp-2`.
  public static let name = "mlp-2"
  /// One line about the layers.
  public static let summary = "perceptron with two hidden layers of ReLU units, stopped early on group folds"

  /// There is nothing to set.
  public init() {}

  /// Chooses on folds, then trains on all training rows.
  public func fit(_ items: TrainingItems) -> any FittedProbe {
    PerceptronProbe(fitting: items, hiddenLayers: 2, family: Self.name)
  }
}

/// A fitted perceptron.
public struct PerceptronProbe: FittedProbe {
  /// Name of the family that fitted it.
  public let family: String
  /// Names of the classes, by class index.
  public let classes: [String]
  /// Shift and scale of the features.
  public let standardizer: Standardizer
  /// Sizes of the layers, features and logits included.
  public let sizes: [Int]
  /// W₁ `[out, in]`, b₁, W₂, b₂, …, one after the other.
  public let parameters: [Float]
  /// What a reader should know about the fit.
  public let diagnostics: [String]

  /// Units of a hidden layer.
  static func hiddenWidth(features: Int) -> Int { features >= 128 ? 128 : 64 }

  init(fitting items: TrainingItems, hiddenLayers: Int, family: String) {
    let hidden = [Int](repeating: Self.hiddenWidth(features: items.features.width), count: hiddenLayers)
    let choice = NetworkChoice(
      folds: items.rows.map { items.folds[$0] }, seed: items.seed, name: family
    ) { inside in PerceptronNetwork(items, hidden: hidden, inside: inside) }
    let all = Array(items.rows.indices)
    let network = PerceptronNetwork(items, hidden: hidden, inside: all)
    let parameters = NetworkTrainer(items: all.count, decay: choice.decay).train(
      network, on: all, rounds: choice.rounds, RandomStream(seed: items.seed, family, "all"))
    self.init(
      family: family, classes: items.classes, standardizer: network.standardizer, sizes: network.shape.sizes,
      parameters: parameters, diagnostics: choice.notes)
  }

  /// A perceptron from its parts.
  ///
  /// - Precondition: the parameters fill the layers.
  public init(
    family: String, classes: [String], standardizer: Standardizer, sizes: [Int], parameters: [Float],
    diagnostics: [String]
  ) {
    let shape = PerceptronShape(sizes)
    precondition(
      shape.parameterCount == parameters.count && sizes[0] == standardizer.width
        && shape.outputs == (classes.count == 2 ? 1 : classes.count),
      "PerceptronProbe: sizes \(sizes), \(parameters.count) parameters, \(classes.count) classes")
    (self.family, self.classes, self.standardizer) = (family, classes, standardizer)
    (self.sizes, self.parameters, self.diagnostics) = (sizes, parameters, diagnostics)
  }

  /// Number of features.
  public var width: Int { standardizer.width }
  /// None: it is not linear.
  public var map: LinearMap? { nil }

  /// Log-odds of every class of the given rows of `features`: `[rows, K]`.
  public func scores(_ features: Tensor, rows: [Int]) -> Tensor {
    let shape = PerceptronShape(sizes)
    let block = min(512, max(1, rows.count))
    let activations = sizes.map { FloatBuffer(count: block * $0) }
    let pointers = activations.map { $0.pointer }
    var logits: [Float] = []
    // The pointers do not keep the array alive.
    withExtendedLifetime(activations) {
      for start in stride(from: 0, to: rows.count, by: block) {
        let part = rows[start..<min(rows.count, start + block)]
        standardizer.apply(features, rows: part, to: pointers[0], stride: width)
        shape.forward(parameters, rows: part.count, pointers)
        logits += UnsafeBufferPointer(start: pointers[shape.layers], count: part.count * shape.outputs)
      }
    }
    return logOdds(ofLogits: Tensor([rows.count, shape.outputs], logits))
  }
}
