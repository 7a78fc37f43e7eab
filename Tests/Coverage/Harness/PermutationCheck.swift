import ProbeAnalysis
import ProbeMath

/// Permutation p-values are valid: P(p ≤ α) ≤ α where labels have nothing to do with features, for one point and for the
/// best of three.
struct PermutationCheck: CoverageCheck {
  let world: GaussianWorld
  var claim: String { "Permutation p-values under the null" }
  var design: String { world.name }

  func outcome(_ stream: RandomStream) throws -> [Double] {
    var stream = stream
    let sample = world.draw(&stream)
    let test = try PermutationTest(
      labels: sample.labels, groups: sample.groups, folds: sample.groupNumbers.map { $0 % 5 }, foldCount: 5,
      permutations: 99, seed: stream.next())
    // Neighbouring layers are much alike.
    let points = try (0..<3).map { _ in
      var features = sample.features
      for index in features.elements.indices { features.elements[index] += 0.5 * Float(stream.normal()) }
      return try test.scores(features)
    }
    let result = PermutationTest.adjusted(points)
    return [result.raw[0], result.best]
  }

  func rows(_ outcomes: [[Double]]) -> [CoverageRow] {
    [("one point", 0), ("best of three", 1)].flatMap { name, place in
      [0.05, 0.1].map { alpha in
        .share(
          design, "P(p ≤ \(alpha)), \(name)", outcomes.map { $0[place] <= alpha + 1e-12 ? 1 : 0 },
          claimed: 0...alpha,
          nominal: alpha)
      }
    }
  }
}
