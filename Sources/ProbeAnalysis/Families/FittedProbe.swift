import ProbeMath

/// A classifier of activations that some family fitted.
public protocol FittedProbe: Sendable, Codable, Equatable {
  /// Name of the family that fitted it.
  var family: String { get }
  /// Names of the classes, by class index.
  var classes: [String] { get }
  /// Number of features.
  var width: Int { get }
  /// What a reader should know about the fit: what was chosen, what did not converge.
  var diagnostics: [String] { get }
  /// The probe as one linear map; nil for one that is not linear.
  var map: LinearMap? { get }

  /// Log-odds of every class, log p / (1 − p), of the given rows of `features`: `[rows, K]`.
  func scores(_ features: Tensor, rows: [Int]) -> Tensor
}

extension FittedProbe {
  /// The direction in activation space along which the log-odds of a class rise fastest; nil where it depends on the
  /// activation, as it does for a probe that is not linear.
  public func direction(towards index: Int) -> [Float]? { map?.direction(towards: index) }
}

/// A linear classifier of activations, whatever fitted it.
public struct LinearReadOut: FittedProbe {
  /// Name of the family that fitted it.
  public let family: String
  /// Names of the classes, by class index.
  public let classes: [String]
  /// The map from activations to logits.
  public let linear: LinearMap
  /// The only features with a weight, the most telling first; nil where all have one.
  public let dimensions: [Int]?
  /// λ of the penalty; nil where there is none.
  public let strength: Double?
  /// What a reader should know about the fit.
  public let diagnostics: [String]

  /// A read-out from its parts.
  public init(
    family: String, classes: [String], linear: LinearMap, dimensions: [Int]? = nil, strength: Double? = nil,
    diagnostics: [String] = []
  ) {
    precondition(
      classes.count >= 2 && linear.weights.rows == (classes.count == 2 ? 1 : classes.count),
      "LinearReadOut: \(linear.weights.rows) outputs for \(classes.count) classes")
    (self.family, self.classes, self.linear) = (family, classes, linear)
    (self.dimensions, self.strength, self.diagnostics) = (dimensions, strength, diagnostics)
  }

  /// Number of features.
  public var width: Int { linear.width }
  /// The probe itself.
  public var map: LinearMap? { linear }

  /// Log-odds of every class of the given rows of `features`: `[rows, K]`.
  public func scores(_ features: Tensor, rows: [Int]) -> Tensor {
    logOdds(ofLogits: linear.logits(features, rows: rows))
  }
}
