import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct NetworkFamilyTests {
  /// Parameters, and one gradient of some network, against central differences of a loss written again in float64.
  private func expectGradient(
    of network: some TrainableNetwork, batch: [Int], loss: ([Double]) -> Double
  ) {
    var stream = RandomStream(seed: 2, "gradient")
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    network.initialize(&parameters, &stream)
    for i in parameters.indices { parameters[i] += Float(0.3 * stream.normal()) }
    var gradient = [Float](repeating: .nan, count: parameters.count)
    let value = network.evaluate(batch[...], at: parameters, gradient: &gradient)
    var point = parameters.map { Double($0) }
    #expect(abs(value - loss(point)) < 1e-5 * abs(value))
    let size = gradient.reduce(0) { max($0, abs($1)) }
    for i in point.indices {
      let own = point[i]
      point[i] = own + 1e-5
      let above = loss(point)
      point[i] = own - 1e-5
      let slope = (above - loss(point)) / 2e-5
      point[i] = own
      #expect(abs(Double(gradient[i]) - slope) < 2e-4 * Double(size), "parameter \(i)")
    }
  }

  private func crossEntropy(_ z: [Double], _ label: Int) -> Double {
    if z.count == 1 { return log(1 + exp(label == 1 ? -z[0] : z[0])) }
    return log(z.reduce(0) { $0 + exp($1) }) - z[label]
  }

  /// Standardised rows, as float64.
  private func standardized(_ features: Tensor, _ standardizer: Standardizer, _ rows: [Int]) -> [[Double]] {
    rows.map { row in
      (0..<features.width).map {
        Double((features[row, $0] - standardizer.mean[$0]) * (1 / standardizer.scale[$0]))
      }
    }
  }

  @Test(arguments: [[5], [5, 4]], [2, 3]) func perceptronGradientIsTheDerivative(hidden: [Int], classes: Int)
    throws
  {
    let (features, labels) = FamilyData.formula(classes: classes)
    let weights = labels.indices.map { 0.5 + Double($0 % 3) }
    let items = try TrainingItems(
      features, labels: labels, classes: FamilyData.names(classes), rows: Array(10..<60),
      folds: labels.indices.map { $0 % 2 }, weights: weights, seed: 1)
    let network = PerceptronNetwork(items, hidden: hidden, inside: Array(0..<50))
    let batch = [0, 3, 4, 11, 26, 40, 49]
    let x = standardized(features, network.standardizer, batch.map { $0 + 10 })
    expectGradient(of: network, batch: batch) { parameters in
      var loss = 0.0
      for (place, item) in batch.enumerated() {
        var (values, offset) = (x[place], 0)
        for layer in 0...hidden.count {
          let count = layer < hidden.count ? hidden[layer] : classes == 2 ? 1 : classes
          let inputs = values
          values = (0..<count).map { out in
            let sum = inputs.indices.reduce(0.0) {
              $0 + inputs[$1] * parameters[offset + out * inputs.count + $1]
            }
            let z = sum + parameters[offset + count * inputs.count + out]
            return layer < hidden.count ? max(0, z) : z
          }
          offset += (inputs.count + 1) * count
        }
        loss += weights[item + 10] * crossEntropy(values, labels[item + 10])
      }
      return loss / Double(batch.count)
    }
  }

  @Test(arguments: [1, 2], [2, 3]) func attentionGradientIsTheDerivative(heads: Int, classes: Int) throws {
    let (features, _) = FamilyData.formula(classes: classes)
    // Sequences of 1 to 5 positions.
    var (ranges, start): ([Range<Int>], Int) = ([], 0)
    while start < 55 {
      ranges.append(start..<start + 1 + ranges.count % 5)
      start += 1 + (ranges.count - 1) % 5
    }
    let labels = ranges.indices.map { $0 % classes }
    let weights = ranges.indices.map { 0.5 + Double($0 % 3) }
    let sequences = try TrainingSequences(
      features, sequences: ranges, labels: labels, classes: FamilyData.names(classes),
      items: Array(ranges.indices),
      folds: ranges.indices.map { $0 % 2 }, weights: weights, seed: 1)
    let network = AttentionNetwork(sequences, heads: heads, inside: Array(ranges.indices))
    let batch = [0, 1, 2, 5, 8, 13]
    let outputs = classes == 2 ? 1 : classes
    expectGradient(of: network, batch: batch) { parameters in
      var loss = 0.0
      for item in batch {
        let x = standardized(features, network.standardizer, Array(ranges[item]))
        func product(_ row: [Double], _ vector: Int) -> Double {
          (0..<4).reduce(0) { $0 + row[$1] * parameters[vector * 4 + $1] }
        }
        var z = (0..<outputs).map { parameters[heads * (1 + outputs) * 4 + $0] }
        for head in 0..<heads {
          let weights = x.map { exp(product($0, head)) }
          let total = weights.reduce(0, +)
          for (t, row) in x.enumerated() {
            for k in 0..<outputs { z[k] += weights[t] / total * product(row, heads + head * outputs + k) }
          }
        }
        loss += weights[item] * crossEntropy(z, labels[item])
      }
      return loss / Double(batch.count)
    }
  }

  @Test func stepsFollowTheFormulaOfAdam() {
    // By hand: θ = 1, g = 0.5, rate 0.1, decay 0.2: decayed to 0.98, then m̂ = 0.5, v̂ = 0.25, step 0.1. A bias does not
    // decay. The second g is −1: m̂ = (0.9 · 0.05 − 0.1)/(1 − 0.81), v̂ = (0.999 · 0.00025 + 0.001)/(1 − 0.998001).
    var optimizer = Adam(parameterCount: 2, rate: 0.1)
    var parameters: [Float] = [1, 1]
    optimizer.step(&parameters, [0.5, 0.5], decay: 0.2, penalised: [0..<1])
    #expect(abs(parameters[0] - 0.88) < 1e-5)
    #expect(abs(parameters[1] - 0.9) < 1e-5)
    optimizer.step(&parameters, [-1, -1], decay: 0.2, penalised: [0..<1])
    let step = 0.1 * (-0.055 / 0.19) / (0.00124975 / 0.001999).squareRoot()
    #expect(abs(Double(parameters[1]) - (0.9 - step)) < 1e-4)
    #expect(abs(Double(parameters[0]) - (0.88 * 0.98 - step)) < 1e-4)
  }

  @Test(arguments: ["mlp-1", "mlp-2"]) func exclusiveOrIsSolvedByLayersAndByNothingLinear(name: String) throws
  {
    var stream = RandomStream(seed: 5, "xor")
    var (rows, labels): ([[Float]], [Int]) = ([], [])
    for _ in 0..<400 {
      let (a, b) = (stream.uniform() < 0.5, stream.uniform() < 0.5)
      rows.append([(a ? 1 : -1) + Float(0.3 * stream.normal()), (b ? 1 : -1) + Float(0.3 * stream.normal())])
      labels.append(a != b ? 1 : 0)
    }
    let items = try TrainingItems(
      Tensor(rows: rows), labels: labels, classes: ["same", "different"], rows: Array(0..<300),
      groups: (0..<400).map { "g\($0)" }, seed: 1)
    let test = Array(300..<400)
    func accuracy(_ family: any ProbeFamily) -> Double {
      FamilyData.accuracy(family.fit(items).scores(items.features, rows: test), test.map { labels[$0] })
    }
    #expect(accuracy(try #require(ProbeFamilies.named(name)).init()) > 0.97)
    for family in [LogisticFamily() as any ProbeFamily, LinearDiscriminantFamily(), MassMeanFamily()] {
      #expect(accuracy(family) < 0.65)
    }
  }

  @Test func attentionFindsASignalThatTheMeanDilutes() throws {
    // At one position of 12, anywhere, a marker of 5 and the class's sign; noise elsewhere. The mean over positions
    // shows the sign at 1.5/12 against noise of 1/√12: 67% at best.
    var stream = RandomStream(seed: 6, "needle")
    var (rows, ranges, labels, places): ([[Float]], [Range<Int>], [Int], [Int]) = ([], [], [], [])
    for item in 0..<360 {
      let (label, place) = (item / 2 % 2, stream.index(below: 12))
      ranges.append(rows.count..<rows.count + 12)
      labels.append(label)
      places.append(place)
      for position in 0..<12 {
        var row = (0..<4).map { _ in Float(stream.normal()) }
        if position == place {
          row[0] = 5
          row[1] = (label == 1 ? 1.5 : -1.5) + 0.3 * row[1]
        }
        rows.append(row)
      }
    }
    let features = Tensor(rows: rows)
    let (train, test) = (Array(0..<240), Array(240..<360))
    let groups = labels.indices.map { "g\($0 / 2)" }
    let probe = AttentionFamily().fit(
      try TrainingSequences(
        features, sequences: ranges, labels: labels, classes: ["no", "yes"], items: train, groups: groups,
        seed: 1))
    let truth = test.map { labels[$0] }
    let tested = test.map { ranges[$0] }
    #expect(FamilyData.accuracy(probe.scores(features, sequences: tested), truth) > 0.9)
    let attention = try #require(probe as? AttentionProbe).attention(features, sequences: tested)
    let right = zip(attention, test).count { weights, item in
      weights.indices.max { weights[$0] < weights[$1] } == places[item]
    }
    #expect(right > 108, "attention found \(right) of 120")
    #expect(attention.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-4 })

    let means = Tensor(
      rows: ranges.map { range in
        (0..<4).map { j in range.reduce(0) { $0 + features[$1, j] } / 12 }
      })
    let pooled = LogisticFamily().fit(
      try TrainingItems(means, labels: labels, classes: ["no", "yes"], rows: train, groups: groups, seed: 1))
    #expect(FamilyData.accuracy(pooled.scores(means, rows: test), truth) < 0.8)
  }

  @Test func sequencesThatDoNotTrainAreNotLookedAt() throws {
    let data = FamilyData.planted(classes: 3, count: 120)
    let ranges = (0..<60).map { 2 * $0..<2 * $0 + 2 }
    let labels = (0..<60).map { data.labels[2 * $0] }
    func fit(_ features: Tensor) throws -> any FittedSequenceProbe {
      AttentionFamily().fit(
        try TrainingSequences(
          features, sequences: ranges, labels: labels, classes: FamilyData.names(3), items: Array(0..<30),
          groups: (0..<60).map { "g\($0)" }, seed: 1))
    }
    var spoiled = data.features
    for row in 60..<120 { for column in 0..<6 { spoiled[row, column] = Float(row * column) } }
    let test = Array(ranges[30...])
    let scores = try fit(data.features).scores(data.features, sequences: test)
    #expect(scores == (try fit(spoiled)).scores(data.features, sequences: test))
    #expect(FamilyData.accuracy(scores, Array(labels[30...])) > 0.9)
  }
}
