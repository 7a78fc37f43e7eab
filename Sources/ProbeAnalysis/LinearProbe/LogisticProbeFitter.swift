import Foundation
import ProbeMath

/// Fits ``LinearProbe``s by L2-penalised logistic regression.
///
///     minimise (1/n) Σᵢ wᵢ · (−ln p(yᵢ | xᵢ)) + (λ/2)‖W‖²,   the bias unpenalised
///
/// in standardised coordinates. scikit-learn's `LogisticRegression(C)` on the same standardised features minimises
/// C Σ (−ln p) + ½‖W‖²: the same problem at λ = 1/(n·C). Two classes use one logit; more use the softmax, as
/// scikit-learn's multinomial loss does.
///
/// Strengths are fitted from the strongest to the weakest, each from its predecessor's solution. With fewer items
/// than features, the problem is first rotated into the span of the items, where it has n unknowns instead of d and
/// the same solution (Hastie & Tibshirani, Biostatistics 5 (2004) 329–340).
public struct LogisticProbeFitter: Sendable {
  /// The strengths λ tried unless told otherwise, from the strongest.
  public static let defaultStrengths: [Double] = [100, 10, 1, 0.1, 0.01, 1e-3, 1e-4]

  /// Strengths λ to fit.
  public var strengths: [Double]
  /// What features are divided by.
  public var scaling: Standardizer.Scaling
  /// Norm of the gradient at which to stop, relative to the gradient at W = 0.
  public var tolerance: Double
  /// Most iterations per strength.
  public var maximumIterations: Int

  /// A fitter for `strengths`.
  public init(
    strengths: [Double] = defaultStrengths, scaling: Standardizer.Scaling = .perFeature,
    tolerance: Double = 1e-5, maximumIterations: Int = 500
  ) {
    precondition(!strengths.isEmpty, "LogisticProbeFitter: no strengths")
    precondition(
      strengths.allSatisfy { $0 > 0 && $0.isFinite }, "LogisticProbeFitter: strengths \(strengths)")
    self.strengths = strengths
    self.scaling = scaling
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
  }

  /// One probe per strength, in the order of ``strengths``.
  ///
  /// - Parameters:
  ///   - features: activations, `[n, d]`.
  ///   - labels: class index of every row of `features`.
  ///   - classes: names of the classes, at least two. A class without items ends with a low bias.
  ///   - rows: the rows to learn from; all, unless said otherwise.
  ///   - weights: weight of every row of `features`; 1 unless said otherwise.
  public func fit(
    _ features: Tensor, labels: [Int], classes: [String], rows: [Int]? = nil, weights: [Double]? = nil
  ) -> [LinearProbe] {
    let rows = rows ?? Array(0..<features.rows)
    precondition(labels.count == features.rows, "fit: \(labels.count) labels, \(features.rows) rows")
    precondition(classes.count >= 2, "fit: \(classes.count) classes")
    precondition(weights.map { $0.count == features.rows } ?? true, "fit: weights do not match the rows")
    precondition(!rows.isEmpty, "fit: no rows to learn from")
    let chosen = rows.map { labels[$0] }
    precondition(chosen.allSatisfy(classes.indices.contains), "fit: a label is not one of \(classes)")
    let standardizer = Standardizer(fitting: features, rows: rows, scaling: scaling)
    let problem = SpanProblem(features, rows: rows, standardizer: standardizer)
    let objective = LogisticObjective(
      features: problem.features, items: rows.count, width: problem.width, stride: problem.stride,
      labels: chosen.map { Int32($0) }, classCount: classes.count,
      weights: weights.map { weights in rows.map { weights[$0] } }, strength: strengths[0])
    return path(objective, problem, chosen, standardizer, classes)
  }

  private func path(
    _ objective: LogisticObjective, _ problem: SpanProblem, _ labels: [Int], _ standardizer: Standardizer,
    _ classes: [String]
  ) -> [LinearProbe] {
    var objective = objective
    var point = startingPoint(labels, classCount: classes.count, width: problem.width)
    var gradient = point
    _ = objective.evaluate(point, gradient: &gradient)
    // Features without any relation to the label have no gradient to be relative to; 0.1 is a weak one.
    let reference = max(0.1, gradient.reduce(0) { $0 + $1 * $1 }.squareRoot())
    var optimizer = LBFGS()
    optimizer.maximumIterations = maximumIterations
    if classes.count > 2 { optimizer.refreshInterval = 30 }
    var solutions: [(index: Int, point: [Double], outcome: LBFGS.Outcome)] = []
    var curvatureIsStale = true
    for index in strengths.indices.sorted(by: { (strengths[$1], $0) < (strengths[$0], $1) }) {
      objective.strength = strengths[index]
      if curvatureIsStale { _ = objective.refreshPreconditioner() } else { objective.refreshFactor() }
      let outcome = optimizer.minimize(&objective, from: &point, tolerance: tolerance * reference)
      // A new product of the data with itself costs about as much as this many passes over it.
      curvatureIsStale = outcome.iterations > (classes.count > 2 ? 25 : 8)
      solutions.append((index, point, outcome))
    }
    let outputs = classes.count == 2 ? 1 : classes.count
    let originals = problem.originals(solutions.map { $0.point }, outputs: outputs)
    let probes = zip(solutions, originals).map { solution, original in
      LinearProbe(
        classes: classes, standardizer: standardizer, weights: original.weights, bias: original.bias,
        strength: strengths[solution.index],
        fit: .init(
          items: labels.count, objective: solution.outcome.value,
          relativeGradient: solution.outcome.gradientNorm / reference,
          iterations: solution.outcome.iterations, ending: solution.outcome.ending))
    }
    return zip(solutions, probes).sorted { $0.0.index < $1.0.index }.map { $0.1 }
  }

  /// W = 0 and the bias of the class shares, counting half an item more in each class.
  private func startingPoint(_ labels: [Int], classCount: Int, width: Int) -> [Double] {
    var counts = [Double](repeating: 0.5, count: classCount)
    for label in labels { counts[label] += 1 }
    let outputs = classCount == 2 ? 1 : classCount
    var point = [Double](repeating: 0, count: outputs * width)
    for c in 0..<outputs {
      point[c * width + width - 1] =
        outputs == 1
        ? log(counts[1] / counts[0]) : log(counts[c] / (Double(labels.count) + 0.5 * Double(classCount)))
    }
    return point
  }
}

/// Standardised items with a column of ones, in the coordinates where the fit is cheapest.
struct SpanProblem {
  /// Below this ratio of items to features, rotating costs less than it saves.
  private static let worthwhileRatio = 1.0

  let features: FloatBuffer
  /// Unknowns per output, bias included.
  let width: Int
  let stride: Int
  private let dimensions: Int
  private let items: Int
  private let rotation: (factors: FloatBuffer, scales: FloatBuffer)?

  init(_ source: Tensor, rows: [Int], standardizer: Standardizer) {
    let n = rows.count
    let d = source.width
    items = n
    dimensions = d
    let rotates = Double(n) < Self.worthwhileRatio * Double(d)
    width = (rotates ? n : d) + 1
    // Whole cache lines a row, so that vector loads are aligned.
    stride = (width + 15) & ~15
    features = FloatBuffer(count: n * stride)
    if rotates {
      let factors = FloatBuffer(count: n * d)
      let scales = FloatBuffer(count: n)
      standardizer.apply(source, rows: rows, to: factors.pointer, stride: d)
      LAPACK.lowerTriangular(factors.pointer, scales: scales.pointer, rows: n, columns: d)
      for i in 0..<n { (features.pointer + i * stride).update(from: factors.pointer + i * d, count: i + 1) }
      rotation = (factors, scales)
    } else {
      standardizer.apply(source, rows: rows, to: features.pointer, stride: stride)
      rotation = nil
    }
    for i in 0..<n { features.pointer[i * stride + width - 1] = 1 }
  }

  /// Weights `[outputs, d]` and biases of several solutions, in standardised coordinates.
  func originals(_ points: [[Double]], outputs: Int) -> [(weights: Tensor, bias: [Float])] {
    let d = dimensions
    var all = [Float](repeating: 0, count: points.count * outputs * d)
    for (place, point) in points.enumerated() {
      for output in 0..<outputs {
        for j in 0..<width - 1 { all[(place * outputs + output) * d + j] = Float(point[output * width + j]) }
      }
    }
    if let rotation {
      // All at once: Q's reflectors are read a single time.
      LAPACK.applyQ(
        rotation.factors.pointer, scales: rotation.scales.pointer, rows: items, columns: d, &all,
        count: points.count * outputs)
    }
    return points.enumerated().map { place, point in
      let slice = all[place * outputs * d..<(place + 1) * outputs * d]
      return (Tensor([outputs, d], Array(slice)), (0..<outputs).map { Float(point[$0 * width + width - 1]) })
    }
  }
}
