import ProbeMath

extension TunedFit {
  /// `rows` dealt to `count` parts by whole groups, stratified by class as far as those allow, in their order.
  func dealt(_ rows: [Int], into count: Int, _ stream: RandomStream) -> [[Int]] {
    let members = Set(rows.map { roster.groupOf[$0] }).sorted()
    let shares = [Double](repeating: 1 / Double(count), count: count)
    let places = Dictionary(uniqueKeysWithValues: zip(members, roster.deal(members, shares: shares, stream)))
    var parts = [[Int]](repeating: [], count: count)
    for row in rows { parts[places[roster.groupOf[row]] ?? 0].append(row) }
    return parts
  }

  /// The rows of whole groups in random order.
  func shuffledGroups(_ rows: [Int], _ stream: inout RandomStream) -> [[Int]] {
    let members = Dictionary(grouping: rows) { roster.groupOf[$0] }
    let names = members.keys.sorted()
    return stream.permutation(names.count).map { members[names[$0]] ?? [] }
  }

  /// Whole groups of `rows` in random order, `kept` first, as many as come closest to `count` items.
  func drawn(_ count: Int, of rows: [Int], keeping kept: [Int], _ stream: inout RandomStream) -> [Int] {
    var taken = kept
    for group in shuffledGroups(rows, &stream) {
      let (before, after) = (abs(count - taken.count), abs(count - taken.count - group.count))
      guard after < before else { break }
      taken += group
    }
    return taken.sorted()
  }

  /// `rows` cut down to at most `most` items: whole groups in random order, those left out that would take too many.
  func capped(_ rows: [Int], to most: Int, _ stream: RandomStream) -> [Int] {
    guard rows.count > most else { return rows }
    var (stream, kept) = (stream, [Int]())
    for group in shuffledGroups(rows, &stream) where kept.count + group.count <= most { kept += group }
    return kept.sorted()
  }

  /// Number of groups of `rows`.
  func groupCount(_ rows: [Int]) -> Int { Set(rows.map { roster.groupOf[$0] }).count }

  /// Number of classes that occur in `rows`.
  func classCount(_ rows: [Int]) -> Int { Set(rows.map { labels[$0] }).count }

  /// Resamples of the groups of `rows`, for intervals.
  func bootstrap(_ rows: [Int], replicates: Int, _ stream: RandomStream) -> ClusterBootstrap {
    ClusterBootstrap(groups: rows.map { roster.groupOf[$0] }, replicates: replicates, stream: stream)
  }
}
