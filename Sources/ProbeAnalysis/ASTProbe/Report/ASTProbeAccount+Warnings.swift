import ProbeModel
import ProbeReport

/// What a reader must know before believing the numbers.
extension ASTProbeAccount {
  /// ‖BᵀB − I‖ from which a subspace is not what it is said to be (López et al. 2022: the authors' own check).
  static let orthogonalityLimit = 0.05
  /// Share of dropped examples, or of leaves that share a vector, from which the rest may not stand for all.
  static let shareLimit = 0.05
  /// Files below which an interval over files is rough.
  static let fewGroups = 20

  var warnings: [Warning] { fits + competitors + data }

  // MARK: Fits

  private var fits: [Warning] {
    let sweeps = [(name: "", layers: findings.layers)] + findings.models.map { ("\($0.name): ", $0.layers) }
    return sweeps.flatMap { name, layers -> [Warning] in
      let open = layers.filter { !$0.isConverged }
      let skewed = layers.filter { !($0.orthogonality < Self.orthogonalityLimit) }
      var warnings: [Warning] = []
      if !open.isEmpty {
        warnings.append(
          Warning(
            "\(name)\(count(open, "fit")) did not converge",
            detail: "The limit of epochs ended training, so F1 may be too low: \(names(open))."))
      }
      if !skewed.isEmpty {
        let worst = skewed.map(\.orthogonality).max() ?? .nan
        warnings.append(
          Warning(
            "\(name)\(count(skewed, "subspace")) not orthonormal",
            detail: """
              ‖BᵀB − I‖ should be below 0.05 and is up to \(Quantity(worst).text), so that distances are stretched: \
              \(names(skewed)).
              """))
      }
      return warnings
    }
  }

  private func count(_ layers: [ASTProbeFindings.Layer], _ noun: String) -> String {
    "\(layers.count) \(noun)\(layers.count == 1 ? "" : "s")"
  }

  private func names(_ layers: [ASTProbeFindings.Layer]) -> String {
    layers.map { $0.point.name }.joined(separator: ", ")
  }

  // MARK: Competitors

  private var competitors: [Warning] {
    var warnings = findings.baselines.filter { !($0.difference.interval.map { $0.lower > 0 } ?? false) }.map {
      Warning(
        "The probe does not clearly beat \($0.name)",
        detail:
          "Its F1 minus the competitor's is \(Estimate($0.difference).text): what hidden states add is open.")
    }
    for baseline in findings.baselines
    where [.fresh, .random].contains(baseline.kind) && baseline.members.count < 3 {
      warnings.append(
        Warning(
          "\(baseline.name) has \(baseline.members.count) seed\(baseline.members.count == 1 ? "" : "s")",
          detail: "Random initialisations differ: three seeds or more show by how much."))
    }
    return warnings
  }

  // MARK: Data

  private var data: [Warning] {
    let audit = findings.audit
    let dropped = audit.broken + audit.singleLeaf + audit.unaligned
    var warnings = audit.notes.map { Warning("A note on the snippets", detail: $0) }
    if Double(dropped) > Self.shareLimit * Double(audit.examples) {
      warnings.append(
        Warning(
          "\(dropped.grouped) of \(audit.examples.grouped) examples were left out",
          detail: """
            \(audit.broken.grouped) do not parse, \(audit.singleLeaf.grouped) have a single leaf, \(audit.unaligned.grouped) have a leaf without a \
            token: the rest may not stand for all.
            """))
    }
    let met = audit.alignment
    if Double(met.sharedGaps) > Self.shareLimit * Double(met.gaps) {
      warnings.append(
        Warning(
          "Neighbouring leaves share their tokens",
          detail: """
            \(met.sharedGaps.grouped) of \(met.gaps.grouped) pairs of neighbours have the very same vector, so that no probe can tell them \
            apart. Cutting the text at leaves avoids it.
            """))
    }
    if audit.testGroups < Self.fewGroups {
      warnings.append(
        Warning(
          "The test part has \(audit.testGroups.grouped) file\(audit.testGroups == 1 ? "" : "s")",
          detail: "Intervals resample whole files; with so few they are rough."))
    }
    return warnings
  }
}
