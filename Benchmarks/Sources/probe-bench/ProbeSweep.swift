import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeMath

/// Probes of several points on the data of peers/make_probe_data.py, from matrices in memory to test accuracies.
struct ProbeSweep: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "probe")

  enum Task: String, ExpressibleByArgument {
    case logistic, ridge
  }

  @Argument(help: "Where peers/make_probe_data.py wrote its files.")
  var folder: String
  @Option var task = Task.logistic
  @Option(help: "1, or more for all processors.")
  var threads = 2
  @Option var runs = 1
  @Option(help: "Where the logistic fit may stop: norm of the gradient, relative to that at W = 0.")
  var tolerance = 1e-5

  struct Shape: Decodable {
    let items: Int
    let width: Int
    let classes: Int
    let points: Int
    let train: Int
    let alphas: [Double]
  }

  struct Result: Encodable {
    let seconds: [Double]
    /// Of each point and strength.
    let accuracy: [[Double]]
    let iterations: [Int]?
  }

  /// One point's test accuracy at every strength, its weights at the first, and iterations.
  struct Point: Sendable {
    let accuracy: [Double]
    let weights: [Float]
    let iterations: Int
  }

  func run() throws {
    try BLAS.load()
    let data = try Data(contentsOf: url("shape.json"))
    let decoder = JSONDecoder()
    let shape = try decoder.decode(Shape.self, from: data)
    let labels: [Int32] = try read("labels.i32")
    let order: [Int32] = try read("order.i32")
    let question = Question(
      shape: shape, labels: labels.map { Int($0) }, train: order[..<shape.train].map { Int($0) },
      test: order[shape.train...].map { Int($0) }, tolerance: tolerance)
    let matrices = try (0..<shape.points).map { point in
      Tensor([shape.items, shape.width], try read(String(format: "x%02d.f32", point)))
    }
    var seconds: [Double] = []
    var points: [Point] = []
    for _ in 0..<runs {
      let clock = ContinuousClock()
      let (task, threads) = (task, threads)
      seconds.append(
        clock.measure {
          let work = { @Sendable (index: Int) -> Point in
            task == .logistic ? question.logistic(matrices[index]) : question.ridge(matrices[index])
          }
          points = threads > 1 ? concurrently(matrices.count, work) : matrices.indices.map(work)
        } / .seconds(1))
    }
    let weights = points.flatMap { $0.weights }
    try weights.withUnsafeBytes { Data($0) }.write(to: url("probe-\(task.rawValue).f32"))
    try emit(
      Result(
        seconds: seconds, accuracy: points.map { $0.accuracy },
        iterations: task == .logistic ? points.map { $0.iterations } : nil))
  }

  private func url(_ name: String) -> URL { URL(fileURLWithPath: folder).appendingPathComponent(name) }

  private func read<Value: BitwiseCopyable>(_ name: String) throws -> [Value] {
    try Data(contentsOf: url(name)).withUnsafeBytes { Array($0.bindMemory(to: Value.self)) }
  }
}

/// What is asked of every point.
private struct Question: Sendable {
  let shape: ProbeSweep.Shape
  let labels: [Int]
  let train: [Int]
  let test: [Int]
  let tolerance: Double

  var classes: [String] { (0..<shape.classes).map { "\($0)" } }

  /// scikit-learn's C = 1 is λ = 1/n.
  func logistic(_ features: Tensor) -> ProbeSweep.Point {
    let fitter = LogisticProbeFitter(strengths: [1 / Double(train.count)], tolerance: tolerance)
    let probe = fitter.fit(features, labels: labels, classes: classes, rows: train)[0]
    let predictions = RidgeTarget.classes(classes).values(probe.logits(features, rows: test))
    return .init(
      accuracy: [accuracy(predictions)], weights: probe.weights.elements, iterations: probe.fit.iterations)
  }

  /// scikit-learn's alpha is nλ.
  func ridge(_ features: Tensor) -> ProbeSweep.Point {
    let fitter = RidgeProbeFitter(strengths: shape.alphas.map { $0 / Double(train.count) })
    let target = RidgeTarget.classes(classes)
    let probes = fitter.fit(features, values: labels.map { Double($0) }, target: target, rows: train)
    let outputs = RidgeProbe.outputs(of: probes, features, rows: test)
    return .init(
      accuracy: outputs.map { accuracy(target.values($0)) }, weights: probes[0].weights.elements,
      iterations: 0)
  }

  private func accuracy(_ predictions: [Double]) -> Double {
    var right = 0
    for (row, prediction) in zip(test, predictions) where Int(prediction) == labels[row] { right += 1 }
    return Double(right) / Double(test.count)
  }
}
