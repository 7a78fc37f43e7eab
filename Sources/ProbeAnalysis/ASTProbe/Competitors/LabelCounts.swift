/// How often each label was seen.
struct LabelCounts {
  private var counts: [SyntaxLabel: Int] = [:]

  mutating func add(_ label: SyntaxLabel) { counts[label, default: 0] += 1 }

  /// The label seen most often, of equal ones the first in the labels' order; ∅ when none was seen.
  var majority: SyntaxLabel {
    counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? .empty
  }
}
