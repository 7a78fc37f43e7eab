import Foundation
import ProbeMath
import Testing

/// ½ Σ cᵢ (xᵢ − i)², preconditioned by a diagonal.
private struct Quadratic: SmoothObjective {
  let curvatures: [Double]
  let assumed: [Double]
  var parameterCount: Int { curvatures.count }

  func evaluate(_ point: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>) -> Double {
    var value = 0.0
    for i in curvatures.indices {
      let error = point[i] - Double(i)
      gradient[i] = curvatures[i] * error
      value += 0.5 * curvatures[i] * error * error
    }
    return value
  }
  func precondition(_ vector: UnsafeMutablePointer<Double>) {
    for i in assumed.indices { vector[i] /= assumed[i] }
  }
  func refreshPreconditioner() -> Bool { false }
}

/// Rosenbrock's valley (1960): minimum 0 at (1, 1).
private struct Rosenbrock: SmoothObjective {
  var parameterCount: Int { 2 }
  func evaluate(_ x: UnsafePointer<Double>, gradient g: UnsafeMutablePointer<Double>) -> Double {
    let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
    g[0] = -2 * a - 400 * x[0] * b
    g[1] = 200 * b
    return a * a + 100 * b * b
  }
  func precondition(_ vector: UnsafeMutablePointer<Double>) {}
  func refreshPreconditioner() -> Bool { false }
}

@Suite struct LBFGSTests {
  @Test func exactCurvatureNeedsOneStep() {
    let curvatures = (0..<20).map { pow(10, Double($0 % 7) - 3) }
    var objective = Quadratic(curvatures: curvatures, assumed: curvatures)
    var point = [Double](repeating: 0, count: 20)
    let outcome = LBFGS().minimize(&objective, from: &point, tolerance: 1e-9)
    #expect(outcome.iterations == 1)
    #expect(outcome.ending == .converged)
    #expect(point.indices.allSatisfy { abs(point[$0] - Double($0)) < 1e-9 })
  }

  @Test func unknownCurvatureIsLearned() {
    let curvatures = (0..<8).map { pow(10, Double($0) / 2 - 2) }
    var objective = Quadratic(curvatures: curvatures, assumed: [Double](repeating: 1, count: 8))
    var point = [Double](repeating: 50, count: 8)
    let outcome = LBFGS().minimize(&objective, from: &point, tolerance: 1e-8)
    #expect(outcome.ending == .converged)
    // Gradient 1e-8 over the least curvature, 1e-2.
    #expect(point.indices.allSatisfy { abs(point[$0] - Double($0)) < 1e-6 })
  }

  @Test func theCurvedValleyIsFollowed() {
    var objective = Rosenbrock()
    var point = [-1.2, 1.0]
    let outcome = LBFGS().minimize(&objective, from: &point, tolerance: 1e-7)
    #expect(outcome.ending == .converged)
    #expect(abs(point[0] - 1) < 1e-5 && abs(point[1] - 1) < 1e-5)
  }

  @Test func runningOutOfIterationsIsSaid() {
    var objective = Rosenbrock()
    var optimizer = LBFGS()
    optimizer.maximumIterations = 3
    var point = [-1.2, 1.0]
    let outcome = optimizer.minimize(&objective, from: &point, tolerance: 1e-7)
    #expect(outcome.ending == .iterationLimit)
    #expect(outcome.iterations == 3)
  }
}
