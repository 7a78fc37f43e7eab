/// P-values of several tests, adjusted so that each may be compared with α as if it stood alone.
///
/// Both adjust in the input's order and keep p-values that are NaN (tests that could not be made) as NaN, outside
/// the count of tests.
public enum MultipleTesting: String, Sendable, Codable, CaseIterable {
  /// Benjamini and Hochberg: of the tests with adjusted p ≤ α, an expected share of at most α is false, for
  /// independent or positively dependent tests. For many questions of equal standing.
  ///
  ///     p̃₍ᵢ₎ = min_{j ≥ i} min(1, m/j · p₍ⱼ₎)
  ///
  /// Reference: Benjamini & Hochberg, JRSS B 57 (1995) 289–300.
  case benjaminiHochberg = "benjamini-hochberg"
  /// Holm: the probability that any true null has adjusted p ≤ α is at most α, however the tests depend on each
  /// other. For a few claims of which each must stand.
  ///
  ///     p̃₍ᵢ₎ = max_{j ≤ i} min(1, (m − j + 1) · p₍ⱼ₎)
  ///
  /// Reference: Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
  case holm

  /// The adjusted p-values, in the order of `p`.
  public func adjusted(_ p: [Double]) -> [Double] {
    precondition(p.allSatisfy { $0.isNaN || ($0 >= 0 && $0 <= 1) }, "MultipleTesting: p-values \(p)")
    let rising = p.indices.filter { !p[$0].isNaN }.sorted { (p[$0], $0) < (p[$1], $1) }
    let m = rising.count
    var result = [Double](repeating: .nan, count: p.count)
    switch self {
    case .benjaminiHochberg:
      var least = 1.0
      for (place, index) in rising.enumerated().reversed() {
        least = min(least, Double(m) / Double(place + 1) * p[index])
        result[index] = least
      }
    case .holm:
      var most = 0.0
      for (place, index) in rising.enumerated() {
        most = max(most, min(1, Double(m - place) * p[index]))
        result[index] = most
      }
    }
    return result
  }
}
