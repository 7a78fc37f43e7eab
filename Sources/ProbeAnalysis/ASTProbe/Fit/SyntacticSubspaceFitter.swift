import CKernels
import Foundation
import ProbeMath

/// Fits ``SyntacticSubspace`` by Adam on L_d + L_c + L_u + λ‖BᵀB − I‖² (López et al. 2022, §3.3 and §4.4).
///
/// - L_d, over the pairs of gaps of one snippet with dᵢ > dⱼ: max(0, 1 − (d̂ᵢ − d̂ⱼ)), mean over the pairs of a batch;
/// - L_c, L_u: cross-entropies of labels and unary labels, means over the gaps and the leaves of a batch.
///
/// After an epoch without a lower validation loss the rate is multiplied by ``decay``; after ``patience`` of them training
/// ends. The parameters with the lowest validation loss are kept; the penalty is no part of that loss.
///
/// Each batch is cut in two halves whose gradients are computed apart and added, whatever the number of threads: the
/// same seed gives the same bits with one thread and with two.
public struct SyntacticSubspaceFitter: Sendable {
  /// Dimension of the subspace, at most dModel.
  public var rank = 128
  /// Root mean square that vectors are scaled to: what the margin of 1 is measured against.
  public var scale: Float = 1
  /// Adam's rate at the start.
  public var rate: Float = 1e-3
  /// What the rate is multiplied by after an epoch without improvement.
  public var decay: Float = 0.5
  /// Epochs in a row without improvement, after which training ends.
  public var patience = 5
  /// Epochs at most.
  public var maximumEpochs = 200
  /// Snippets in a batch.
  public var batchSize = 32
  /// λ.
  public var penalty: Float = 5
  /// Threads of one fit.
  public var threads = availableProcessors

  /// The published settings but for two: with 20 epochs of few snippets the loss still falls, and with a rate that falls
  /// tenfold at each step training ends before the loss does (on 1,757 Python functions at layer 15 of SmolLM2 the
  /// validation loss came to 1.07 so, and to 0.95 with a half).
  public init() {}

  /// Half-width of the uniform distribution that all parameters are drawn from at the start.
  static let initialWidth: Float = 0.05

  /// What there is to fit.
  public struct Task: Sendable {
    /// Vectors of the leaves, `[leaves, dModel]`.
    public let vectors: Tensor
    /// Snippets whose rows point into `vectors`; classes are below `labels` and `unaries`.
    public let snippets: [SyntacticSnippet]
    /// Indices of the snippets that are trained on.
    public let train: [Int]
    /// Indices of those that decide when to stop.
    public let validation: [Int]
    /// Number of classes of labels.
    public let labels: Int
    /// Number of classes of unary labels.
    public let unaries: Int

    /// A task from its parts.
    public init(
      vectors: Tensor, snippets: [SyntacticSnippet], train: [Int], validation: [Int], labels: Int,
      unaries: Int
    ) {
      precondition(!train.isEmpty && !validation.isEmpty, "Task: no snippet to train on or to validate with")
      (self.vectors, self.snippets, self.train, self.validation) = (vectors, snippets, train, validation)
      (self.labels, self.unaries) = (labels, unaries)
    }
  }

  /// Fits a subspace.
  ///
  /// - Parameters:
  ///   - seed: of the initial parameters and of the batches.
  ///   - transfer: a subspace that was fitted elsewhere, such as on another language: its B is kept, and only V_C and V_U
  ///     are trained, by L_c + L_u.
  public func fit(_ task: Task, seed: UInt64, transfer: Tensor? = nil) -> SyntacticFit {
    let training = SyntacticTraining(self, task, seed: seed, transfer: transfer)
    var schedule = Schedule(rate: rate, decay: decay, patience: patience)
    var epochs: [SyntacticFit.Epoch] = []
    while epochs.count < maximumEpochs, !schedule.isOver {
      let train = training.epoch(rate: schedule.rate)
      let validation = training.validationLoss()
      // A rate that is too high ends in numbers that are none: what was kept before is the fit, and not a converged one.
      guard train.isFinite, validation.isFinite else { break }
      epochs.append(.init(rate: Double(schedule.rate), train: train, validation: validation))
      if schedule.note(validation) { training.keep() }
    }
    return SyntacticFit(
      subspace: training.kept(), epochs: epochs, best: schedule.best, isConverged: schedule.isOver)
  }

  /// When the rate falls, and when training ends.
  struct Schedule {
    private(set) var rate: Float
    let decay: Float
    let patience: Int
    /// Index of the epoch with the lowest loss.
    private(set) var best = 0
    private var lowest = Double.infinity
    private var count = 0

    init(rate: Float, decay: Float, patience: Int) {
      (self.rate, self.decay, self.patience) = (rate, decay, patience)
    }

    /// Whether training ends.
    var isOver: Bool { count > 0 && count - 1 - best >= patience }

    /// Takes note of an epoch's validation loss; true when it is the lowest so far.
    mutating func note(_ loss: Double) -> Bool {
      defer { count += 1 }
      if loss < lowest {
        (lowest, best) = (loss, count)
        return true
      }
      rate *= decay
      return false
    }
  }
}

/// A fitted subspace, and how it came about.
public struct SyntacticFit: Sendable, Codable, Equatable {
  /// One pass over the training part.
  public struct Epoch: Sendable, Codable, Equatable {
    /// Adam's rate.
    public let rate: Double
    /// Mean of L_d + L_c + L_u over its batches, as they were seen.
    public let train: Double
    /// L_d + L_c + L_u of the validation part afterwards.
    public let validation: Double
  }

  /// The parameters with the lowest validation loss.
  public let subspace: SyntacticSubspace
  /// Losses, epoch by epoch.
  public let epochs: [Epoch]
  /// Index of the epoch whose parameters were kept.
  public let best: Int
  /// Whether training ended because the loss no longer fell, not because of the limit of epochs.
  public let isConverged: Bool
}
