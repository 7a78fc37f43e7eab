import Foundation
import ProbeMath
import ProbeModel
import ProbeSyntax

/// A fitted subspace with what is needed to use it elsewhere: `NAME.subspace.safetensors`.
///
/// Tensors are `projection` (B), `label_directions` (V_C), `unary_directions` (V_U), `unary_bias` and `mean`; texts say
/// what it is and where it comes from. `docs/ast-probe.md` describes the format.
public struct SavedSubspace: Sendable, Equatable {
  /// Version of the format that is written, and the only one that is read.
  public static let formatVersion = 1
  private static let format = "probe-subspace"

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
    (self.study, self.grammar, self.weightsDigest) = (study, grammar, weightsDigest)
    (self.point, self.labels, self.unaries, self.subspace) = (point, labels, unaries, subspace)
  }

  /// What its file holds.
  public var parts: ProbeParts {
    func row(_ values: [Float]) -> Tensor { Tensor([values.count], values) }
    return ProbeParts(
      tensors: [
        ("projection", subspace.projection), ("label_directions", subspace.labelDirections),
        ("unary_directions", subspace.unaryDirections), ("unary_bias", row(subspace.unaryBias)),
        ("mean", row(subspace.scaler.mean)),
      ],
      texts: [
        "format": Self.format, "format_version": "\(Self.formatVersion)", "study": study,
        "language": grammar.language, "grammar_abi": "\(grammar.abi)", "grammar_sha256": grammar.digest,
        "weights_sha256": weightsDigest, "point": point.name, "factor": "\(subspace.scaler.factor)",
        "labels": SavedProbe.list(labels.map { "\($0)" }),
        "unaries": SavedProbe.list(unaries.map { "\($0)" }),
      ])
  }

  /// Reads a file that holds ``parts``.
  ///
  /// - Throws: `ModelError` for a file that is not there, no safetensors file, no subspace, of another version, or whose
  ///   tensors and texts do not fit together.
  public init(file path: String) throws(ModelError) {
    let file = try MappedFile(path: path)
    let texts = try Safetensors.metadata(in: file)
    guard texts["format"] == Self.format, texts["format_version"] == "\(Self.formatVersion)" else {
      throw ModelError(
        .unsupported, at: path, "the file holds no saved subspace of version \(Self.formatVersion)",
        advice: "probe analyze SPEC --probes FOLDER writes one")
    }
    let tensors = try Safetensors.tensors(in: file).sorted { $0.key < $1.key }
    try self.init(ProbeParts(path: path, tensors: tensors.map { ($0.key, $0.value.tensor()) }, texts: texts))
  }

  private init(_ parts: ProbeParts) throws(ModelError) {
    func labels(_ key: String) throws(ModelError) -> [SyntaxLabel] {
      try parts.strings(key).map { text throws(ModelError) in
        guard let label = SyntaxLabel(text) else { throw Self.bad(parts, key, "\(text) is no label") }
        return label
      }
    }
    study = try parts.text("study")
    weightsDigest = try parts.text("weights_sha256")
    guard let abi: Int = try parts.number("grammar_abi"), let factor: Float = try parts.number("factor"),
      let point = HookPoint(name: try parts.text("point"))
    else { throw Self.bad(parts, "point, factor, grammar_abi", "expected a hook point and two numbers") }
    grammar = GrammarIdentity(
      language: try parts.text("language"), abi: abi, digest: try parts.text("grammar_sha256"))
    self.point = point
    (self.labels, unaries) = (try labels("labels"), try labels("unaries"))
    let projection = try parts.tensor("projection", [nil, nil])
    guard projection.width <= projection.rows else {
      throw Self.bad(
        parts, "projection", "its rank \(projection.width) is beyond its width \(projection.rows)")
    }
    let rank = projection.width
    subspace = SyntacticSubspace(
      projection: projection,
      labelDirections: try parts.tensor("label_directions", [rank, self.labels.count]),
      unaryDirections: try parts.tensor("unary_directions", [rank, unaries.count]),
      unaryBias: try parts.tensor("unary_bias", [unaries.count]).elements,
      scaler: LeafScaler(mean: try parts.tensor("mean", [projection.rows]).elements, factor: factor))
  }

  private static func bad(_ parts: ProbeParts, _ key: String, _ problem: String) -> ModelError {
    ModelError(.badValue, at: "\(parts.path): \(key)", problem, advice: "Write the file anew")
  }
}
