import Foundation
import ProbeMath

/// Logistic regressions solved by scikit-learn, written by Tests/Fixtures/probes/make_probes.py.
struct ProbeGoldens: Decodable {
  struct Problem: Decodable {
    struct Fit: Decodable {
      let C: Double
      let coef: [[Double]]
      let intercept: [Double]
      let objective: Double
    }
    let name: String
    let features: [[Float]]
    let labels: [Int]
    let weights: [Double]?
    let classes: Int
    let fits: [Fit]

    var tensor: Tensor { Tensor(rows: features) }
    var classNames: [String] { (0..<classes).map { "class \($0)" } }
  }
  let problems: [Problem]

  static func load() throws -> [Problem] {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let file = folder.appendingPathComponent("Fixtures/probes/probes.json")
    return try JSONDecoder().decode(ProbeGoldens.self, from: Data(contentsOf: file)).problems
  }
}

/// Items of `classes` Gaussian clouds, in groups of two consecutive items of different classes.
struct Clouds {
  let features: Tensor
  let labels: [Int]
  let groups: [String]

  init(items: Int, width: Int, classes: Int = 2, signal: Double, seed: UInt64) {
    var stream = RandomStream(seed: seed, "clouds")
    let centres = (0..<classes).map { _ in (0..<width).map { _ in stream.normal() * signal } }
    labels = (0..<items).map { $0 % classes }
    groups = (0..<items).map { "g\($0 / classes)" }
    features = Tensor(rows: labels.map { label in centres[label].map { Float($0 + stream.normal()) } })
  }
}
