import Foundation

/// Golden values of SciPy and scikit-learn, written by Tests/Fixtures/probes/make_probes.py.
struct StatisticsGoldens: Decodable {
  struct Metrics: Decodable {
    let labels: [Int]
    let scores: [[Float]]
    let weights: [Double]
    let values: [String: Double]
  }
  struct Resampled: Decodable {
    let values: [Double]
    let lower, upper: Double
  }
  let metrics: [Metrics]
  let bca: [Resampled]
  let wilson: [[Double]]
  let normal_quantile: [[Double]]
  let student_quantile: [[Double]]
  let binomial_tail: [[Double]]

  static func load() throws -> StatisticsGoldens {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/probes/probes.json")
    return try JSONDecoder().decode(StatisticsGoldens.self, from: Data(contentsOf: file))
  }
}
