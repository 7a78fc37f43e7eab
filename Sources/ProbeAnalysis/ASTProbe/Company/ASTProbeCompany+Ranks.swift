import ProbeMath
import ProbeModel

extension ASTProbeCompany {
  /// The smallest rank that does about as well as the best, and the fits of the grid.
  func ranks(_ points: [HookPoint]) throws -> Finding<ASTProbeFindings.RankSearch> {
    guard analysis.does(.ranks) else { return Finding(reason: "left out by the spec") }
    var cells: [Cell] = [Cell(point: point, rank: record.fit.subspace.rank, record: record)]
    let ladder = Set(analysis.ranks.map { min($0, vectors.width) }).sorted()
    var search = RankLadder(ladder, start: record.fit.subspace.rank)
    while let rank = search.next(validation: { rank in
      cells.first { $0.rank == rank }.map { study.validationF1($0.record) }
    }) {
      progress("rank \(rank), \(point.name)")
      cells.append(Cell(point: point, rank: rank, record: try fit(vectors, rank: rank)))
    }
    guard
      let top = cells.max(by: {
        (study.validationF1($0.record), -$0.rank) < (study.validationF1($1.record), -$1.rank)
      })
    else { return Finding(reason: "no rank was fitted") }
    let error = study.validationError(top.record)
    var smallest = SmallestRank(
      cells.map { ($0.rank, study.validationF1($0.record)) }, below: top.rank,
      threshold: study.validationF1(top.record) - error)
    while let rank = smallest.next() {
      progress("rank \(rank), \(point.name)")
      let cell = Cell(point: point, rank: rank, record: try fit(vectors, rank: rank))
      cells.append(cell)
      smallest.note(rank, study.validationF1(cell.record))
    }
    let chosen = cells.first { $0.rank == smallest.found } ?? top
    cells += try grid(points, ladder, without: cells)
    return Finding(
      .init(
        cells: cells.map { $0.finding(study) }.sorted { ($0.point, $0.rank) < ($1.point, $1.rank) },
        smallest: chosen.rank, best: top.rank, standardError: error,
        test: study.estimate(chosen.record.scores, .f1)))
  }

  private struct Cell {
    let point: HookPoint
    let rank: Int
    let record: FitRecord

    func finding(_ study: ASTProbeStudy) -> ASTProbeFindings.RankSearch.Cell {
      .init(
        point: point, rank: rank, validation: study.validationF1(record),
        test: study.estimate(record.scores, .f1))
    }
  }

  private func fit(_ vectors: LeafVectors, rank: Int) throws -> FitRecord {
    var fitter = fitter
    fitter.rank = rank
    return try study.record(vectors, fitter)
  }

  /// Every rank at the points of the grid.
  private func grid(_ points: [HookPoint], _ ladder: [Int], without known: [Cell]) throws -> [Cell] {
    guard !analysis.grid.isEmpty else { return [] }
    let chosen = try context.points(chosenBy: analysis.grid, for: analysis.id).filter { points.contains($0) }
    var cells: [Cell] = []
    for point in chosen {
      let vectors = question.leaves.vectors(point)
      let ranks = ladder.filter { rank in !known.contains { $0.point == point && $0.rank == rank } }
      progress("ranks \(ranks.map { "\($0)" }.joined(separator: ", ")), \(point.name)")
      let (study, fitter) = (study, fitter)
      let records = try concurrently(ranks.count) { index in
        var alone = fitter
        (alone.rank, alone.threads) = (ranks[index], 1)
        return try study.record(vectors, alone)
      }
      cells += zip(ranks, records).map { Cell(point: point, rank: $0, record: $1) }
    }
    return cells
  }
}

/// Climbs a ladder of ranks from where a sweep was made, as long as the next step is better: F1 rises with the rank, then
/// falls again (López et al. 2022, RQ4), so that what lies behind a step down need not be tried.
struct RankLadder {
  private let ladder: [Int]
  private let start: Int

  init(_ ladder: [Int], start: Int) {
    self.ladder = Set(ladder + [start]).sorted()
    self.start = start
  }

  /// The next rank to try; nil when the top is found.
  ///
  /// - Parameter validation: what a rank reached, nil for one that was not tried.
  mutating func next(validation: (Int) -> Double?) -> Int? {
    guard var place = ladder.firstIndex(of: start) else { return nil }
    for step in [1, -1] {
      while ladder.indices.contains(place + step) {
        guard let next = validation(ladder[place + step]) else { return ladder[place + step] }
        guard next > validation(ladder[place]) ?? -.infinity else { break }
        place += step
      }
    }
    return nil
  }
}

/// Looks for the smallest rank that reaches a threshold, by halving between one that does and one that does not: below
/// the best rank F1 falls with the rank.
struct SmallestRank {
  /// The smallest rank so far that reaches it.
  private(set) var found: Int
  /// The largest rank below it that does not; 0 when none is known.
  private var failing: Int
  private let threshold: Double

  /// - Parameters:
  ///   - known: ranks that were tried, with what they reached.
  ///   - below: the best rank.
  init(_ known: [(rank: Int, value: Double)], below best: Int, threshold: Double) {
    self.threshold = threshold
    let failing = known.filter { $0.rank < best && $0.value < threshold }.map { $0.rank }.max() ?? 0
    self.failing = failing
    found =
      known.filter { $0.rank > failing && $0.rank <= best && $0.value >= threshold }.map { $0.rank }.min()
      ?? best
  }

  /// The next rank to try: the geometric middle, until both ends are within an eighth.
  func next() -> Int? {
    let low = max(failing, 1)
    guard found - failing > max(1, found / 8) else { return nil }
    let middle = Int((Double(low) * Double(found)).squareRoot().rounded())
    return min(max(middle, failing + 1), found - 1)
  }

  mutating func note(_ rank: Int, _ value: Double) {
    if value >= threshold { found = rank } else { failing = rank }
  }
}
