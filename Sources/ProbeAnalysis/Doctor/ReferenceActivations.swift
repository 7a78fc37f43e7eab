import Foundation
import ProbeMath
import ProbeModel

/// Activations of one sequence that another implementation computed, from a safetensors file.
///
/// Tensors are named by hook point, in full (`blocks.3.hook_resid_post`), with the shape of the point or with a batch axis
/// of 1 before it; scores and patterns are `[head, query, key]`, of which visible keys are compared. `tokens` (or
/// `input_ids`) holds the ids, integers `[position]` or `[1, position]`. docs/doctor.md shows how to write one.
public struct ReferenceActivations: Sendable {
  /// The file.
  public let path: String
  /// The token ids.
  public let tokens: [Int]
  /// |Δ| may be this much times max(1, |x|), and the rounding of half-precision references on top of it.
  public let tolerance: Double
  /// What is compared, in the order of computation.
  public var points: [HookPoint] { entries.map { $0.point } }
  private let entries: [(point: HookPoint, tensor: StoredTensor)]

  /// What float32 leaves between implementations on models of some dozen blocks; tiny ones agree within 5e-5.
  public static let defaultTolerance = 1e-3

  /// Opens a file and checks it against a model.
  ///
  /// - Throws: ``ModelError`` for a file that is none, without tokens or activations, with a name that is no point of the
  ///   model, another shape, or a token outside the vocabulary.
  public init(
    path: String, for model: HookedTransformer, tolerance: Double = defaultTolerance
  ) throws(ModelError) {
    self.path = path
    self.tolerance = tolerance
    var tensors = try Safetensors.tensors(in: MappedFile(path: path))
    let name = ["tokens", "input_ids"].first { tensors[$0] != nil } ?? "tokens"
    guard let ids = tensors.removeValue(forKey: name) else {
      throw ModelError(
        .missingTensor, at: "\(path): tensor tokens", "not in the file",
        advice: "Store the token ids as an integer tensor `tokens` or `input_ids`")
    }
    tokens = try Self.tokens(ids, at: "\(path): tensor \(name)", model)
    var entries: [(point: HookPoint, tensor: StoredTensor)] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      entries.append((try Self.point(name, tensor, count: tokens.count, path: path, model), tensor))
    }
    guard !entries.isEmpty else {
      throw ModelError(.badInput, at: path, "holds tokens and no activations")
    }
    self.entries = entries.sorted { $0.point < $1.point }
  }

  private static func tokens(
    _ tensor: StoredTensor, at location: String, _ model: HookedTransformer
  ) throws(ModelError) -> [Int] {
    guard let ids = tensor.integers() else {
      throw ModelError(.wrongType, at: location, "expected integers, found \(tensor.format.rawValue)")
    }
    guard tensor.shape.count == 1 || tensor.shape.count == 2 && tensor.shape[0] == 1, !ids.isEmpty else {
      throw ModelError(
        .wrongShape, at: location, "shape \(tensor.shape), expected [position] or [1, position]",
        advice: "One sequence a file")
    }
    guard ids.count <= model.config.nContext else {
      throw ModelError(
        .badInput, at: location, "\(ids.count) tokens, the model's context holds \(model.config.nContext)")
    }
    for (position, id) in ids.enumerated() where id < 0 || id >= model.config.dVocab {
      throw ModelError(
        .badInput, at: location,
        "token id \(id) at position \(position) is outside the model's vocabulary of \(model.config.dVocab)",
        advice: "Is it the reference of another model?")
    }
    return ids
  }

  /// What a name would have to be.
  private static func unknown(_ name: String, at location: String, _ model: HookedTransformer) -> ModelError {
    do throws(ModelError) {
      let near = try PointSelector.select([PointSelector(name)], from: model.hookPoints)
      return ModelError(
        .unknownHook, at: location, "not the full name of a hook point", advice: "Nearest: \(near[0].name)")
    } catch {
      return ModelError(.unknownHook, at: location, error.problem, advice: error.advice)
    }
  }

  /// The point of this name, if the tensor has its shape.
  private static func point(
    _ name: String, _ tensor: StoredTensor, count: Int, path: String, _ model: HookedTransformer
  ) throws(ModelError) -> HookPoint {
    let location = "\(path): tensor \(name)"
    guard let point = HookPoint(name: name), let row = model.rowShape(of: point) else {
      throw unknown(name, at: location, model)
    }
    let shape = point.site.isRagged ? row + [count, count] : [count] + row
    guard tensor.shape == shape || tensor.shape == [1] + shape else {
      let axes = point.site.isRagged ? ["head", "query", "key"] : point.site.axes
      throw ModelError(
        .wrongShape, at: location,
        "shape \(tensor.shape), expected \(shape) (\(axes.joined(separator: ", "))) or \([1] + shape)",
        advice: "Is it the reference of this model and these \(count) tokens?")
    }
    guard [.f32, .f16, .bf16].contains(tensor.format) else {
      throw ModelError(.wrongType, at: location, "expected F32, F16 or BF16, found \(tensor.format.rawValue)")
    }
    return point
  }
}

// MARK: Comparison

extension ReferenceActivations {
  /// How far one point is from the reference.
  public struct Comparison: Sendable {
    /// The point.
    public let point: HookPoint
    /// Values compared.
    public private(set) var count = 0
    /// max |Δ|
    public private(set) var largest = 0.0
    /// mean |Δ|
    public var mean: Double { sum / Double(max(count, 1)) }
    /// Root mean square of the reference.
    public var scale: Double { (squares / Double(max(count, 1))).squareRoot() }
    /// ‖Δ‖ / ‖x‖
    public var relative: Double { differences == 0 ? 0 : (differences / squares).squareRoot() }
    /// Of all values as one vector; 1 for two zero vectors.
    public var cosine: Double {
      differences == 0 ? 1 : products / (squares * ownSquares).squareRoot()
    }
    /// max |Δ| / (tolerance · max(1, |x|)): beyond 1, the point differs.
    public private(set) var excess = 0.0
    /// Whether every value is within the tolerance.
    public var agrees: Bool { excess <= 1 }

    private var (sum, differences, squares, ownSquares, products) = (0.0, 0.0, 0.0, 0.0, 0.0)

    init(point: HookPoint) { self.point = point }

    mutating func meet(_ own: Float, _ reference: Float, tolerance: Double, rounding: Double) {
      let (a, b) = (Double(own), Double(reference))
      let difference = abs(a - b)
      count += 1
      sum += difference
      differences += difference * difference
      squares += b * b
      ownSquares += a * a
      products += a * b
      // NaN stays: nothing compares as larger, and the point does not agree.
      if difference > largest || difference.isNaN { largest = difference }
      let ratio = difference / (tolerance * max(1, abs(b)) + rounding * abs(b))
      if ratio > excess || ratio.isNaN { excess = ratio }
    }
  }

  /// Runs the model on the tokens and compares every point, in the order of computation.
  func compare(_ model: HookedTransformer) throws -> [Comparison] {
    var comparisons: [Comparison] = []
    let tensors = Dictionary(entries.map { ($0.point, $0.tensor) }) { first, _ in first }
    try model.run(TokenBatch([tokens]), observing: Set(points), in: model.makeWorkspace()) { view in
      guard let tensor = tensors[view.point] else { return }
      comparisons.append(
        compare(view, with: tensor.tensor().elements, rounding: tensor.format.rounding, model.config))
    }
    return comparisons
  }

  private func compare(
    _ view: ActivationView, with reference: [Float], rounding: Double, _ config: TransformerConfig
  ) -> Comparison {
    var comparison = Comparison(point: view.point)
    guard let offsets = view.rowOffsets else {
      for (own, other) in zip(view.values, reference) {
        comparison.meet(own, other, tolerance: tolerance, rounding: rounding)
      }
      return comparison
    }
    for query in 0..<tokens.count {
      let visible = (offsets[query + 1] - offsets[query]) / config.nHeads
      let end = config.masking == .causal ? query + 1 : tokens.count
      for head in 0..<config.nHeads {
        let own = offsets[query] + head * visible
        let other = (head * tokens.count + query) * tokens.count + end - visible
        for key in 0..<visible {
          comparison.meet(
            view.values[own + key], reference[other + key], tolerance: tolerance, rounding: rounding)
        }
      }
    }
    return comparison
  }
}

extension StorageFormat {
  /// Largest relative error of a value rounded to the type.
  fileprivate var rounding: Double {
    switch self {
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    default: 0
    }
  }
}
