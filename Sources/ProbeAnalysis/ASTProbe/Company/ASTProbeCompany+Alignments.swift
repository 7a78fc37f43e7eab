import ProbeMath
import ProbeModel

extension ASTProbeCompany {
  /// The best layer with vectors of leaves made in each of the three ways, the capture's own first.
  func alignments() throws -> Finding<[ASTProbeFindings.Alignment]> {
    guard analysis.does(.alignments) else { return Finding(reason: "left out by the spec") }
    let own = context.capture.settings.pieces
    var found = [
      alignment(own, question.leaves.layout, record, difference: nil)
    ]
    for pieces in Pieces.allCases where pieces != own {
      progress("leaves \(pieces.rawValue), \(point.name)")
      let leaves = try live(pieces: pieces)
      let other = try study.record(leaves.vectors(point), fitter)
      found.append(
        alignment(
          pieces, leaves.layout, other, difference: study.difference(record.scores, minus: [other.scores])))
    }
    return Finding(found)
  }

  private func alignment(
    _ pieces: Pieces, _ layout: LeafLayout, _ record: FitRecord, difference: TreeEstimate?
  ) -> ASTProbeFindings.Alignment {
    .init(
      pieces: pieces, audit: layout.audit, test: study.estimates(record.scores),
      ceiling: study.estimate(ceiling(layout), .f1), difference: difference)
  }

  /// Gold tuples whose shared gaps are 0, scored as a prediction.
  private func ceiling(_ layout: LeafLayout) -> [Int: SnippetScores] {
    let known = study.test.filter { layout.rows[$0] != nil }
    let scores = concurrently(known.count) { place in
      let tuple = study.set.snippets[known[place]].tuple
      let shared = layout.alignments[known[place]]?.sharedGaps ?? []
      return study.compare(known[place], .oracleCeiling(of: tuple, sharedVectors: shared)).scores
    }
    return Dictionary(uniqueKeysWithValues: zip(known, scores))
  }
}
