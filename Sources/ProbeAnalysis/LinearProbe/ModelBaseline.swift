import ProbeMath
import ProbeModel
import ProbeStore

/// The same study on the activations of another model, such as a random-initialised twin: what can be read there is not
/// what training has put in.
struct ModelBaseline {
  let model: OtherModel
  /// Row of each item in the matrices of each capture.
  private let rows: [[Int]]

  /// - Throws: ``SpecError`` when a capture lacks an item, or has other than one row of it; errors of the store.
  init(_ model: OtherModel, items: LabelledItems, context: AnalysisContext) throws {
    self.model = model
    rows = try model.captures.map { capture in
      let captured = try context.store.examples(of: capture)
      let byID = Dictionary(captured.map { ($0.example.id, $0.rows) }) { first, _ in first }
      return try items.places.map { place in
        let id = items.examples[place.example].id
        guard let rows = byID[id], rows.count == items.rowCounts[place.example] else {
          throw SpecError(
            .missingData, at: "\(context.store.path): example \(id)",
            "\(capture.modelName) has \(byID[id]?.count ?? 0) rows of it instead of "
              + "\(items.rowCounts[place.example])",
            advice: "Models whose contexts or tokenizers differ need texts that fit all of them")
        }
        return rows.lowerBound + place.offset
      }
    }
  }

  /// One probe a point and capture, and what the main model's probes reach above them.
  ///
  /// - Parameters:
  ///   - main: the main model's probes, one a point.
  ///   - chosen: index of the one that its validation part chose.
  func findings(
    _ study: ProbeStudy, points: [HookPoint], main: [ProbeEvaluation], chosen: Int, _ context: AnalysisContext
  ) throws -> LinearProbeFindings.ModelBaseline {
    // A model of another depth has some of the points only.
    let shared = points.indices.filter { index in
      model.captures.allSatisfy { $0.point(points[index]) != nil }
    }
    guard !shared.isEmpty else {
      throw SpecError(
        .missingData, at: "\(context.store.path): \(model.name)", "holds none of the analysis's points",
        advice: "Choose points that both models have")
    }
    let captures = model.captures.indices
    let all = try concurrently(captures.count * shared.count) { index in
      let (capture, place) = index.quotientAndRemainder(dividingBy: shared.count)
      let point = points[shared[place]]
      let features = try context.store.matrix(point, of: model.captures[capture], rows: .rows(rows[capture]))
      return try study.evaluate(features, named: "\(model.captures[capture].modelName), \(point.name)")
    }
    let evaluations = captures.map { Array(all[$0 * shared.count..<($0 + 1) * shared.count]) }
    let best = evaluations.map { study.best($0) }
    let bests = captures.map { evaluations[$0][best[$0]] }
    return LinearProbeFindings.ModelBaseline(
      name: model.name, isTwin: model.isTwin,
      members: captures.map { index in
        LinearProbeFindings.ModelMember(
          model: model.captures[index].modelName, point: points[shared[best[index]]], test: bests[index].test,
          difference: difference(study, main[chosen], minus: [bests[index]]))
      },
      test: study.mean(bests), difference: difference(study, main[chosen], minus: bests),
      layers: shared.indices.map { place in
        let here = evaluations.map { $0[place] }
        return LinearProbeFindings.ModelLayer(
          point: points[shared[place]], test: study.mean(here),
          difference: difference(study, main[shared[place]], minus: here))
      })
  }

  private func difference(
    _ study: ProbeStudy, _ probe: ProbeEvaluation, minus others: [ProbeEvaluation]
  ) -> [MetricEstimate] {
    LinearProbeFindings.Question.compared(study.design.target.kind).map {
      study.difference(probe, minusMeanOf: others, $0)
    }
  }
}
