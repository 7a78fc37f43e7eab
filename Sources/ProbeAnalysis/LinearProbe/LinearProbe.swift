import ProbeMath

/// A fitted linear read-out of activations.
///
///     z = W · ((x − mean) / scale) + b
///
/// With two classes there is one row in W, and z is the log-odds of class 1; with K > 2 classes there are K rows and
/// class probabilities are their softmax: fit one with ``LogisticProbeFitter``. A number has one row, and z is the
/// prediction; a place on a circle has two, its cosine and sine: fit one with ``RidgeProbeFitter``.
public struct LinearProbe: Sendable, Codable, Equatable {
  /// Names of the classes, by class index; empty where a number is read.
  public let classes: [String]
  /// Circumference of the circle whose places are read; nil for classes and plain numbers.
  public var period: Double?
  /// The shift and scale that training rows fixed.
  public let standardizer: Standardizer
  /// W, in standardised coordinates: `[1, d]` for two classes and for numbers, `[K, d]` for more classes, `[2, d]` for a
  /// circle.
  public let weights: Tensor
  /// b, one value per row of ``weights``.
  public let bias: [Float]
  /// λ of the penalty (λ/2)‖W‖².
  public let strength: Double
  /// What the optimiser did. ``Fit/converged`` false is for a report to show, not an error.
  public let fit: Fit

  /// What the optimiser did.
  public struct Fit: Sendable, Codable, Equatable {
    /// Number of training items.
    public let items: Int
    /// The objective at the solution.
    public let objective: Double
    /// Norm of the objective's gradient at the solution, relative to that at W = 0.
    public let relativeGradient: Double
    /// Iterations taken, from the solution of the next stronger strength where several were fitted.
    public let iterations: Int
    /// How the minimisation ended.
    public let ending: LBFGS.Ending

    /// Whether the gradient reached its tolerance.
    public var converged: Bool { ending == .converged }
  }

  /// Number of features.
  public var width: Int { standardizer.width }

  /// A ridge probe of numbers.
  ///
  /// - Precondition: it reads no classes: their ridge scores are no log-odds.
  init(_ ridge: RidgeProbe, items: Int) {
    if case .classes = ridge.target { preconditionFailure("LinearProbe: ridge scores are no log-odds") }
    classes = []
    if case .cyclic(let circumference) = ridge.target { period = circumference }
    (standardizer, weights, bias, strength) = (ridge.standardizer, ridge.weights, ridge.bias, ridge.strength)
    fit = Fit(items: items, objective: 0, relativeGradient: 0, iterations: 0, ending: .converged)
  }

  init(
    classes: [String], standardizer: Standardizer, weights: Tensor, bias: [Float], strength: Double, fit: Fit
  ) {
    (self.classes, self.standardizer, self.weights, self.bias) = (classes, standardizer, weights, bias)
    (self.strength, self.fit) = (strength, fit)
  }

  /// The map from activations to logits.
  public var map: LinearMap { LinearMap(standardizer: standardizer, weights: weights, bias: bias) }

  /// The direction in activation space along which the log-odds of `index` rise fastest: W / scale, not normalised.
  ///
  /// For K > 2 it is the class's row minus the mean of the other rows. Adding ε times it to an activation raises the
  /// log-odds of two classes by ε‖direction‖².
  public func direction(towards index: Int) -> [Float] {
    precondition(classes.indices.contains(index), "direction: class \(index) of \(classes.count)")
    return map.direction(towards: index)
  }

  /// Logits of the given rows of `features` (all, unless said otherwise): `[rows, 1]` or `[rows, K]`.
  public func logits(_ features: Tensor, rows: [Int]? = nil) -> Tensor { map.logits(features, rows: rows) }

  /// What the probe says of the given rows of `features`: log-odds of every class, `[rows, K]`, or the number,
  /// `[rows, 1]`.
  public func outputs(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    if !classes.isEmpty { return scores(features, rows: rows) }
    let z = logits(features, rows: rows)
    guard let period else { return z }
    return Tensor([z.rows, 1], RidgeTarget.cyclic(period: period).values(z).map { Float($0) })
  }

  /// Log-odds of every class, log p / (1 − p), of the given rows of `features`: `[rows, K]`.
  public func scores(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    logOdds(ofLogits: logits(features, rows: rows))
  }
}
