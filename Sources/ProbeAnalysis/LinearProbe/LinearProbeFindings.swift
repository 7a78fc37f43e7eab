import ProbeMath
import ProbeModel

/// What ``LinearProbeAnalysis`` found: one answer a label.
public struct LinearProbeFindings: AnalysisFindings {
  /// One label's question and its answer.
  public struct Question: Sendable, Codable, Equatable {
    /// The label.
    public let label: String
    /// What an item is.
    public let unit: ItemUnit
    /// What is read.
    public let target: ProbeTarget.Kind
    /// Its classes, in the order of their values; empty where a number is read.
    public let classes: [String]
    /// Examples of the corpus without this label.
    public let unlabelled: Int
    /// Labelled stretches that no captured token shares a byte with.
    public let unaligned: Int
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
    /// Test metrics of the same procedure on shuffled labels.
    public let shuffled: Finding<Shuffled>
    /// How the whole procedure does in expectation.
    public let procedure: Finding<ProcedureFindings>
    /// Whether anything is there at all.
    public var permutation: Finding<Permutation>
    /// What can be memorised.
    public let control: Finding<Control>
    /// Test items by true (row) and predicted (column) class, of the chosen probe; empty where a number is read.
    public let confusion: [[Int]]
    /// What else is known of the chosen point.
    public let company: ProbeCompany
    /// What a reader should know about split and fits.
    public let notes: [String]
    /// The procedure where nothing should be found.
    public let mutants: [Measurement.Mutant]
  }

  /// The permutation test of a question.
  public struct Permutation: Sendable, Codable, Equatable {
    /// How labels were exchanged.
    public let scheme: LabelPermutation
    /// Number of permutations.
    public let permutations: Int
    /// p of the best of all points, corrected for having looked at all (max-T).
    public let best: Double
    /// The same, corrected for the questions of the analysis as well (Benjamini & Hochberg).
    public var acrossQuestions: Double
  }

  /// The control task of a question.
  public struct Control: Sendable, Codable, Equatable {
    /// Number of types.
    public let types: Int
    /// Share of test items whose type has training items.
    public let recurring: Double
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
    /// Accuracy, or R², on the items it was fitted on.
    public let trainScore: Double
    /// Metrics on the validation part.
    public let validation: [MetricEstimate]
    /// Metrics on the test part.
    public let test: [MetricEstimate]
    /// Accuracy, or mean error, of the procedure at this point, by nested cross-validation; nil where it was not made.
    public let procedure: MetricEstimate?
    /// The permutation test at this point; nil where there is none.
    public let permutation: PointPermutation?
    /// The control task at this point; nil where there is none.
    public let control: PointControl?
    /// What the leading principal components alone say; nil where that was not asked.
    public let widths: WidthCurve?
  }

  /// The permutation test of one point.
  public struct PointPermutation: Sendable, Codable, Equatable {
    /// AUROC (R² of more classes and of numbers) of ridge scores, over folds.
    public let statistic: Double
    /// p of this point alone.
    public let p: Double
    /// p corrected for looking at every point (max-T).
    public let adjusted: Double
  }

  /// The control task at one point.
  public struct PointControl: Sendable, Codable, Equatable {
    /// Accuracy on control labels that it was fitted on: whether they could be memorised.
    public let trainScore: Double
    /// Accuracy, or R², on the test part's control labels.
    public let test: MetricEstimate
    /// The real task's minus that, paired.
    public let selectivity: MetricEstimate
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
  /// The chosen probes of questions on classes.
  public private(set) var probes: [ChosenProbe] = []

  private enum CodingKeys: String, CodingKey { case questions, norms }

  init(
    questions: [Question], norms: [NormSummary], predictions: [ItemPredictions], probes: [ChosenProbe]
  ) {
    (self.questions, self.norms, self.predictions) = (questions, norms, predictions)
    self.probes = probes
  }

  /// One measurement a label and point.
  public var measurements: [Measurement] { questions.flatMap { $0.measurements } }
}
