import Foundation
import ProbeMath
import ProbeModel
import ProbeStore

/// A fitted probe with its origin, as one safetensors file.
///
/// Tensors are those of its kind; texts (`__metadata__`) say what it is and where it comes from. `docs/saved-probes.md`
/// describes the format.
public struct SavedProbe: Sendable {
  /// Version of the format that is written, and the only one that is read.
  public static let formatVersion = 1
  /// Every kind of probe that can be read; a new kind is one line here.
  public static let kinds: [any SavableProbe.Type] = [
    LinearReadOut.self, PerceptronProbe.self, AttentionProbe.self,
  ]

  /// The probe.
  public let probe: any SavableProbe
  /// Where it comes from.
  public let origin: ProbeOrigin
  /// Version of the program that wrote it.
  public let programVersion: String

  /// A probe that some family fitted.
  public init(_ probe: any SavableProbe, origin: ProbeOrigin) {
    (self.probe, self.origin, programVersion) = (probe, origin, Experiment.version)
  }

  /// A logistic probe, as the family `logistic` fits it.
  public init(_ probe: LinearProbe, origin: ProbeOrigin) {
    self.init(
      LinearReadOut(
        family: LogisticFamily.name, classes: probe.classes, linear: probe.map, strength: probe.strength),
      origin: origin)
  }

  // MARK: - File

  /// Writes the probe.
  ///
  /// - Throws: `StoreError` `.cannotCreate` when something lies there (unless it is a file and `overwrite` is true) or the
  ///   folder cannot be written to; `.diskFull`, `.inputOutput`.
  public func write(to path: String, overwrite: Bool = false) throws {
    let parts = probe.parts
    var texts = parts.texts.merging(origin.texts) { own, _ in own }
    texts["format"] = "probe"
    texts["format_version"] = "\(Self.formatVersion)"
    texts["program_version"] = programVersion
    texts["kind"] = type(of: probe).kind
    texts["family"] = probe.family
    texts["classes"] = Self.list(probe.classes)
    texts["diagnostics"] = Self.list(probe.diagnostics)
    try SafetensorsFile.write(parts.tensors, metadata: texts, to: path, overwrite: overwrite)
  }

  /// Reads a probe.
  ///
  /// - Throws: `ModelError` for a file that is not there, no safetensors file, no probe, of another version, or whose
  ///   tensors and texts do not fit together.
  public init(file path: String) throws(ModelError) { try self.init(MappedFile(path: path)) }

  /// Reads a probe from bytes at hand.
  init(_ file: MappedFile) throws(ModelError) {
    let path = file.path
    let texts = try Safetensors.metadata(in: file)
    guard texts["format"] == "probe" else {
      throw ModelError(
        .unsupported, at: path, "the file holds tensors and no saved probe",
        advice: "Give a file that probe has written")
    }
    let tensors = try Safetensors.tensors(in: file).sorted { $0.key < $1.key }
    let parts = ProbeParts(path: path, tensors: tensors.map { ($0.key, $0.value.tensor()) }, texts: texts)
    let version = try parts.text("format_version")
    guard version == "\(Self.formatVersion)" else {
      throw ModelError(
        .unsupported, at: "\(path): metadata format_version",
        "expected \(Self.formatVersion), found \(version)", advice: "Use the version of probe that wrote it")
    }
    let name = try parts.text("kind")
    guard let kind = Self.kinds.first(where: { $0.kind == name }) else {
      throw ModelError(
        .unsupported, at: "\(path): metadata kind", "there is no kind \(name)",
        advice: "Known: \(Self.kinds.map { $0.kind }.joined(separator: ", "))")
    }
    probe = try kind.init(parts)
    origin = try ProbeOrigin(parts)
    programVersion = try parts.text("program_version")
  }

  // MARK: - Direction

  /// The direction in activation space along which the log-odds of a class rise fastest.
  ///
  /// - Throws: ``SpecError`` `.badValue` for a class that there is not, `.notApplicable` for a probe that is not linear.
  public func direction(towards name: String) throws(SpecError) -> [Float] {
    guard let index = probe.classes.firstIndex(of: name) else {
      throw SpecError(
        .badValue, at: "class \(name)", "the probe has no such class",
        advice: "It has: \(probe.classes.joined(separator: ", "))")
    }
    guard let direction = probe.direction(towards: index) else {
      throw SpecError(
        .notApplicable, at: "family \(probe.family)",
        "the probe is not linear: its direction depends on the activation",
        advice: "Save a linear probe, such as mass-mean or logistic")
    }
    guard direction.allSatisfy({ $0.isFinite }) else {
      throw SpecError(.badValue, at: "class \(name)", "the direction is beyond float32")
    }
    return direction
  }

  /// A vector as the JSON list that ``VectorSource`` reads, such as `probe run --steer POINT=COEFFICIENT*FILE.json`.
  public static func json(_ vector: [Float]) -> Data {
    // Zeros without a sign: the opposite of a direction is full of −0.
    Data("[\(vector.map { "\($0 == 0 ? 0 : $0)" }.joined(separator: ", "))]\n".utf8)
  }

  /// A JSON list of texts, as ``ProbeParts/strings(_:)`` reads it.
  static func list(_ texts: [String]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Texts always encode.
    return (try? encoder.encode(texts)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }
}
