import Foundation
import ProbeMath

/// An attention-pooled probe over the training items of some sequences, ready to be trained.
final class AttentionNetwork: TrainableNetwork {
  let shape: AttentionShape
  let standardizer: Standardizer

  private static let blockItems = 256

  private let data: FloatBuffer
  /// Rows of ``data`` that are each training item's.
  private let ranges: [Range<Int>]
  private let labels: [Int32]
  private let weights: [Float]
  private let classShares: [Double]
  private let rows: FloatBuffer
  private let projections: FloatBuffer
  private let logits: FloatBuffer
  private let batchWeights: FloatBuffer
  private let batchLabels: UnsafeMutablePointer<Int32>

  /// - Parameter inside: the training items, as indices into `sequences.items`, that shift and scale are learned from.
  init(_ sequences: TrainingSequences, heads: Int, inside: [Int]) {
    let d = sequences.features.width
    let outputs = sequences.classes.count == 2 ? 1 : sequences.classes.count
    shape = AttentionShape(width: d, heads: heads, outputs: outputs)
    let training = sequences.items.map { sequences.sequences[$0] }
    standardizer = Standardizer(
      fitting: sequences.features, rows: inside.flatMap { Array(training[$0]) })
    var (start, ranges): (Int, [Range<Int>]) = (0, [])
    for range in training {
      ranges.append(start..<start + range.count)
      start += range.count
    }
    data = FloatBuffer(count: start * d)
    standardizer.apply(sequences.features, rows: training.flatMap { Array($0) }, to: data.pointer, stride: d)
    self.ranges = ranges
    labels = sequences.items.map { Int32(sequences.labels[$0]) }
    weights = sequences.items.map { Float(sequences.weights?[$0] ?? 1) }
    var counts = [Double](repeating: 0.5, count: sequences.classes.count)
    for item in inside { counts[Int(labels[item])] += Double(weights[item]) }
    let total = counts.reduce(0, +)
    classShares = counts.map { $0 / total }
    let longest = ranges.reduce(0) { max($0, $1.count) }
    rows = FloatBuffer(count: Self.blockItems * longest * d)
    projections = FloatBuffer(count: Self.blockItems * longest * shape.columns)
    logits = FloatBuffer(count: Self.blockItems * outputs)
    batchWeights = FloatBuffer(count: Self.blockItems)
    batchLabels = .allocate(capacity: Self.blockItems)
  }

  deinit { batchLabels.deallocate() }

  var parameterCount: Int { shape.parameterCount }
  var penalised: [Range<Int>] { [0..<shape.biasOffset] }

  /// Near the mean of all positions, and far from knowing anything: small queries and read-outs.
  func initialize(_ parameters: UnsafeMutablePointer<Float>, _ stream: inout RandomStream) {
    stream.fillNormal(
      UnsafeMutableBufferPointer(start: parameters, count: shape.biasOffset),
      deviation: 0.1 / Float(shape.width).squareRoot())
    let bias = parameters + shape.biasOffset
    if shape.outputs == 1 {
      bias[0] = Float(log(classShares[1] / classShares[0]))
    } else {
      for c in classShares.indices { bias[c] = Float(log(classShares[c])) }
    }
  }

  func evaluate(
    _ batch: ArraySlice<Int>, at parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    precondition(
      gradient == nil || batch.count <= Self.blockItems, "AttentionNetwork: a batch of \(batch.count) items")
    guard !batch.isEmpty else { return 0 }
    var loss = 0.0
    var rest = batch
    while !rest.isEmpty {
      let block = rest.prefix(Self.blockItems)
      rest = rest.dropFirst(block.count)
      let starts = gather(block)
      shape.project(parameters, rows.pointer, positions: starts[block.count], into: projections.pointer)
      for place in 0..<block.count {
        shape.pool(
          parameters, projections.pointer + starts[place] * shape.columns,
          positions: starts[place + 1] - starts[place], logits: logits.pointer + place * shape.outputs)
      }
      loss += CrossEntropy.replaceByGradient(
        logits.pointer, rows: block.count, outputs: shape.outputs, labels: batchLabels,
        weights: batchWeights.pointer, scale: 1 / Float(batch.count))
      if let gradient { backward(starts, gradient) }
    }
    return loss / Double(batch.count)
  }

  private func backward(_ starts: [Int], _ gradient: UnsafeMutablePointer<Float>) {
    let bias = gradient + shape.biasOffset
    bias.update(repeating: 0, count: shape.outputs)
    for place in 0..<starts.count - 1 {
      let own = logits.pointer + place * shape.outputs
      for k in 0..<shape.outputs { bias[k] += own[k] }
      shape.backward(
        projections.pointer + starts[place] * shape.columns, positions: starts[place + 1] - starts[place],
        logitGradient: own)
    }
    BLAS.gemm(
      m: shape.columns, n: shape.width, k: starts[starts.count - 1], projections.pointer, lda: shape.columns,
      transposeA: true, rows.pointer, ldb: shape.width, gradient, ldc: shape.width)
  }

  /// Copies the rows of some items together; returns where each begins, and the end.
  private func gather(_ block: ArraySlice<Int>) -> [Int] {
    let d = shape.width
    var starts = [0]
    for (place, item) in block.enumerated() {
      let range = ranges[item]
      (rows.pointer + starts[place] * d).update(
        from: data.pointer + range.lowerBound * d, count: range.count * d)
      batchLabels[place] = labels[item]
      batchWeights.pointer[place] = weights[item]
      starts.append(starts[place] + range.count)
    }
    return starts
  }
}
