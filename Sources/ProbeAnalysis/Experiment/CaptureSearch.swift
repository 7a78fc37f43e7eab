import ProbeModel
import ProbeStore

/// Finds what a spec needs in a store, and says precisely what is not there.
struct CaptureSearch {
  let spec: ExperimentSpec
  let store: ActivationStore
  /// The model that is asked about.
  let main: ModelSource
  let corpus: Corpus

  /// - Throws: errors of the corpus.
  init(spec: ExperimentSpec, main: ModelSource, corpus: String, store: ActivationStore) throws {
    (self.spec, self.main, self.store) = (spec, main, store)
    self.corpus = try spec.capture.read(corpus)
  }

  /// The newest capture of the spec's corpus with its settings, by the weights of `source` where they are at hand, else
  /// by its name.
  ///
  /// - Throws: ``SpecError`` `.missingData` that says in what the captures there differ; errors of the store.
  func capture(of source: ModelSource) throws -> CaptureRecord {
    let all = try store.captures()
    guard !all.isEmpty else { throw missing("holds no capture") }
    let sameCorpus = all.filter { $0.corpusDigest == corpus.digest }
    guard !sameCorpus.isEmpty else {
      throw missing(
        "holds no capture of \(corpus.path) as it is now: its content has the sha256 \(corpus.digest.prefix(12))…, "
          + "captured were \(Set(all.map { "\($0.corpusDigest.prefix(12))…" }).sorted().joined(separator: ", "))"
      )
    }
    // Several subsamples may fit: the one that this very spec asked for comes last, and is taken.
    let fitting = sameCorpus.filter { differences($0).isEmpty }
    let candidates = fitting.filter { $0.spec != spec.text } + fitting.filter { $0.spec == spec.text }
    guard let newest = candidates.last else {
      let found = sameCorpus.last.map { differences($0) } ?? []
      throw missing("holds this corpus with other settings: \(found.joined(separator: ", "))")
    }
    // Without the model its weights cannot be compared: the store alone is then the source.
    guard (try? source.path()) != nil else {
      if let named = candidates.last(where: { $0.modelName == source.modelName }) { return named }
      guard spec.models.count > 1 else { return newest }
      throw missing("holds no capture of \(source.modelName)")
    }
    let digest = try source.weightsDigest()
    guard let match = candidates.last(where: { $0.weightsDigest == digest }) else {
      throw missing(
        "was captured from other weights than those of \(source): sha256 \(newest.weightsDigest.prefix(12))…, "
          + "now \(digest.prefix(12))…")
    }
    return match
  }

  /// The points that the spec captures, no others that the store may hold besides: what else was captured must not
  /// change an answer.
  ///
  /// - Throws: ``SpecError`` `.missingData` for points that were not captured, or not to the end.
  func points(
    in capture: CaptureRecord, model: () throws -> HookedTransformer
  ) throws -> [HookPoint] {
    let captured = capture.points.compactMap { HookPoint(name: $0.hook) }.sorted()
    var wanted: [HookPoint] = []
    if (try? main.path()) != nil {
      wanted = try PointSelector.select(spec.capture.points, from: model().hookPoints)
    } else {
      for selector in spec.capture.points {
        guard let found = try? PointSelector.select([selector], from: captured) else {
          throw missing("holds no activations of \(selector.text)")
        }
        wanted += found
      }
    }
    let absent = wanted.filter { capture.point($0) == nil }
    guard absent.isEmpty else {
      throw missing("holds no activations of \(listed(absent))")
    }
    try checkFinished(wanted, in: capture)
    return Set(wanted).sorted()
  }

  /// A model of the spec besides the one that is asked about.
  ///
  /// - Parameter points: what was captured from the one that is asked about. A twin has the same; another model may lack
  ///   some.
  /// - Throws: as ``capture(of:)`` and ``points(in:model:)``.
  func other(_ model: NamedModel, points: [HookPoint]) throws -> OtherModel {
    let captures = try model.sources.map { source in
      let capture = try capture(of: source)
      let absent = points.filter { capture.point($0) == nil }
      guard absent.isEmpty || !source.isTwin else {
        throw missing("holds no activations of \(source) at \(listed(absent))")
      }
      try checkFinished(points.filter { capture.point($0) != nil }, in: capture)
      return capture
    }
    return OtherModel(
      name: model.name, isTwin: model.isTwin, captures: captures)
  }

  private func checkFinished(_ wanted: [HookPoint], in capture: CaptureRecord) throws(SpecError) {
    let unfinished = wanted.filter { capture.point($0)?.isComplete == false }
    guard unfinished.isEmpty else {
      throw SpecError(
        .missingData, at: store.path,
        "the capture is not finished: \(unfinished.count) of \(wanted.count) points are incomplete, such as "
          + unfinished[0].name,
        advice: "Finish it with: probe capture \(spec.file)")
    }
  }

  private func listed(_ points: [HookPoint]) -> String {
    let more = points.count > 3 ? " and \(points.count - 3) more points" : ""
    return points.prefix(3).map { $0.name }.joined(separator: ", ") + more
  }

  /// The settings in which a capture differs from what the spec wants, in words.
  private func differences(_ record: CaptureRecord) -> [String] {
    // Examples of token ids get no sentinel, chat format and pieces, whatever the spec says: the identity knows.
    let wanted = CaptureIdentity(
      weightsDigest: record.weightsDigest, tokenizerDigest: nil, corpus: corpus,
      settings: spec.capture.settings
    ).settings
    let found = record.settings
    // Which examples a subsample has follows from its size, which the store alone knows: the seed tells it.
    let seeds = (found: record.subsample.map { "\($0.seed)" }, wanted: wanted.subsample.map { "\($0)" })
    let settings = [
      ("positions", found.positions.rawValue, wanted.positions.rawValue),
      ("dtype", found.dtype.rawValue, wanted.dtype.rawValue),
      ("sentinel", found.sentinel.rawValue, wanted.sentinel.rawValue),
      ("chat", found.chat.rawValue, wanted.chat.rawValue),
      ("pieces", found.pieces.rawValue, wanted.pieces.rawValue),
      ("overflow", found.overflow.rawValue, wanted.overflow.rawValue),
      ("deduplicate", "\(found.deduplicate)", "\(wanted.deduplicate)"),
      ("subsample", seeds.found ?? "none", seeds.found == nil ? "none" : seeds.wanted ?? "none"),
      ("shard", record.shard?.rawValue ?? "none", "none"),
      ("numerics version", "\(record.numericsVersion)", "\(CaptureIdentity.currentNumericsVersion)"),
    ]
    return settings.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) instead of \($0.2)" }
  }

  private func missing(_ problem: String) -> SpecError {
    SpecError(
      .missingData, at: store.path, problem, advice: "Capture it with: probe capture \(spec.file)")
  }
}
