import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeMath

/// Training steps of the AST probe on the data of peers/make_astprobe_data.py.
struct ASTProbeSteps: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "astprobe")

  @Argument(help: "Where peers/make_astprobe_data.py wrote its files.")
  var folder: String
  @Option(help: "Steps of one timed run, a multiple of the number of batches.")
  var steps = 64
  @Option var threads = 2
  @Option var runs = 5

  struct Shape: Decodable {
    let batches: Int
    let batchSize: Int
    let width: Int
    let rank: Int
    let labels: Int
    let unaries: Int
    let penalty: Float
    let rate: Float
  }

  struct Result: Encodable {
    let stepsPerSecond: [Double]
    /// Mean over the batches of the last epoch, as they were seen.
    let loss: Double
    /// Multiply-adds count as two; products alone, the penalty's included.
    let operationsPerStep: Int
  }

  func run() throws {
    try BLAS.load()
    let data = try Data(contentsOf: url("shape.json"))
    let shape = try JSONDecoder().decode(Shape.self, from: data)
    guard steps >= shape.batches, steps.isMultiple(of: shape.batches) else {
      throw ValidationError("--steps: \(steps) is no multiple of \(shape.batches) batches.")
    }
    let task = try task(shape)
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.batchSize, fitter.threads) = (shape.rank, shape.batchSize, threads)
    (fitter.penalty, fitter.rate) = (shape.penalty, shape.rate)
    // The peer's rate does not fall either, and nothing ends its training.
    (fitter.decay, fitter.patience, fitter.maximumEpochs) = (1, .max, steps / shape.batches)
    let (fit, wanted) = (fitter, task)
    var loss = Double.nan
    let timing = Timing(runs: runs) { loss = fit.fit(wanted, seed: 1).epochs.last?.train ?? .nan }
    try emit(
      Result(
        stepsPerSecond: timing.seconds.map { Double(steps) / $0 }, loss: loss,
        operationsPerStep: Self.operations(shape, leaves: task.vectors.rows / shape.batches)))
  }

  /// All snippets are trained on; one of them also stands for the validation part, which there must be.
  private func task(_ shape: Shape) throws -> SyntacticSubspaceFitter.Task {
    let vectors: [Float] = try read("h.f32")
    let lengths: [Int32] = try read("lengths.i32")
    let heights: [Int32] = try read("heights.i32")
    let labels: [Int32] = try read("labels.i32")
    let unaries: [Int32] = try read("unaries.i32")
    var (leaf, gap) = (0, 0)
    let snippets = lengths.map { length in
      let (count, gaps) = (Int(length), gap..<gap + Int(length) - 1)
      defer { (leaf, gap) = (leaf + count, gaps.upperBound) }
      return SyntacticSnippet(
        rows: leaf..<leaf + count, heights: heights[gaps].map { Int($0) },
        labels: labels[gaps].map { Int($0) },
        unaries: unaries[leaf..<leaf + count].map { Int($0) })
    }
    return .init(
      vectors: Tensor([vectors.count / shape.width, shape.width], vectors), snippets: snippets,
      train: Array(snippets.indices), validation: [0], labels: shape.labels, unaries: shape.unaries)
  }

  /// P = HB and ∂L/∂B; both label products and their gradients by scores and by directions; BᵀB and B(BᵀB − I).
  private static func operations(_ shape: Shape, leaves: Int) -> Int {
    2
      * (2 * leaves * shape.width * shape.rank + 3 * leaves * shape.rank * (shape.labels + shape.unaries)
        + 2 * shape.width * shape.rank * shape.rank)
  }

  private func url(_ name: String) -> URL { URL(fileURLWithPath: folder).appendingPathComponent(name) }

  private func read<Value: BitwiseCopyable>(_ name: String) throws -> [Value] {
    try Data(contentsOf: url(name)).withUnsafeBytes { Array($0.bindMemory(to: Value.self)) }
  }
}
