import ProbeMath
import ProbeModel

/// One fit a point.
struct SubspaceSweep {
  /// Root mean squares to choose from: how large distances are against the margin of 1.
  static let scales: [Float] = [0.5, 0.25, 0.125]
  /// Adam's rates to choose from.
  static let rates: [Float] = [3e-3, 1e-2]

  let study: ASTProbeStudy
  private var fitter: SyntacticSubspaceFitter
  let context: AnalysisContext
  let name: String

  init(
    _ study: ASTProbeStudy, _ fitter: SyntacticSubspaceFitter, _ context: AnalysisContext, _ name: String
  ) {
    (self.study, self.fitter, self.context, self.name) = (study, fitter, context, name)
    // Layers are fitted side by side: no thread waits for another within a step.
    self.fitter.threads = 1
  }

  /// What a sweep comes to.
  struct Outcome {
    let points: [HookPoint]
    let records: [FitRecord]
    let layers: [ASTProbeFindings.Layer]
    /// Index of the point with the best validation F1, of equals the first.
    let best: Int
  }

  /// Fits at every point. As many layers as there are processors are held at a time.
  func run(_ points: [HookPoint], _ vectors: @Sendable (HookPoint) throws -> LeafVectors) throws -> Outcome {
    var records: [FitRecord] = []
    while records.count < points.count {
      let next = points[records.count..<min(records.count + availableProcessors, points.count)]
      context.progress("\(name): \(next.map { $0.name }.joined(separator: ", "))")
      let fitter = fitter
      let study = study
      records += try concurrently(next.count) { place in
        let leaves = try vectors(next[next.startIndex + place])
        var fitter = fitter
        fitter.rank = min(fitter.rank, leaves.width)
        return try study.record(leaves, fitter)
      }
    }
    let layers = zip(points, records).map { layer($0, $1) }
    let best = layers.indices.max { (layers[$0].validation, -$0) < (layers[$1].validation, -$1) } ?? 0
    return Outcome(points: points, records: records, layers: layers, best: best)
  }

  private func layer(_ point: HookPoint, _ record: FitRecord) -> ASTProbeFindings.Layer {
    .init(
      point: point, validation: study.validationF1(record), test: study.estimates(record.scores),
      epochs: record.fit.epochs.count, bestEpoch: record.fit.best, isConverged: record.fit.isConverged,
      orthogonality: record.fit.subspace.orthogonality)
  }
}
