import ProbeModel

extension HealthCheck {
  /// A sequence that goes on from cached keys and values gives what the whole sequence gives: each sample in two halves.
  static let cachedBeginning = HealthCheck(
    "cached-beginning", claim: "going on from cached keys and values gives what a whole run gives"
  ) { patient in
    let (model, whole) = (patient.model, patient.batch)
    let (points, workspace) = (ComparedPoints.of(model), model.makeWorkspace())
    let cache: KeyValueCache
    do throws(ModelError) {
      cache = try model.makeCache(sequences: whole.sequenceCount)
    } catch {
      return .notApplicable(error.problem)
    }
    let samples = patient.samples.map { $0.tokens }
    let beginnings = TokenBatch(samples.map { Array($0.prefix($0.count / 2)) })
    try model.run(beginnings, observing: [], continuing: cache, in: workspace) { _ in }
    let ends = TokenBatch(samples.map { Array($0.dropFirst($0.count / 2)) }, from: cache.lengths)
    let continued = try model.activations(of: ends, at: points, continuing: cache, in: workspace)
    let full = try model.activations(of: whole, at: points, in: workspace)
    var comparison = ActivationComparison()
    for index in samples.indices {
      comparison.compare(
        continued, rows: ends.rows(of: index), with: full,
        from: whole.rows(of: index).lowerBound + samples[index].count / 2, at: points)
    }
    return comparison.result(
      "a second half behind a cached first half = the whole",
      advice: "Generation would differ from a full run: report this with the model's config.json")
  }
}
