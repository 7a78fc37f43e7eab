import ProbeMath

/// A fitted linear classifier of activations.
///
///     logits = W · ((x − mean) / scale) + b
///
/// With two classes there is one row in W, and its logit is the log-odds of class 1; with K > 2 classes there are K
/// rows and class probabilities are their softmax. Fit one with ``LogisticProbeFitter``.
public struct LinearProbe: Sendable, Codable, Equatable {
  /// Names of the classes, by class index.
  public let classes: [String]
  /// The shift and scale that training rows fixed.
  public let standardizer: Standardizer
  /// W, in standardised coordinates: `[1, d]` for two classes, `[K, d]` for more.
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

  /// Log-odds of every class, log p / (1 − p), of the given rows of `features`: `[rows, K]`.
  public func scores(_ features: Tensor, rows: [Int]? = nil) -> Tensor {
    logOdds(ofLogits: logits(features, rows: rows))
  }
}
