import ProbeModel
import ProbeStore

/// Finds what a spec needs in a store, and says precisely what is not there.
struct CaptureSearch {
  let spec: ExperimentSpec
  let store: ActivationStore

  /// The newest capture of the spec's corpus with its settings, by the weights that the spec names where they are
  /// at hand.
  ///
  /// - Throws: ``SpecError`` `.missingData` that says in what the captures there differ; errors of corpus and store.
  func capture() throws -> CaptureRecord {
    let corpus = try Corpus.read(spec.corpus)
    let all = try store.captures()
    guard !all.isEmpty else { throw missing("holds no capture") }
    let sameCorpus = all.filter { $0.corpusDigest == corpus.digest }
    guard !sameCorpus.isEmpty else {
      throw missing(
        "holds no capture of \(spec.corpus) as it is now: its content has the sha256 \(corpus.digest.prefix(12))…, "
          + "captured were \(Set(all.map { "\($0.corpusDigest.prefix(12))…" }).sorted().joined(separator: ", "))"
      )
    }
    let candidates = sameCorpus.filter { differences($0, corpus).isEmpty }
    guard let newest = candidates.last else {
      let found = sameCorpus.last.map { differences($0, corpus) } ?? []
      throw missing("holds this corpus with other settings: \(found.joined(separator: ", "))")
    }
    // Without the model its weights cannot be compared: the store alone is then the source.
    guard let path = try? ModelLocator.path(of: spec.model) else { return newest }
    let digest = try HookedTransformer.weightsDigest(of: path)
    guard let match = candidates.last(where: { $0.weightsDigest == digest }) else {
      throw missing(
        "was captured from other weights than those of \(spec.model): sha256 \(newest.weightsDigest.prefix(12))…, "
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
    if (try? ModelLocator.path(of: spec.model)) != nil {
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
    let unfinished = wanted.filter { capture.point($0)?.isComplete == false }
    guard unfinished.isEmpty else {
      throw SpecError(
        .missingData, at: store.path,
        "the capture is not finished: \(unfinished.count) of \(wanted.count) points are incomplete, such as "
          + unfinished[0].name,
        advice: "Finish it with: probe capture \(spec.file)")
    }
    return Set(wanted).sorted()
  }

  private func listed(_ points: [HookPoint]) -> String {
    let more = points.count > 3 ? " and \(points.count - 3) more points" : ""
    return points.prefix(3).map { $0.name }.joined(separator: ", ") + more
  }

  /// The settings in which a capture differs from what the spec wants, in words.
  private func differences(_ record: CaptureRecord, _ corpus: Corpus) -> [String] {
    let wanted = spec.capture
    // Examples of token ids get no sentinel and no chat format, whatever the spec says: the identity knows.
    let identity = CaptureIdentity(
      weightsDigest: record.weightsDigest, tokenizerDigest: nil, corpus: corpus, positions: wanted.positions,
      dtype: wanted.dtype, sentinel: wanted.sentinel, chat: wanted.chat, overflow: wanted.overflow
    )
    let settings = [
      ("positions", record.positions.rawValue, wanted.positions.rawValue),
      ("dtype", record.dtype.rawValue, wanted.dtype.rawValue),
      ("sentinel", record.sentinel.rawValue, identity.sentinel.rawValue),
      ("chat", record.chat.rawValue, identity.chat.rawValue),
      ("overflow", record.overflow.rawValue, wanted.overflow.rawValue),
      ("numerics version", "\(record.numericsVersion)", "\(CaptureIdentity.currentNumericsVersion)"),
    ]
    return settings.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) instead of \($0.2)" }
  }

  private func missing(_ problem: String) -> SpecError {
    SpecError(
      .missingData, at: store.path, problem, advice: "Capture it with: probe capture \(spec.file)")
  }
}
