import Foundation
import ProbeMath
import ProbeModel

/// A fitted classifier that can be written to a file and read back.
///
/// A new kind is one type that conforms, and one line in ``SavedProbe/kinds``.
public protocol SavableProbe: Sendable, Codable, Equatable {
  /// What its tensors are; in the file's metadata.
  static var kind: String { get }
  /// Whether an item may have several rows, which the probe pools itself.
  static var readsSequences: Bool { get }
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
  /// Its tensors and settings, without family, classes and diagnostics, which all kinds have.
  var parts: ProbeParts { get }

  /// The probe that a file's parts hold.
  ///
  /// - Throws: ``ModelError`` when parts are missing or do not fit together.
  init(_ parts: ProbeParts) throws(ModelError)

  /// Log-odds of every class, log p / (1 − p), of items, each a range of rows of `features`: `[items, K]`.
  func scores(_ features: Tensor, sequences: [Range<Int>]) -> Tensor
}

extension SavableProbe {
  /// The direction in activation space along which the log-odds of a class rise fastest; nil where it depends on the
  /// activation, as it does for a probe that is not linear.
  public func direction(towards index: Int) -> [Float]? { map?.direction(towards: index) }
}

/// Tensors and texts of a probe's file, by name.
public struct ProbeParts: Sendable {
  /// The file, for error texts.
  public let path: String
  /// Float32 tensors, in the order of the file.
  public let tensors: [(name: String, values: Tensor)]
  /// Texts; numbers and lists as JSON.
  public let texts: [String: String]

  /// Parts of a probe.
  public init(path: String = "", tensors: [(name: String, values: Tensor)], texts: [String: String] = [:]) {
    (self.path, self.tensors, self.texts) = (path, tensors, texts)
  }

  /// The tensor of this name; `shape` says its sizes, nil for any above 0.
  ///
  /// - Throws: ``ModelError`` `.missingTensor`, `.wrongShape`, `.nonFinite`.
  public func tensor(_ name: String, _ shape: [Int?]) throws(ModelError) -> Tensor {
    let place = "\(path): tensor \(name)"
    guard let values = tensors.first(where: { $0.name == name })?.values else {
      throw ModelError(
        .missingTensor, at: path, "there is no tensor \(name)",
        advice: "There are: \(tensors.map { $0.name }.joined(separator: ", "))")
    }
    let fits =
      values.shape.count == shape.count && zip(values.shape, shape).allSatisfy { $0 > 0 && $0 == $1 ?? $0 }
    guard fits else {
      let expected = shape.map { $0.map { "\($0)" } ?? "any" }.joined(separator: ", ")
      throw ModelError(.wrongShape, at: place, "expected the shape [\(expected)], found \(values.shape)")
    }
    if let index = values.elements.withUnsafeBufferPointer({ firstNonFinite($0) }) {
      throw ModelError(.nonFinite, at: place, "value \(index) is \(values.elements[index])")
    }
    return values
  }

  /// The text of this name.
  ///
  /// - Throws: ``ModelError`` `.missingKey`.
  public func text(_ key: String) throws(ModelError) -> String {
    if let text = texts[key] { return text }
    throw ModelError(
      .missingKey, at: "\(path): metadata", "there is no \(key)",
      advice: "Only files that probe has written can be read")
  }

  /// The number of this name; nil where there is none.
  ///
  /// - Throws: ``ModelError`` `.badValue`.
  public func number<Number: LosslessStringConvertible>(_ key: String) throws(ModelError) -> Number? {
    guard let text = texts[key] else { return nil }
    if let number = Number(text) { return number }
    throw bad(key, "expected a number, found \(text)")
  }

  /// The JSON list of texts of this name.
  ///
  /// - Throws: ``ModelError`` `.missingKey`, `.badValue`.
  public func strings(_ key: String) throws(ModelError) -> [String] {
    var strings: [String] = []
    for item in try list(key, try text(key)) {
      guard case .string(let text) = item else { throw bad(key, "expected texts, found \(item.kind)") }
      strings.append(text)
    }
    return strings
  }

  /// The JSON list of whole numbers of this name; nil where there is none.
  ///
  /// - Throws: ``ModelError`` `.badValue`.
  public func integers(_ key: String) throws(ModelError) -> [Int]? {
    guard let text = texts[key] else { return nil }
    var integers: [Int] = []
    for item in try list(key, text) {
      guard case .integer(let number) = item else { throw bad(key, "expected integers, found \(item.kind)") }
      integers.append(number)
    }
    return integers
  }

  /// Names of the classes, at least two and all different.
  ///
  /// - Throws: ``ModelError`` `.missingKey`, `.badValue`.
  public func classes() throws(ModelError) -> [String] {
    let classes = try strings("classes")
    guard classes.count >= 2, Set(classes).count == classes.count else {
      throw bad("classes", "expected at least two different names, found \(classes)")
    }
    return classes
  }

  /// Shift and scale of the features.
  ///
  /// - Throws: ``ModelError`` as ``tensor(_:_:)``; `.badValue` for a scale of 0.
  public func standardizer() throws(ModelError) -> Standardizer {
    let mean = try tensor("mean", [nil])
    let scale = try tensor("scale", [mean.count])
    if let index = scale.elements.firstIndex(of: 0) {
      throw ModelError(
        .badValue, at: "\(path): tensor scale", "value \(index) is 0: features are divided by it")
    }
    return Standardizer(mean: mean.elements, scale: scale.elements)
  }

  func bad(_ key: String, _ problem: String) -> ModelError {
    ModelError(.badValue, at: "\(path): metadata \(key)", problem)
  }

  private func list(_ key: String, _ text: String) throws(ModelError) -> [JSONValue] {
    let value = try JSONValue(parsing: Data(text.utf8), path: "\(path): metadata \(key)")
    guard case .array(let items) = value else { throw bad(key, "expected a list, found \(value.kind)") }
    return items
  }
}
