import ProbeMath
import ProbeModel

extension ASTProbeCompany {
  /// Other models on the same snippets, swept over their own captured layers; each reads its own tokens.
  func models() throws -> [ASTProbeFindings.ModelSweep] {
    try context.others.filter { analysis.baselines.contains($0.name) && !$0.isTwin }.map { other in
      guard let capture = other.captures.first else {
        throw SpecError(.missingData, at: other.name, "nothing was captured from it")
      }
      let examples = try context.store.examples(of: capture)
      let tokens = try ASTProbeQuestion.tokens(of: capture, count: examples.count, context.store)
      let places = Dictionary(uniqueKeysWithValues: examples.enumerated().map { ($1.example.id, $0) })
      let leaves = StoredLeaves(
        study.set.snippets, examples: study.set.snippets.map { places[$0.id] }, tokens: tokens,
        store: context.store, capture: capture)
      let points = capture.points.filter { $0.isComplete }.compactMap { HookPoint(name: $0.hook) }
        .filter { !$0.site.isRagged }.sorted()
      let sweep = try SubspaceSweep(study, fitter, context, "\(analysis.id), \(other.name)").run(points) {
        leaves.vectors($0)
      }
      return .init(
        name: other.name, model: capture.modelName, layers: sweep.layers, best: sweep.best,
        shared: leaves.layout.rows.count { $0 != nil },
        difference: study.difference(record.scores, minus: [sweep.records[sweep.best].scores]),
        alignment: leaves.layout.audit)
    }
  }
}
