import Foundation
import ProbeMath

/// A perceptron over the training rows of some items, ready to be trained.
final class PerceptronNetwork: TrainableNetwork {
  let shape: PerceptronShape
  let standardizer: Standardizer

  private static let blockRows = 512

  private let data: FloatBuffer
  private let labels: [Int32]
  private let weights: [Float]
  private let classShares: [Double]
  /// `[blockRows, size]` of each layer, then scratch of the widest.
  private let activations: [FloatBuffer]
  private let scratch: FloatBuffer
  private let batchLabels: UnsafeMutablePointer<Int32>
  private let batchWeights: FloatBuffer

  /// - Parameters:
  ///   - hidden: sizes of the hidden layers.
  ///   - inside: the training rows, as indices into `items.rows`, that shift and scale are learned from.
  init(_ items: TrainingItems, hidden: [Int], inside: [Int]) {
    let d = items.features.width
    shape = PerceptronShape([d] + hidden + [items.outputs])
    standardizer = Standardizer(fitting: items.features, rows: inside.map { items.rows[$0] })
    data = FloatBuffer(count: items.rows.count * d)
    standardizer.apply(items.features, rows: items.rows, to: data.pointer, stride: d)
    labels = items.rows.map { Int32(items.labels[$0]) }
    weights = items.rows.map { Float(items.weights?[$0] ?? 1) }
    var counts = [Double](repeating: 0.5, count: items.classCount)
    for item in inside { counts[items.labels[items.rows[item]]] += items.weights?[items.rows[item]] ?? 1 }
    let total = counts.reduce(0, +)
    classShares = counts.map { $0 / total }
    activations = shape.sizes.map { FloatBuffer(count: Self.blockRows * $0) }
    scratch = FloatBuffer(count: Self.blockRows * (shape.sizes.dropFirst().max() ?? 1))
    batchLabels = .allocate(capacity: Self.blockRows)
    batchWeights = FloatBuffer(count: Self.blockRows)
  }

  deinit { batchLabels.deallocate() }

  var parameterCount: Int { shape.parameterCount }
  var penalised: [Range<Int>] { (0..<shape.layers).map { shape.offset($0)..<shape.biasOffset($0) } }

  /// He's deviation √(2/in) for the hidden layers (2015), √(1/in) for the last, whose biases are the class shares'.
  func initialize(_ parameters: UnsafeMutablePointer<Float>, _ stream: inout RandomStream) {
    parameters.update(repeating: 0, count: parameterCount)
    for layer in 0..<shape.layers {
      let count = shape.sizes[layer] * shape.sizes[layer + 1]
      let gain: Float = layer + 1 < shape.layers ? 2 : 1
      stream.fillNormal(
        UnsafeMutableBufferPointer(start: parameters + shape.offset(layer), count: count),
        deviation: (gain / Float(shape.sizes[layer])).squareRoot())
    }
    let bias = parameters + shape.biasOffset(shape.layers - 1)
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
      gradient == nil || batch.count <= Self.blockRows, "PerceptronNetwork: a batch of \(batch.count) items")
    guard !batch.isEmpty else { return 0 }
    let pointers = activations.map { $0.pointer }
    var loss = 0.0
    var rest = batch
    while !rest.isEmpty {
      let block = rest.prefix(Self.blockRows)
      rest = rest.dropFirst(block.count)
      gather(block)
      shape.forward(parameters, rows: block.count, pointers)
      loss += CrossEntropy.replaceByGradient(
        pointers[shape.layers], rows: block.count, outputs: shape.outputs, labels: batchLabels,
        weights: batchWeights.pointer, scale: 1 / Float(batch.count))
      if let gradient {
        shape.backward(
          parameters, rows: block.count, pointers, scratch: scratch.pointer, gradient: gradient)
      }
    }
    return loss / Double(batch.count)
  }

  private func gather(_ block: ArraySlice<Int>) {
    let d = shape.sizes[0]
    for (place, item) in block.enumerated() {
      (activations[0].pointer + place * d).update(from: data.pointer + item * d, count: d)
      batchLabels[place] = labels[item]
      batchWeights.pointer[place] = weights[item]
    }
  }
}
