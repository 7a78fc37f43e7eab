import ProbeMath
import ProbeModel

/// Fits and scores over one set of snippets.
struct ASTProbeStudy: Sendable {
  let set: SnippetSet
  let target: SyntacticSnippet.Target
  let archive: FitArchive
  let replicates: Int
  let seed: UInt64

  let train: [Int]
  let validation: [Int]
  let test: [Int]

  init(
    _ set: SnippetSet, target: SyntacticSnippet.Target, archive: FitArchive, replicates: Int, seed: UInt64
  ) {
    (self.set, self.target, self.archive, self.replicates) = (set, target, archive, replicates)
    self.seed = seed
    (train, validation, test) = (set.indices(.train), set.indices(.validation), set.indices(.test))
  }

  /// Fits a subspace to the training part and scores it on the others, or finds that in the archive.
  ///
  /// - Parameters:
  ///   - isShuffled: whether every snippet's tuple is shuffled, the scored ones' too: the control task.
  ///   - transfer: B from elsewhere.
  /// - Throws: ``StudyError`` `.tooFewGroups` when no snippet of a part has vectors; ``SpecError`` of the archive.
  func record(
    _ leaves: LeafVectors, _ fitter: SyntacticSubspaceFitter, isShuffled: Bool = false,
    transfer: SavedSubspace? = nil
  ) throws -> FitRecord {
    let plan = try plan(leaves, isShuffled: isShuffled)
    let key = FitKey(
      source: leaves.source, task: digest(plan, isShuffled: isShuffled), rank: fitter.rank,
      scale: fitter.scale, rate: fitter.rate,
      decay: fitter.decay, penalty: fitter.penalty, patience: fitter.patience,
      maximumEpochs: fitter.maximumEpochs, batchSize: fitter.batchSize, seed: seed,
      transfer: transfer.map { Self.digest($0.subspace.projection) },
      kernels: BLAS.kernelFamily)
    return try archive.record(key) {
      let task = SyntacticSubspaceFitter.Task(
        vectors: try leaves.tensor(), snippets: plan.snippets, train: plan.train,
        validation: plan.validation, labels: set.labels.names.count, unaries: set.unaries.names.count)
      let fit = fitter.fit(task, seed: seed, transfer: transfer?.subspace.projection)
      return FitRecord(fit: fit, scores: try scores(fit.subspace, leaves, isShuffled: isShuffled))
    }
  }

  /// Scores of the snippets outside the training part that have vectors.
  func scores(
    _ subspace: SyntacticSubspace, _ leaves: LeafVectors, isShuffled: Bool = false
  ) throws -> [Int: SnippetScores] {
    let held = (validation + test).filter { leaves.rows[$0] != nil }
    let said = subspace.predictions(try leaves.tensor(), of: held.compactMap { leaves.rows[$0] })
    let scores = concurrently(held.count) { place in
      compare(held[place], tuple(said[place]), isShuffled: isShuffled).scores
    }
    return Dictionary(uniqueKeysWithValues: zip(held, scores))
  }

  /// The trees of one snippet, gold and predicted.
  func compare(_ snippet: Int, _ prediction: TuplePrediction, isShuffled: Bool = false) -> SnippetComparison {
    isShuffled
      ? SnippetComparison(of: prediction, with: gold(snippet, isShuffled: true))
      : SnippetComparison(
        of: prediction, with: set.snippets[snippet].tuple, goldTree: set.snippets[snippet].gold)
  }

  /// A prediction with its labels by name.
  func tuple(_ prediction: SyntacticPrediction) -> TuplePrediction {
    TuplePrediction(
      heights: prediction.order, labels: prediction.labels.map { set.labels.names[$0] },
      unaries: prediction.unaries.map { set.unaries.names[$0] })
  }

  // MARK: - Tasks

  /// A task without its vectors, which a fit from the archive does not read.
  private struct Plan {
    var snippets: [SyntacticSnippet] = []
    var train: [Int] = []
    var validation: [Int] = []
  }

  private func plan(_ leaves: LeafVectors, isShuffled: Bool) throws -> Plan {
    var plan = Plan()
    for (index, rows) in leaves.rows.enumerated() {
      guard let rows, set.parts[index] != .test else { continue }
      if set.parts[index] == .train {
        plan.train.append(plan.snippets.count)
      } else {
        plan.validation.append(plan.snippets.count)
      }
      plan.snippets.append(snippet(index, rows: rows, isShuffled: isShuffled))
    }
    guard !plan.train.isEmpty, !plan.validation.isEmpty else {
      throw StudyError(
        .tooFewGroups, at: leaves.source,
        "No snippet of the \(plan.train.isEmpty ? "training" : "validation") part has a vector for each of its leaves."
      )
    }
    return plan
  }

  private func gold(_ index: Int, isShuffled: Bool) -> SyntaxTuple {
    let snippet = set.snippets[index]
    return isShuffled ? snippet.tuple.shuffled(seed: seed, name: snippet.id) : snippet.tuple
  }

  private func snippet(_ index: Int, rows: Range<Int>, isShuffled: Bool) -> SyntacticSnippet {
    let tuple = gold(index, isShuffled: isShuffled)
    return SyntacticSnippet(
      rows: rows, heights: tuple.heights, labels: set.labels.numbers(of: tuple.labels),
      unaries: set.unaries.numbers(of: tuple.unaries), target: target)
  }

  private static func digest(_ matrix: Tensor) -> String {
    var digest = SHA256Digest()
    matrix.elements.withUnsafeBytes { digest.update($0) }
    return digest.finish()
  }

  private func digest(_ plan: Plan, isShuffled: Bool) -> String {
    var digest = SHA256Digest()
    func add(_ values: [Int32], to digest: inout SHA256Digest) {
      values.withUnsafeBytes { digest.update($0) }
      digest.update("|".utf8)
    }
    for snippet in plan.snippets {
      add([Int32(snippet.rows.lowerBound), Int32(snippet.rows.count)], to: &digest)
      add(snippet.order.map { Int32($0) }, to: &digest)
      add(snippet.first + snippet.last, to: &digest)
      add(snippet.labels, to: &digest)
      add(snippet.unaries, to: &digest)
    }
    add(plan.train.map { Int32($0) }, to: &digest)
    add(plan.validation.map { Int32($0) }, to: &digest)
    // Scores are against the trees of the test part, by the labels' names.
    for index in validation + test {
      let tuple = gold(index, isShuffled: isShuffled)
      digest.update("\(set.snippets[index].id)\0".utf8)
      add(tuple.heights.map { Int32($0) }, to: &digest)
      for labels in [set.labels.numbers(of: tuple.labels), set.unaries.numbers(of: tuple.unaries)] {
        add(labels.map { Int32($0) }, to: &digest)
      }
    }
    for label in set.labels.names + set.unaries.names { digest.update("\(label)\0".utf8) }
    return digest.finish()
  }
}
