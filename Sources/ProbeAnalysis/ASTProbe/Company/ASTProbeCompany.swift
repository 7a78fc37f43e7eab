import ProbeMath
import ProbeModel

/// What else is found of the best layer.
struct ASTProbeCompany {
  let question: ASTProbeQuestion
  let fitter: SyntacticSubspaceFitter
  let point: HookPoint
  let record: FitRecord
  /// Vectors at the best layer.
  let vectors: LeafVectors

  var analysis: ASTProbeAnalysis { question.analysis }
  var context: AnalysisContext { question.context }
  var study: ASTProbeStudy { question.study }

  init(
    _ question: ASTProbeQuestion, _ fitter: SyntacticSubspaceFitter, _ point: HookPoint, _ record: FitRecord
  ) throws {
    (self.question, self.point, self.record) = (question, point, record)
    var fitter = fitter
    fitter.threads = availableProcessors
    self.fitter = fitter
    vectors = question.leaves.vectors(point)
  }

  func progress(_ text: String) { context.progress("\(analysis.id): \(text)") }

  // MARK: - The best layer's own trees

  /// Counts by kind of node, and the best and worst snippets that are small enough to be drawn.
  func drawn() throws -> (kinds: [NodeKindTally.Row], snippets: [ASTProbeFindings.SnippetExample]) {
    let test = study.test
    let said = record.fit.subspace.predictions(
      try vectors.tensor(), of: test.compactMap { vectors.rows[$0] })
    let known = test.filter { vectors.rows[$0] != nil }
    let comparisons = concurrently(known.count) { study.compare(known[$0], study.tuple(said[$0])) }
    var tally = NodeKindTally()
    for comparison in comparisons {
      tally.add(comparison.matches, of: comparison.predictedTree, against: comparison.goldTree)
    }
    let small = known.indices.filter { Self.drawable.contains(study.set.snippets[known[$0]].leaves.count) }
    // Of equal scores the larger snippet says more.
    let order = small.sorted { a, b in
      let (x, y) = (comparisons[a].scores, comparisons[b].scores)
      return (x.f1, x.leaves, -a) > (y.f1, y.leaves, -b)
    }
    let best = order.prefix(Self.drawn)
    let worst = order.dropFirst(best.count).suffix(Self.drawn).reversed()
    return (
      tally.rows,
      best.map { example(known[$0], comparisons[$0], isBest: true) }
        + worst.map { example(known[$0], comparisons[$0], isBest: false) }
    )
  }

  /// Leaves of a tree that is drawn, and how many of the best and of the worst are.
  private static let drawable = 8...40
  private static let drawn = 3

  private func example(
    _ index: Int, _ comparison: SnippetComparison, isBest: Bool
  ) -> ASTProbeFindings.SnippetExample {
    func nodes(_ tree: ConstituentTree, _ hits: [Bool]) -> [ASTProbeFindings.SnippetExample.Node] {
      zip(tree.nodes, hits).map { node, isHit in
        .init(
          kind: node.kind, first: node.leaves.lowerBound, last: node.leaves.upperBound, parent: node.parent,
          isMatched: isHit)
      }
    }
    let snippet = study.set.snippets[index]
    return .init(
      isBest: isBest, id: snippet.id, scores: comparison.scores, leaves: snippet.leafTexts,
      gold: nodes(comparison.goldTree, comparison.matches.goldHits),
      predicted: nodes(comparison.predictedTree, comparison.matches.predictedHits))
  }

  /// F1 by the number of leaves, in bins that double.
  func lengths() -> [ASTProbeFindings.LengthBin] {
    var bins: [ASTProbeFindings.LengthBin] = []
    var least = 2
    let largest = study.test.map { study.set.snippets[$0].leaves.count }.max() ?? 0
    while least <= largest {
      let most = least == 2 ? 15 : 2 * least - 1
      let members = study.test.filter { (least...most).contains(study.set.snippets[$0].leaves.count) }
      if !members.isEmpty {
        bins.append(
          .init(least: least, most: most, test: study.estimate(record.scores, .f1, among: members)))
      }
      least = most + 1
    }
    return bins
  }

  // MARK: - Subspaces

  /// Mean angles between the layers' subspaces.
  func angles(_ sweep: SubspaceSweep.Outcome) throws -> Finding<ASTProbeFindings.SubspaceAngles> {
    guard analysis.does(.angles) else { return Finding(reason: "left out by the spec") }
    guard sweep.points.count > 1 else { return Finding(reason: "one layer was asked for") }
    progress("angles between subspaces")
    let count = sweep.points.count
    let bases = sweep.records.map { $0.fit.subspace.projection }
    guard Set(bases.map { $0.shape }).count == 1 else {
      return Finding(reason: "the points' widths differ: their subspaces are of different spaces")
    }
    let pairs = (0..<count).flatMap { a in (a + 1..<max(count, a + 1)).map { (a, $0) } }
    let means = concurrently(pairs.count) { index in
      PrincipalAngles(bases[pairs[index].0], bases[pairs[index].1])?.mean ?? .nan
    }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for (pair, mean) in zip(pairs, means) {
      matrix[pair.0][pair.1] = mean
      matrix[pair.1][pair.0] = mean
    }
    guard means.allSatisfy({ $0.isFinite }) else {
      return Finding(reason: "a fit is not finite, or spans nothing")
    }
    var stream = RandomStream(seed: context.seed, "random subspaces")
    func random() -> Tensor {
      Tensor(bases[0].shape, (0..<bases[0].count).map { _ in Float(stream.normal()) })
    }
    return Finding(
      .init(points: sweep.points, means: matrix, random: PrincipalAngles(random(), random())?.mean ?? .nan))
  }

  /// A subspace from elsewhere, with label directions trained here.
  func transfer(_ sweep: SubspaceSweep.Outcome) throws -> Finding<ASTProbeFindings.Transfer> {
    guard let path = analysis.transfer else { return Finding(reason: "the spec names no subspace") }
    let saved = try SavedSubspace(file: path)
    guard saved.weightsDigest == context.capture.weightsDigest else {
      throw SpecError(
        .notApplicable, at: "\(analysis.id): transfer",
        "\(path) was fitted on weights \(saved.weightsDigest.prefix(12))…, this capture is of "
          + "\(context.capture.weightsDigest.prefix(12))…: their spaces have nothing to do with each other",
        advice: "Take a subspace of the same model")
    }
    guard let index = sweep.points.firstIndex(of: saved.point) else {
      throw SpecError(
        .missingData, at: "\(analysis.id): transfer",
        "\(path) was fitted at \(saved.point.name), which is not among the points",
        advice: "Add it to the points")
    }
    progress("transfer from \(saved.study)")
    let here = question.leaves.vectors(saved.point)
    guard saved.subspace.width == here.width else {
      throw SpecError(
        .badValue, at: path,
        "its width is \(saved.subspace.width), \(saved.point.name) has \(here.width)")
    }
    let there = try study.record(here, fitter, transfer: saved)
    let own = sweep.records[index]
    guard let angles = own.fit.subspace.angles(to: saved.subspace) else {
      return Finding(reason: "the subspaces are of different widths")
    }
    return Finding(
      .init(
        source: saved.study, language: saved.grammar.language, point: saved.point,
        test: study.estimates(there.scores), difference: study.difference(own.scores, minus: [there.scores]),
        angles: angles))
  }
}
