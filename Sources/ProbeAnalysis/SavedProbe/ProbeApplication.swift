import ProbeMath
import ProbeModel
import ProbeStore

/// Applies a saved probe, as it is, to a capture: trained on A, tested on B.
///
/// Nothing is fitted: shift, scale, weights and threshold are the file's. Refused are activations of other weights, of
/// another width, classes the probe does not know, and examples that it was fitted on.
public struct ProbeApplication: Sendable {
  /// The label whose values are the truth; the probe's own unless said otherwise.
  public var label: String
  /// Whether activations of other weights are taken.
  public var allowsAnyModel = false
  /// Whether examples that fitted the probe are taken.
  public var allowsOverlap = false
  /// Resamples of the bootstrap.
  public var replicates = 2000
  /// Confidence level of intervals.
  public var level = 0.95
  /// Seed of the bootstrap.
  public var seed: UInt64 = 1

  private let saved: SavedProbe

  /// An application of `saved`.
  public init(_ saved: SavedProbe) {
    self.saved = saved
    label = saved.origin.label
  }

  /// The probe's scores of a capture's labelled examples, and how good they are.
  ///
  /// - Throws: ``SpecError`` when probe and capture do not fit together, as above; errors of the store.
  public func outcome(on store: ActivationStore, _ capture: CaptureRecord) throws -> AppliedProbe {
    try BLAS.load()
    let probe = saved.probe
    let point = try checkedPoint(store, capture)
    let items = try AppliedItems(
      store, capture, LabelRequest(label: label, unit: saved.origin.unit),
      sequences: type(of: probe).readsSequences)
    let labels = try classIndices(items, store)
    let overlap = try checkedOverlap(items, store)
    let features = try store.matrix(point, of: capture, rows: .rows(items.rows.flatMap { Array($0) }))
    try checkFinite(features, store, point)
    var (start, sequences): (Int, [Range<Int>]) = (0, [])
    for range in items.rows {
      sequences.append(start..<start + range.count)
      start += range.count
    }
    let classification = Classification(
      labels: labels, scores: probe.scores(features, sequences: sequences))
    return AppliedProbe(
      saved, capture: capture.summary, capturedModel: capture.modelName, label: label, items: items,
      classification: classification, overlap: overlap,
      metrics: metrics(classification, items.groups), notes: notes(capture))
  }

  // MARK: - What must fit

  private func checkedPoint(_ store: ActivationStore, _ capture: CaptureRecord) throws -> HookPoint {
    let place = "\(store.path), capture \(capture.id)"
    let origin = saved.origin
    guard allowsAnyModel || capture.weightsDigest == origin.weightsDigest else {
      throw SpecError(
        .notApplicable, at: place,
        "the activations are of \(capture.modelName) (weights \(capture.weightsDigest.prefix(12))…), the probe was "
          + "fitted on \(origin.model) (weights \(origin.weightsDigest.prefix(12))…)",
        advice: "Capture with the probe's model, or say --any-model")
    }
    guard let point = HookPoint(name: origin.point), let record = capture.point(point) else {
      throw SpecError(
        .missingData, at: place, "the probe reads \(origin.point), which was not captured",
        advice: "There is: \(capture.points.map { $0.hook }.joined(separator: ", "))")
    }
    guard record.width == saved.probe.width else {
      throw SpecError(
        .badValue, at: "\(place), \(origin.point)",
        "rows have \(record.width.map { "\($0)" } ?? "different numbers of") values, the probe reads "
          + "\(saved.probe.width)", advice: "Apply it to the model it was fitted on")
    }
    return point
  }

  private func classIndices(_ items: AppliedItems, _ store: ActivationStore) throws(SpecError) -> [Int] {
    let classes = saved.probe.classes
    let unknown = Set(items.values).subtracting(classes).sorted()
    guard unknown.isEmpty else {
      throw SpecError(
        .badValue, at: "\(store.path): label \(label)",
        "the probe does not know \(unknown.joined(separator: ", ")); it knows \(classes.joined(separator: ", "))",
        advice: "Choose another label with --label, or name classes alike in both corpora")
    }
    return items.values.map { classes.firstIndex(of: $0) ?? 0 }
  }

  private func checkedOverlap(_ items: AppliedItems, _ store: ActivationStore) throws(SpecError) -> Int {
    let training = Set(saved.origin.training)
    let seen = items.examples.filter { training.contains(ProbeOrigin.fingerprint(of: $0)) }
    guard allowsOverlap || seen.isEmpty else {
      let names = seen.prefix(3).map { $0.id }.joined(separator: ", ")
      throw SpecError(
        .notApplicable, at: store.path,
        "\(seen.count) of \(items.examples.count) examples fitted the probe (\(names)\(seen.count > 3 ? ", …" : "")): "
          + "what was trained on would be tested",
        advice: "Take them out of the corpus, or say --allow-overlap")
    }
    return seen.count
  }

  private func checkFinite(_ features: Tensor, _ store: ActivationStore, _ point: HookPoint)
    throws(StudyError)
  {
    guard let index = features.elements.withUnsafeBufferPointer({ firstNonFinite($0) }) else { return }
    throw StudyError(
      .notFinite, at: "\(store.path), \(point.name)",
      "\(store.path), \(point.name): a value is \(features.elements[index]). Capture in bfloat16 or float32 if float16 "
        + "overflowed.")
  }

  // MARK: - What comes out

  private func metrics(_ classification: Classification, _ groups: [String]) -> [MetricEstimate] {
    let roster = GroupRoster(labels: classification.labels, groups: groups)
    let bootstrap = ClusterBootstrap(
      groups: roster.groupOf, replicates: replicates, stream: RandomStream(seed: seed, "bootstrap", "apply"))
    return bootstrap.estimates(.classes(classification), level: level)
  }

  private func notes(_ capture: CaptureRecord) -> [String] {
    let (origin, positions) = (saved.origin, capture.settings.positions.rawValue)
    var notes: [String] = []
    if capture.weightsDigest != origin.weightsDigest {
      notes.append("fitted on other weights, of \(origin.model)")
    }
    if positions != origin.positions {
      notes.append("fitted on positions \(origin.positions), applied to positions \(positions)")
    }
    return notes
  }
}

/// What a saved probe did on a capture.
public struct AppliedProbe: Sendable, Codable, Equatable {
  /// The family that fitted the probe.
  public let family: String
  /// The model that the probe was fitted on.
  public let model: String
  /// The model that the activations are of.
  public let capturedModel: String
  /// The hook point.
  public let point: String
  /// The corpus that the probe was fitted on.
  public let fittedOn: String
  /// The capture that it was applied to, in words.
  public let capture: String
  /// The label whose values are the truth.
  public let label: String
  /// Names of the classes, by class index.
  public let classes: [String]
  /// Items of each class.
  public let counts: [Int]
  /// Items by true and predicted class.
  public let confusion: [[Int]]
  /// Examples without the label.
  public let unlabelled: Int
  /// Items that fitted the probe.
  public let overlap: Int
  /// Share of the commonest class: the accuracy of always naming it.
  public let majority: Double
  /// Every metric with its interval over groups.
  public let metrics: [MetricEstimate]
  /// What a reader must know before believing the numbers.
  public let notes: [String]
  /// What was said about every item.
  public let predictions: ItemPredictions

  init(
    _ saved: SavedProbe, capture: String, capturedModel: String, label: String, items: AppliedItems,
    classification: Classification, overlap: Int, metrics: [MetricEstimate], notes: [String]
  ) {
    (family, model, point) = (saved.probe.family, saved.origin.model, saved.origin.point)
    (fittedOn, self.capture, self.capturedModel) = (saved.origin.corpus, capture, capturedModel)
    (self.label, classes, unlabelled) = (label, saved.probe.classes, items.unlabelled)
    let indices = saved.probe.classes.indices
    let table = classification.confusion
    confusion = indices.map { truth in indices.map { Int(table[truth, $0]) } }
    let counts = confusion.map { $0.reduce(0, +) }
    self.counts = counts
    majority = Double(counts.max() ?? 0) / Double(classification.labels.count)
    (self.overlap, self.metrics, self.notes) = (overlap, metrics, notes)
    predictions = ItemPredictions(
      label: label, point: saved.origin.point, classes: saved.probe.classes,
      items: items.keys,
      groups: items.groups, truths: classification.labels.map { Double($0) },
      scores: items.rows.indices.map { row in
        let scores = Array(classification.scores[row: row])
        return saved.probe.classes.count == 2 ? [scores[1]] : scores
      })
  }
}
