import ProbeModel

/// The known name that somebody most likely meant when they misspelt it.
enum NearestName {
  /// The nearest of `known` by edit distance, letter case aside; else the only one that contains `text`. Nil where
  /// none is near: a wild guess helps less than the list.
  static func of(_ text: String, among known: some Sequence<String>) -> String? {
    let wanted = text.lowercased()
    let ranked = known.map { (distance: editDistance(wanted, $0.lowercased()), name: $0) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let nearest = ranked.first else { return nil }
    // Two letters, or a third of the longer names; never all of them, which would make any name near.
    let reach = min(max(2, wanted.count / 3), wanted.count - 1)
    if nearest.distance <= reach { return nearest.name }
    let containing = ranked.filter { $0.name.lowercased().contains(wanted) }
    return wanted.count >= 3 && containing.count == 1 ? containing[0].name : nil
  }
}
