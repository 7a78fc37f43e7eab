@testable import ProbeAnalysis

/// Results by hand, for comparisons.
enum ComparisonFixture {
  /// Truths, groups and scores of fourteen items in seven groups; goldens are of these.
  static let truths: [Double] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
  static let groups = (0..<14).map { "g\($0 / 2)" }
  static let scoresA: [Float] = [-2, 1.5, -1, 2, -0.5, 0.25, -3, 1, -1.5, 0.75, 0.5, 2.5, -0.25, 1.25]
  static let scoresB: [Float] = [-1, 0.5, 1, -2, -0.5, -0.25, 3, 1, -0.75, -0.5, 0.5, 1.5, 0.25, -1.25]

  static func binary(
    _ scores: [Float], label: String? = "truth", classes: [String] = ["no", "yes"], items: [String]? = nil,
    groups: [String] = groups, truths: [Double] = truths
  ) -> ItemPredictions {
    ItemPredictions(
      label: label, point: "blocks.1.hook_resid_post", classes: classes,
      items: items ?? truths.indices.map { "e\($0)" }, groups: groups, truths: truths,
      scores: scores.map { [$0] })
  }

  static func numeric(_ said: [Float], truths: [Double]) -> ItemPredictions {
    ItemPredictions(
      label: "size", point: nil, classes: nil, items: truths.indices.map { "e\($0)" },
      groups: truths.indices.map { "g\($0)" }, truths: truths, scores: said.map { [$0] })
  }

  static func results(
    _ predictions: [ItemPredictions]?, name: String = "a", id: String = "p", seed: UInt64 = 7,
    corpus: String = "c",
    model: String = "m"
  ) throws -> Results {
    Results(
      name: name, title: "?",
      provenance: Provenance(
        version: "0.1.0", model: model, architecture: "Llama", weightsDigest: "w-\(model)",
        tokenizerDigest: nil,
        corpus: "c.jsonl", corpusDigest: corpus, specDigest: "s", capture: ["positions": "last"], seed: seed,
        numericsVersion: 2, kernels: "Haswell", models: nil),
      analyses: [
        Results.AnalysisResult(
          id: id, analysis: "linear-probe", measurements: [], predictions: predictions,
          findings: try JSONDocument(encoding: [Int]()))
      ], expectations: [])
  }

  static func compare(_ a: ItemPredictions, _ b: ItemPredictions, _ settings: ComparisonSettings = .init())
    throws
    -> QuestionComparison
  {
    let comparison = try ResultsComparison(
      results([a]), file: "a.json", with: results([b], name: "b"), file: "b.json", settings: settings)
    return comparison.questions[0]
  }
}
