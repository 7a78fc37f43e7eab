import ProbeMath

/// What else is known of the chosen point: the company without which its accuracy says little.
public struct ProbeCompany: Sendable, Codable, Equatable {
  /// Whether probabilities mean what they say.
  public let calibration: Finding<ProbeCalibration>
  /// What the labels cost to send, given the activations.
  public let code: Finding<OnlineCode>
  /// How much data the probe needs.
  public let learning: Finding<LearningFindings>
  /// How it does on what is unlike its training data.
  public let similarity: Finding<SimilaritySplit>
  /// Whether what it reads can be taken away.
  public let erasure: Finding<ErasureCheck>
  /// Whether the model uses what it reads.
  public let causal: Finding<CausalColumn>
  /// Other kinds of probe on the same items.
  public let families: Finding<[FamilyScore]>

  /// A learning curve and what it foretells.
  public struct LearningFindings: Sendable, Codable, Equatable {
    /// The curve.
    public let curve: LearningCurve
    /// What half of the error would take; nil where there is no error left, or nothing was measured.
    public let needed: LearningCurve.Needed?
  }

  /// Another kind of probe at the chosen point.
  public struct FamilyScore: Sendable, Codable, Equatable {
    /// Its name.
    public let family: String
    /// Metrics on the test part.
    public let test: [MetricEstimate]
    /// The chosen probe minus this, paired.
    public let difference: [MetricEstimate]
    /// Numerical trouble and warnings.
    public let diagnostics: [String]
  }

  /// What it adds to the metrics that expectations can name.
  static let metrics: [(name: String, meaning: String)] = [
    ("ece", "expected calibration error: mean distance of stated probability and observed share"),
    (
      "compression",
      "n·H(y) over the bits that an online code needs given the activations; 1 where they say nothing"
    ),
    ("accuracy_unlike", "accuracy on items unlike all that were trained on (extrapolation)"),
    ("accuracy_erased", "accuracy of a probe refitted after linear erasure, on a third part of the data"),
  ]

  func add(to found: inout Collected) {
    func put(_ name: String, _ value: Measurement.Value?, _ reason: String?) {
      if let value {
        found.metrics[name] = value
      } else {
        found.notApplicable[name] = reason ?? "it was not measured"
      }
    }
    put("ece", calibration.value?.error, calibration.reason)
    put(
      "compression",
      code.value.map {
        Measurement.Value(
          value: $0.code.compression, lower: nil, upper: nil, n: $0.items, groups: $0.groups, chance: 1)
      }, code.reason)
    put(
      "accuracy_unlike",
      similarity.value?.extrapolation.first { $0.metric == .accuracy }.map { Measurement.Value($0) },
      similarity.reason)
    put(
      "accuracy_erased",
      erasure.value?.linear.after.first { $0.metric == .accuracy }.map { Measurement.Value($0) },
      erasure.reason)
  }
}

/// Whether a probe's probabilities mean what they say, on the test part.
public struct ProbeCalibration: Sendable, Codable, Equatable {
  /// Expected calibration error with its interval.
  public let error: Measurement.Value
  /// What a perfectly calibrated probe would show by chance, with as many items.
  public let errorIfCalibrated: Double
  /// Stated probability and observed share, by bins of equally many items.
  public let bins: [ReliabilityBin]
}
