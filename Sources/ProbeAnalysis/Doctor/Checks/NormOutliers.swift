import ProbeModel

extension HealthCheck {
  /// Positions whose residual stream is far longer than the others': attention sinks, which most trained models put on the
  /// first token. Norms there say nothing of the text, and statistics over positions are made by them alone.
  ///
  /// A position is an outlier of a layer when its norm exceeds 10 times the median over all samples' positions. Reference:
  /// Sun et al. 2024, Massive Activations in Large Language Models (arXiv:2402.17762).
  static let normOutliers = HealthCheck(
    "norm-outliers", claim: "no position's residual norm exceeds 10 × the layer's median"
  ) { patient in
    let batch = patient.batch
    var layers: [LayerNorms] = []
    try patient.model.eachLayer(of: batch, at: [.residPost]) { layers.append(LayerNorms($0, batch)) }
    let outliers = layers.filter { !$0.outliers.isEmpty }
    let table = DetailTable(
      [
        "layer", "median norm", "largest norm", "times", "position", "token", "dimension",
        "its share of the square",
      ],
      layers.map { $0.cells(patient) })
    guard let strongest = outliers.max(by: { $0.ratio < $1.ratio }) else {
      let most = layers.map { $0.ratio }.max() ?? 0
      return CheckResult(
        .ok, found: "largest norm \(most.brief) × the median of its layer", expected: "at most 10 ×",
        figures: [.init("largest norm over the layer's median", most)], details: table)
    }
    let positions = Set(outliers.flatMap { $0.outliers.map { $0.position } }).sorted()
    let isFirstAlone = positions == [0]
    let inputs = Set(strongest.outliers.map { batch.sequence(of: $0.row) }).count
    let places =
      (positions.count > 3 ? "\(positions.count) positions" : "position \(list(positions))")
      + " of \(inputs) of \(batch.sequenceCount) inputs"
    return CheckResult(
      .warning,
      found:
        "\(places), layers \(ranges(outliers.map { $0.layer })): up to \(strongest.largest.brief) against a median "
        + "of \(strongest.median.brief), \((strongest.share * 100).brief)% of the square in dimension \(strongest.dimension)",
      expected: "at most 10 × the median",
      advice: isFirstAlone
        ? "The first token is an attention sink, whatever it is: capture with `sentinel: bos`, so that it is none of yours"
        : "Leave these positions out of statistics over positions, or standardise features",
      figures: [
        .init("largest norm", strongest.largest), .init("median norm of that layer", strongest.median),
        .init("largest norm over the layer's median", strongest.ratio),
        .init("share of the largest dimension", strongest.share),
        .init("layers with outliers", Double(outliers.count)),
      ], details: table)
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.map { "\($0)" }.joined(separator: ", ")
  }

  /// `[1, 2, 3, 7]` → `1–3, 7`
  private static func ranges(_ numbers: [Int]) -> String {
    var parts: [(first: Int, last: Int)] = []
    for number in numbers {
      if let part = parts.last, part.last + 1 == number {
        parts[parts.count - 1].last = number
      } else {
        parts.append((number, number))
      }
    }
    return parts.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)–\($0.last)" }.joined(
      separator: ", ")
  }
}

extension TokenBatch {
  /// The sequence that a row belongs to.
  fileprivate func sequence(of row: Int) -> Int {
    (0..<sequenceCount).first { rows(of: $0).contains(row) } ?? 0
  }
}

/// The residual norms of one layer.
struct LayerNorms {
  let layer: Int
  let median: Double
  let largest: Double
  /// Row of the largest norm, and its position in its sequence.
  let row: Int
  let position: Int
  /// The dimension with the largest value there, and its share of the norm's square.
  let dimension: Int
  let share: Double
  let outliers: [(row: Int, position: Int)]

  var ratio: Double { median > 0 ? largest / median : largest > 0 ? .infinity : 0 }

  init(_ block: LayerActivations, _ batch: TokenBatch) {
    layer = block.layer
    let norms = (0..<block.rowCount).map { length(block.row($0, .residPost).lazy.map { Double($0) }) }
    let positions = batch.positions.map { Int($0) }
    let median = norms.sorted()[norms.count / 2]
    let top = norms.indices.max { norms[$0] < norms[$1] } ?? 0
    let values = block.row(top, .residPost)
    let peak = values.indices.max { abs(values[$0]) < abs(values[$1]) } ?? values.startIndex
    (self.median, largest, row, position) = (median, norms[top], top, positions[top])
    dimension = peak - values.startIndex
    share = norms[top] > 0 ? Double(values[peak]) * Double(values[peak]) / (norms[top] * norms[top]) : 0
    outliers = norms.indices.filter { norms[$0] > 10 * median }.map { ($0, positions[$0]) }
  }

  func cells(_ patient: Patient) -> [DetailTable.Cell] {
    [
      .number(Double(layer)), .number(median), .number(largest), .number(ratio), .number(Double(position)),
      .text(patient.name(ofToken: Int(patient.batch.tokens[row]))), .number(Double(dimension)),
      .number(share),
    ]
  }
}
