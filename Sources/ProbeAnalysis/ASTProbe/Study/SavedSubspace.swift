import Foundation
import ProbeModel
import ProbeSyntax

/// A fitted subspace with what is needed to use it elsewhere: `NAME.subspace.json`.
public struct SavedSubspace: Sendable, Codable, Equatable {
  /// Version of the file's form.
  public static let version = 1

  /// Version of the file's form.
  public let version: Int
  /// Name of the study, as `SPEC.ID`.
  public let study: String
  /// The grammar of its trees.
  public let grammar: GrammarIdentity
  /// The model's weights, sha256.
  public let weightsDigest: String
  /// Where it was fitted.
  public let point: HookPoint
  /// Classes of gap labels, and of unary labels.
  public let labels, unaries: [SyntaxLabel]
  /// The subspace.
  public let subspace: SyntacticSubspace

  /// A subspace from its parts.
  public init(
    study: String, grammar: GrammarIdentity, weightsDigest: String, point: HookPoint, labels: [SyntaxLabel],
    unaries: [SyntaxLabel], subspace: SyntacticSubspace
  ) {
    (version, self.study, self.grammar, self.weightsDigest) = (Self.version, study, grammar, weightsDigest)
    (self.point, self.labels, self.unaries, self.subspace) = (point, labels, unaries, subspace)
  }

  /// Reads a file that ``contents()`` wrote.
  ///
  /// - Throws: ``SpecError`` `.notFound`, `.unreadable`, `.badValue` naming the file.
  public static func read(_ path: String) throws(SpecError) -> SavedSubspace {
    guard let data = FileManager.default.contents(atPath: path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw SpecError(exists ? .unreadable : .notFound, at: path, exists ? "cannot be read" : "no such file")
    }
    let saved: SavedSubspace
    do {
      saved = try JSONDecoder().decode(SavedSubspace.self, from: data)
    } catch {
      throw SpecError(
        .badValue, at: path, "is no saved subspace: \(error)",
        advice: "probe analyze SPEC --probes FOLDER writes one")
    }
    guard saved.version == version else {
      throw SpecError(
        .badValue, at: path, "has version \(saved.version), this program reads \(version)",
        advice: "Write it anew with probe analyze SPEC --probes FOLDER")
    }
    let fitted = saved.subspace
    guard
      fitted.scaler.mean.count == fitted.width, fitted.labelDirections.rows == fitted.rank,
      fitted.unaryDirections.rows == fitted.rank, fitted.labelDirections.width == saved.labels.count,
      fitted.unaryDirections.width == saved.unaries.count,
      fitted.unaryBias.count == saved.unaries.count, fitted.rank <= fitted.width
    else {
      throw SpecError(
        .badValue, at: path,
        "its parts do not fit each other: B \(fitted.projection.shape), V_C \(fitted.labelDirections.shape), "
          + "V_U \(fitted.unaryDirections.shape), \(saved.labels.count) and \(saved.unaries.count) labels",
        advice: "Write it anew with probe analyze SPEC --probes FOLDER")
    }
    return saved
  }

  /// The file's text.
  public func contents() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
