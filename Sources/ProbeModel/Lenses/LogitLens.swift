import CKernels
import ProbeMath

/// What the head makes of the residual stream before the last block, by hook point and row.
///
///     logits = head(norm_final(x))
///
/// with the head's transform and soft cap where a family has them; of a post-norm model, whose blocks end in a norm,
/// logits = head(x). Read at the last `hook_resid_post`, these are the model's own logits.
///
/// Reference: nostalgebraist, "interpreting GPT: the logit lens", 2020.
public struct LogitLens: Sendable {
  /// The points that were read, in the order asked for.
  public let points: [HookPoint]
  /// The rows of the batch that were read.
  public let rows: [Int]
  /// The tokens that each row was asked about, one list a row.
  public let tokens: [[Int]]
  /// Scores after any soft cap, `[point, row, token]`.
  public let logits: Tensor
  /// ln of the softmax over the whole vocabulary, in nats, `[point, row, token]`.
  public let logProbabilities: Tensor
  private let ranks: [Int]
  private let best: [[Candidate]]

  /// One of a row's likeliest tokens.
  public struct Candidate: Sendable, Equatable {
    /// The token's id.
    public let token: Int
    /// ln p, in nats.
    public let logProbability: Float
  }

  /// How many tokens have a higher score than token `token` of the row's list: 0 is the top.
  public func rank(point: Int, row: Int, token: Int) -> Int {
    ranks[(point * rows.count + row) * logits.shape[2] + token]
  }

  /// The likeliest tokens of a row, best first; of equal ones the lowest id first.
  public func top(point: Int, row: Int) -> [Candidate] { best[point * rows.count + row] }
}

extension HookedTransformer {
  /// Reads the residual stream of a run over the vocabulary.
  ///
  /// - Parameters:
  ///   - batch: what to run.
  ///   - points: places in the stream: `hook_resid_pre`, `hook_resid_mid`, `hook_resid_post`.
  ///   - rows: rows of the batch; nil for all.
  ///   - tokens: what each row is asked about: one list a row, all of one length.
  ///   - top: how many of the likeliest tokens of each row to keep.
  ///   - hooks: interventions.
  ///   - workspace: scratch memory of this thread.
  /// - Throws: ``ModelError`` `.unsupported` for a model without a head or a point outside the stream, `.badInput` for
  ///   a token outside the vocabulary; and what a run throws.
  public func logitLens(
    _ batch: TokenBatch, at points: [HookPoint], rows: [Int]? = nil, tokens: [[Int]], top: Int = 0,
    hooks: [Hook] = [], in workspace: Workspace
  ) throws -> LogitLens {
    let rows = rows ?? Array(0..<batch.rowCount)
    try checkLens(points, rows, tokens, of: batch)
    let reader = try VocabularyReader(self, in: workspace)
    var streams: [HookPoint: [Float]] = [:]
    if !rows.isEmpty {
      try run(batch, observing: Set(points), hooks: hooks, in: workspace) { view in
        streams[view.point] = rows.flatMap { view[$0] }
      }
    }
    var reading = LogitLens.Reading(tokens: tokens, top: top)
    try reader.eachRow(points.flatMap { streams[$0] ?? [] }, isNormalized: false) { index, scores in
      try reading.add(scores, row: index % rows.count)
    }
    return reading.lens(points: points, rows: rows)
  }

  private func checkLens(
    _ points: [HookPoint], _ rows: [Int], _ tokens: [[Int]], of batch: TokenBatch
  ) throws(ModelError) {
    let asked = tokens.first?.count ?? 0
    precondition(
      tokens.count == rows.count && tokens.allSatisfy { $0.count == asked },
      "logitLens: \(tokens.count) lists of tokens for \(rows.count) rows, or of different lengths")
    precondition(
      rows.allSatisfy { (0..<batch.rowCount).contains($0) }, "logitLens: rows beyond \(batch.rowCount)")
    try check(tokens: tokens.joined(), what: "logit lens")
    for point in points where !point.site.isStream {
      throw ModelError(
        .unsupported, at: point.name, "the logit lens reads the residual stream, which this point is not",
        advice: "Read hook_resid_pre, hook_resid_mid or hook_resid_post")
    }
  }
}

extension HookPoint.Site {
  /// Whether it is the residual stream itself, between branches.
  var isStream: Bool { self == .residPre || self == .residMid || self == .residPost }
}

extension LogitLens {
  /// A lens in the making: rows come one after the other, point by point.
  fileprivate struct Reading {
    let tokens: [[Int]]
    let top: Int
    private var logits: [Float] = []
    private var logProbabilities: [Float] = []
    private var ranks: [Int] = []
    private var best: [[Candidate]] = []

    init(tokens: [[Int]], top: Int) { (self.tokens, self.top) = (tokens, top) }

    mutating func add(_ scores: VocabularyReader.Scores, row: Int) throws(ModelError) {
      guard let base = scores.baseAddress else { return }
      let normalizer = probe_log_sum_exp(base, scores.count)
      for token in tokens[row] {
        let score = scores[token]
        logits.append(score)
        logProbabilities.append(score - normalizer)
        ranks.append(scores.reduce(0) { $0 + ($1 > score ? 1 : 0) })
      }
      best.append(
        indicesOfLargest(top, in: scores).map {
          Candidate(token: $0, logProbability: scores[$0] - normalizer)
        })
    }

    func lens(points: [HookPoint], rows: [Int]) -> LogitLens {
      let shape = [points.count, rows.count, tokens.first?.count ?? 0]
      return LogitLens(
        points: points, rows: rows, tokens: tokens, logits: Tensor(shape, logits),
        logProbabilities: Tensor(shape, logProbabilities), ranks: ranks, best: best)
    }
  }
}
