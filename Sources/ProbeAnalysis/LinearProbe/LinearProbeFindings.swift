import ProbeMath
import ProbeModel

/// What ``LinearProbeAnalysis`` found: one answer a label.
public struct LinearProbeFindings: AnalysisFindings {
  /// One label's question and its answer.
  public struct Question: Sendable, Codable, Equatable {
    /// The label.
    public let label: String
    /// Its classes, in the order of their values.
    public let classes: [String]
    /// Examples of the corpus without this label.
    public let unlabelled: Int
    /// Who trained, chose and tested.
    public let parts: [PartSize]
    /// One probe a captured point, in the order of computation.
    public let layers: [Layer]
    /// Index of the layer that the validation part chose.
    public let chosen: Int
    /// What needs no hidden state.
    public let baselines: [Baseline]
    /// The same procedure on the activations of other models.
    public let models: [ModelBaseline]
    /// Test metrics of the same procedure on shuffled labels, mean over repetitions.
    public let shuffled: Shuffled
    /// Test items by true (row) and predicted (column) class, of the chosen probe.
    public let confusion: [[Int]]
    /// Why there is no selectivity.
    public let selectivity: String
    /// What a reader should know about split and fits.
    public let notes: [String]
  }

  /// Size of one part of the split.
  public struct PartSize: Sendable, Codable, Equatable {
    /// `train`, `validation` or `test`.
    public let part: GroupSplit.Part
    /// Examples in it.
    public let items: Int
    /// Groups in it.
    public let groups: Int
  }

  /// One point of the sweep.
  public struct Layer: Sendable, Codable, Equatable {
    /// Where.
    public let point: HookPoint
    /// λ that the folds chose.
    public let strength: Double
    /// Whether the fit converged.
    public let converged: Bool
    /// Accuracy on the items it was fitted on.
    public let trainAccuracy: Double
    /// Metrics on the validation part.
    public let validation: [MetricEstimate]
    /// Metrics on the test part.
    public let test: [MetricEstimate]
  }

  /// A competitor without hidden states.
  public struct Baseline: Sendable, Codable, Equatable {
    /// What it reads.
    public let name: String
    /// Metrics on the test part; empty where it cannot be measured.
    public let test: [MetricEstimate]
    /// Chosen probe minus baseline on the same test items; empty where that makes no sense.
    public let difference: [MetricEstimate]
    /// Why it was not measured; nil when it was.
    public let reason: String?
  }

  /// The same procedure on the activations of another model, or in the mean of several random-initialised twins.
  public struct ModelBaseline: Sendable, Codable, Equatable {
    /// Its key in the spec's `models`.
    public let name: String
    /// Whether it is a random-initialised twin.
    public let isTwin: Bool
    /// The model, or the twin of each seed, at the point that its own validation part chose.
    public let members: [ModelMember]
    /// Metrics on the test part, mean over the members at the points that they chose.
    public let test: [MetricEstimate]
    /// Chosen probe minus that mean on the same test items.
    public let difference: [MetricEstimate]
    /// Point by point, for the points that the models share.
    public let layers: [ModelLayer]
  }

  /// One model of a ``ModelBaseline``.
  public struct ModelMember: Sendable, Codable, Equatable {
    /// The model's name, a twin's with its seed.
    public let model: String
    /// The point that its validation part chose.
    public let point: HookPoint
    /// Metrics on the test part at that point.
    public let test: [MetricEstimate]
    /// Chosen probe of the main model minus this on the same test items.
    public let difference: [MetricEstimate]
  }

  /// One point of a ``ModelBaseline``.
  public struct ModelLayer: Sendable, Codable, Equatable {
    /// Where.
    public let point: HookPoint
    /// Metrics on the test part, mean over the members.
    public let test: [MetricEstimate]
    /// The main model's probe at this point minus that mean, on the same test items.
    public let difference: [MetricEstimate]
  }

  /// The shuffled-label control.
  public struct Shuffled: Sendable, Codable, Equatable {
    /// How labels were shuffled.
    public let scheme: LabelPermutation
    /// Number of repetitions.
    public let repetitions: Int
    /// Mean by metric.
    public let mean: [String: Double]
  }

  /// One answer a label, in the order of the spec.
  public let questions: [Question]
  /// Norms of the rows at each point.
  public let norms: [NormSummary]
  /// What the chosen probe said about every test example, one a label. A results file keeps it beside the findings.
  public private(set) var predictions: [ItemPredictions] = []

  private enum CodingKeys: String, CodingKey { case questions, norms }

  init(questions: [Question], norms: [NormSummary], predictions: [ItemPredictions]) {
    (self.questions, self.norms, self.predictions) = (questions, norms, predictions)
  }

  /// One measurement a label and point.
  public var measurements: [Measurement] { questions.flatMap { $0.measurements } }
}

extension LinearProbeFindings.Question {
  /// The probe that the validation part chose.
  var best: LinearProbeFindings.Layer { layers[chosen] }

  var measurements: [Measurement] {
    layers.enumerated().map { index, layer in
      var metrics = Dictionary(
        uniqueKeysWithValues: layer.test.map { ($0.metric.rawValue, Measurement.Value($0)) })
      var notApplicable = ["selectivity": selectivity]
      let baseline = baselines.first { $0.name == LogProbabilityBaseline.textName }
      for metric in Self.comparedMetrics {
        let name = "\(metric.rawValue)_over_log_probability"
        if index != chosen {
          notApplicable[name] = "only the chosen point is compared with the log-probability"
        } else if let difference = baseline?.difference.first(where: { $0.metric == metric }) {
          metrics[name] = Measurement.Value(difference)
        } else {
          notApplicable[name] = baseline?.reason ?? "the log-probability was not measured"
        }
      }
      return Measurement(
        label: label, point: layer.point.name, isBest: index == chosen, metrics: metrics,
        notApplicable: notApplicable)
    }
  }

  /// Metrics of which the difference to each baseline is measured.
  static var comparedMetrics: [ClassificationMetric] { [.accuracy, .auroc] }
}

extension Measurement.Value {
  init(_ estimate: MetricEstimate) {
    self.init(
      value: estimate.value, lower: estimate.interval?.lower, upper: estimate.interval?.upper,
      n: estimate.items,
      groups: estimate.groups, chance: estimate.chance)
  }
}
