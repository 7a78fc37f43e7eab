/// The analyses there are.
public enum Analyses {
  /// Every analysis; a new one is one line here.
  public static let all: [any Analysis.Type] = [LinearProbeAnalysis.self, ASTProbeAnalysis.self]

  /// The analysis of this name.
  static func named(_ name: String) -> (any Analysis.Type)? { all.first { $0.name == name } }

  /// The metric that the verdict of an analysis shows at a place: the first of its headlines that was measured there.
  public static func headline(of analysis: String, at place: Measurement) -> String? {
    named(analysis)?.headlines.first { place.metrics[$0] != nil }
  }

  /// Reads the `analyze` list of a spec.
  ///
  /// - Parameter models: the spec's models.
  /// - Throws: ``SpecError`` for an unknown analysis, for settings that do not fit it, for an id given twice, and for a
  ///   model that the spec does not have.
  static func read(_ spec: SpecReader, models: [NamedModel]) throws(SpecError) -> [any Analysis] {
    var analyses: [any Analysis] = []
    for item in try spec.mappings("analyze") {
      guard item.keys.count == 1, let name = item.keys.first else {
        throw item.error(
          .badValue, "expected one analysis with its settings, found \(item.keys.count) keys",
          advice: "Indent the settings below the analysis's name")
      }
      guard let type = named(name) else {
        throw item.error(
          .unknownKey, name, "there is no analysis \(name)",
          advice: "Known: \(all.map { $0.name }.joined(separator: ", "))")
      }
      guard let settings = try item.optionalMapping(name) else {
        throw item.error(.missingKey, name, "the settings of \(name) are missing")
      }
      let analysis = try type.init(settings)
      guard !analyses.contains(where: { $0.id == analysis.id }) else {
        throw settings.error(
          .duplicate, "id", "two analyses have the id \(analysis.id)", advice: "Give each an id of its own")
      }
      if models.isEmpty, let baseline = analysis.baselines.first {
        throw settings.error(
          .notApplicable, "baselines",
          "the spec has no model, so there is no \(baseline) to compare with",
          advice: "Leave baselines out: imported activations come without the model that computed them")
      }
      let others = models.dropFirst().map { $0.name }
      if let unknown = analysis.baselines.first(where: { !others.contains($0) }) {
        throw settings.error(
          .badValue, "baselines",
          unknown == NamedModel.main ? "main is what is asked about" : "no model is called \(unknown)",
          advice: others.isEmpty
            ? "Give the spec models: { main: …, random: { init-of: main, seeds: [1, 2, 3] } }"
            : "There is: \(others.joined(separator: ", "))")
      }
      analyses.append(analysis)
    }
    return analyses
  }
}
