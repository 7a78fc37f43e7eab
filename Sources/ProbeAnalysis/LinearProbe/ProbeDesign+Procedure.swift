import ProbeMath

extension ProbeDesign {
  /// What the procedure yields in expectation on data like these, by nested cross-validation with 5 outer folds: every
  /// fold chooses its strength, and one of the points, by the other folds.
  ///
  /// - Parameters:
  ///   - points: features of all items of the design, `[items, d]` each; one matrix for each of `names`.
  ///   - names: what the points are called.
  public func procedure(_ points: [Tensor], names: [String]) -> ProcedureFindings {
    precondition(
      !points.isEmpty && points.count == names.count,
      "procedure: \(points.count) points, \(names.count) names")
    let validation = CrossValidation(learner(), groups: groups, seed: seed)
    return validation.findings(
      concurrently(points.count) { validation.outcome(points[$0]) }, points: names, level: level)
  }
}
