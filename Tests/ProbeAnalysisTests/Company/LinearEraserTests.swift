import Foundation
import ProbeAnalysis
import ProbeMath
import Testing

@Suite struct LinearEraserTests {
  private func fit(_ features: Tensor, _ labels: [Int], classes: Int) throws -> LinearEraser {
    try LinearEraser(features: features, labels: labels, classCount: classes)
  }

  private func residual(_ eraser: LinearEraser, _ features: Tensor, _ labels: [Int], classes: Int)
    -> LinearEraser.Residual
  {
    eraser.residual(features, labels: labels, classCount: classes, rows: Array(labels.indices))
  }

  /// P, `[d, d]`.
  private func projection(_ eraser: LinearEraser) -> [[Double]] {
    let (d, k) = (eraser.width, eraser.rank)
    return (0..<d).map { i in
      (0..<d).map { j in (0..<k).reduce(0) { $0 + eraser.left[i * k + $1] * eraser.right[$1 * d + j] } }
    }
  }

  /// x[i][j] = ((7i + 13j + 5ij + 3i²) mod 23 − 11)/4 + (j + 1)(i mod k)/2, with i mod k as label.
  private func formula(_ n: Int, _ d: Int, _ k: Int) -> (Tensor, [Int]) {
    let rows = (0..<n).map { i in
      (0..<d).map { j in
        let noise = (i * 7 + j * 13 + i * j * 5 + i * i * 3) % 23 - 11
        return Float(noise) / 4 + Float((j + 1) * (i % k)) / 2
      }
    }
    return (Tensor(rows: rows), (0..<n).map { $0 % k })
  }

  // The golden projections are numpy's float64, by the paper's formula as the package concept-erasure computes it:
  // Σ_xx by divisor n, L, V = eigh(Σ_xx), W = V L^{−½} Vᵀ and W⁺ = V L^{½} Vᵀ over the eigenvalues above tolerance,
  // u = left singular vectors of W Σ_xz, P = (W⁺ u)(uᵀ W).

  @Test func theProjectionIsThatOfTheReference() throws {
    let (features, labels) = formula(14, 4, 3)
    let eraser = try fit(features, labels, classes: 3)
    let golden = [
      [0.455775686158, -0.488669516086, 0.288144222103, 0.278089953949],
      [-0.254191012245, 0.632245707305, 0.303596836373, 0.013487483698],
      [0.056516811395, 0.366718035081, 0.587289035716, 0.234748169563],
      [0.386723133777, -0.225302317867, 0.488869397836, 0.324689570821],
    ]
    #expect(eraser.rank == 2 && eraser.featureRank == 4)
    for (row, expected) in zip(projection(eraser), golden) {
      for (value, wanted) in zip(row, expected) { #expect(abs(value - wanted) < 1e-10) }
    }
    let first = eraser.erase(features)[row: 0]
    for (value, wanted) in zip(first, [-0.76559693, 0.87771612, 0.00949528, 3.71508114]) {
      #expect(abs(Double(value) - wanted) < 1e-6)
    }
  }

  @Test func withFewerItemsThanFeaturesItIsTheReferenceToo() throws {
    let (features, labels) = formula(5, 6, 2)
    let eraser = try fit(features, labels, classes: 2)
    let golden = [
      [0.130637802886, -0.062518328220, 0.001144063955, 0.065831346757, 0.129493738931, -0.014199502111],
      [-0.027993814904, 0.013396784618, -0.000245156562, -0.014106717162, -0.027748658342, 0.003042750452],
      [0.242613062503, -0.116105466693, 0.002124690203, 0.122258215405, 0.240488372301, -0.026370503920],
      [0.405910316112, -0.194253376968, 0.003554770147, 0.204547398851, 0.402355545965, -0.044119881559],
      [0.676517193519, -0.323755628280, 0.005924616911, 0.340912331418, 0.670592576608, -0.073533135931],
      [0.195956704330, -0.093777492329, 0.001716095933, 0.098747020135, 0.194240608397, -0.021299253166],
    ]
    #expect(eraser.rank == 1 && eraser.featureRank == 4)
    for (row, expected) in zip(projection(eraser), golden) {
      for (value, wanted) in zip(row, expected) { #expect(abs(value - wanted) < 1e-10) }
    }
  }

  @Test func noCovarianceIsLeftOnTheFitSet() throws {
    for classes in [2, 4] {
      let data = Clouds(items: 240, width: 16, classes: classes, signal: 1, seed: 1)
      let left = residual(
        try fit(data.features, data.labels, classes: classes), data.features, data.labels, classes: classes)
      #expect(left.before > 0.1)
      #expect(left.ratio <= 1e-5)
    }
  }

  @Test func noCovarianceIsLeftWithFewerItemsThanFeatures() throws {
    let data = Clouds(items: 20, width: 30, signal: 1, seed: 2)
    let eraser = try fit(data.features, data.labels, classes: 2)
    #expect(eraser.featureRank == 19)
    #expect(residual(eraser, data.features, data.labels, classes: 2).ratio <= 1e-5)
  }

  @Test func constantAndRepeatedFeaturesAndAFarMeanAreFine() throws {
    let data = Clouds(items: 120, width: 6, signal: 1, seed: 3)
    let rows = (0..<120).map { row in
      let x = Array(data.features[row: row])
      return x.map { $0 + 3000 } + [7, x[0] + 3000]
    }
    let features = Tensor(rows: rows)
    let eraser = try fit(features, data.labels, classes: 2)
    #expect(eraser.featureRank == 6)
    // float32 has steps of 2⁻¹² at 3000: what rounding the result leaves.
    #expect(residual(eraser, features, data.labels, classes: 2).ratio <= 1e-4)
    #expect(eraser.erase(features)[5, 6] == 7)
  }

  @Test func nothingIsTakenFromOneClass() throws {
    let data = Clouds(items: 30, width: 5, signal: 1, seed: 4)
    let eraser = try fit(data.features, [Int](repeating: 1, count: 30), classes: 3)
    #expect(eraser.rank == 0)
    #expect(eraser.erase(data.features) == data.features)
  }

  @Test func aProbeOfTheFitSetFindsNothing() throws {
    let data = Clouds(items: 200, width: 8, signal: 1, seed: 5)
    let eraser = try fit(data.features, data.labels, classes: 2)
    let fitter = LogisticProbeFitter(strengths: [1e-2])
    func logLoss(_ features: Tensor) -> Double {
      let probe = fitter.fit(features, labels: data.labels, classes: ["a", "b"])[0]
      return ClassificationMetric.logLoss.value(
        Classification(labels: data.labels, scores: probe.scores(features)))
    }
    #expect(logLoss(data.features) < 0.3)
    #expect(abs(logLoss(eraser.erase(data.features)) - log(2)) < 1e-5)
  }

  @Test func rowsComeInBlocksOrAtOnce() throws {
    let data = Clouds(items: 90, width: 5, classes: 3, signal: 1, seed: 6)
    var moments = ErasureMoments(width: 5, classCount: 3)
    for start in stride(from: 0, to: 90, by: 30) {
      moments.add(data.features, labels: data.labels, rows: Array(start..<start + 30))
    }
    let (parts, whole) = (try LinearEraser(moments), try fit(data.features, data.labels, classes: 3))
    for (a, b) in zip(projection(parts).joined(), projection(whole).joined()) { #expect(abs(a - b) < 1e-12) }
  }

  @Test func aSavedEraserErasesAlike() throws {
    let data = Clouds(items: 60, width: 7, classes: 3, signal: 1, seed: 7)
    let eraser = try fit(data.features, data.labels, classes: 3)
    let read = try JSONDecoder().decode(LinearEraser.self, from: JSONEncoder().encode(eraser))
    #expect(read == eraser)
    let tensors = eraser.tensors
    let (mean, left, right) = try (
      #require(tensors["mean"]), #require(tensors["left"]), #require(tensors["right"])
    )
    #expect(left.shape == [7, 2] && right.shape == [2, 7])
    var centred = data.features
    for row in 0..<60 { for j in 0..<7 { centred[row, j] -= mean.elements[j] } }
    let change = BLAS.multiply(BLAS.multiply(centred, right, transposeB: true), left, transposeB: true)
    let erased = eraser.erase(data.features)
    for row in 0..<60 {
      for j in 0..<7 { #expect(abs(data.features[row, j] - change[row, j] - erased[row, j]) < 1e-4) }
    }
  }

  @Test func aFeatureThatIsNotANumberIsRefused() throws {
    var data = Clouds(items: 20, width: 3, signal: 1, seed: 8).features
    data[4, 1] = .nan
    let error = try #require(throws: StudyError.self) {
      try LinearEraser(features: data, labels: (0..<20).map { $0 % 2 }, classCount: 2)
    }
    #expect(error.reason == .notFinite && error.location == "feature 1")
    #expect(error.description.contains("feature 1 is NaN or infinite"))
  }
}
