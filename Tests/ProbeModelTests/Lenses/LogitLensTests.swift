import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// The residual stream read over the vocabulary.
@Suite struct LogitLensTests {
  static let headed = Fixture.all.filter { (try? $0.model().has(HookPoint(.logits))) == true }

  /// After the last block the lens is the model.
  @Test(arguments: headed)
  func atTheLastBlockTheLensReadsTheModelsLogits(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (last, width) = (model.config.nLayers - 1, model.config.dVocab)
    // Every token of every row, in an order of rows that is not the batch's.
    let rows = Array((0..<batch.rowCount).reversed())
    let lens = try model.logitLens(
      batch, at: [.residPost(last)], rows: rows, tokens: rows.map { _ in Array(0..<width) }, top: 3,
      in: model.makeWorkspace())
    let logits = try #require(try Observations(model, batch, at: [HookPoint(.logits)])[HookPoint(.logits)])
    #expect(lens.logits.shape == [1, rows.count, width])
    for (index, row) in rows.enumerated() {
      let expected = Array(logits[row * width..<(row + 1) * width])
      let found = lens.logits.elements[index * width..<(index + 1) * width]
      // A row's products do not depend on the rows beside it.
      #expect(sameBits(Array(found), expected))
      let order = found.indices.sorted { (found[$0], $1) > (found[$1], $0) }.map { $0 - found.startIndex }
      #expect(lens.top(point: 0, row: index).map { $0.token } == Array(order.prefix(3)))
      for (rank, token) in order.enumerated() where Set(found).count == width {
        #expect(lens.rank(point: 0, row: index, token: token) == rank)
      }
      let logProbabilities = lens.logProbabilities.elements[index * width..<(index + 1) * width]
      let total = logProbabilities.reduce(0.0) { $0 + exp(Double($1)) }
      // Up to 100 float32 logarithms of size 10.
      #expect(abs(total - 1) <= 1e-5)
      #expect(
        zip(found, logProbabilities).allSatisfy {
          abs(
            $0 - found[found.startIndex] - $1
              + logProbabilities[logProbabilities.startIndex]) <= 1e-4
        })
    }
  }

  /// Golden values of TransformerLens.
  @Test(arguments: ["gpt2", "llama-gqa"])
  func everyPointOfTheStreamReadsAsTheReferenceReadsIt(_ name: String) throws {
    let (model, golden) = (try Fixture(name: name).model(), try LensGolden(name))
    var points: [HookPoint] = []
    for layer in 0..<model.config.nLayers {
      points += [HookPoint(.residPre, layer: layer), HookPoint(.residMid, layer: layer)]
    }
    points.append(.residPost(model.config.nLayers - 1))
    try #require(points.count == golden.lens.points.count)
    let lens = try model.logitLens(
      TokenBatch([golden.tokens]), at: points,
      tokens: golden.tokens.map { _ in [golden.answer, golden.other] },
      in: model.makeWorkspace())
    // Parity of tiny fixtures (docs/numerics.md), by way of a norm.
    #expect(largestDifference(lens.logits.elements, golden.lens.logits.joined().joined()) <= 5e-5)
    #expect(
      largestDifference(lens.logProbabilities.elements, golden.lens.log_probabilities.joined().joined())
        <= 5e-5)
  }

  @Test func manyRowsReadAsFewDo() throws {
    // More points × rows than one block of the projection.
    let model = try Fixture(name: "gpt2").model()
    var random = RandomStream(seed: 3, "lens")
    let batch = TokenBatch((0..<5).map { _ in (0..<60).map { _ in random.index(below: 96) } })
    let points = (0..<3).map { HookPoint.residPost($0) }
    let all = try model.logitLens(
      batch, at: points, tokens: (0..<300).map { [$0 % 96] }, in: model.makeWorkspace())
    for row in [0, 255, 256, 299] {
      let one = try model.logitLens(
        batch, at: points, rows: [row], tokens: [[row % 96]], in: model.makeWorkspace())
      let found = (0..<3).map { all.logits.elements[$0 * 300 + row] }
      #expect(sameBits(found, one.logits.elements))
    }
  }

  @Test func hooksAreSeen() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let zero = Hook(.residPost(1)) { $0.values.update(repeating: 0) }
    let lens = try model.logitLens(
      TokenBatch([[1, 2]]), at: [.residPost(0), .residPost(1)], tokens: [[4, 5], [4, 5]], hooks: [zero],
      in: model.makeWorkspace())
    // An RMS norm of zeros is zeros, and this head has no bias.
    #expect(lens.logits.elements[4...].allSatisfy { $0 == 0 })
    #expect(lens.logits.elements[..<4].allSatisfy { $0 != 0 })
    #expect(abs(lens.logProbabilities.elements[4] + log(Float(96))) <= 1e-6)
    // Ties: nothing is above.
    #expect(lens.rank(point: 1, row: 0, token: 0) == 0)
  }

  @Test func whatItCannotReadIsRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let workspace = model.makeWorkspace()
    var error = try modelError {
      try model.logitLens(
        TokenBatch([[1]]), at: [HookPoint(.attnOut, layer: 0)], tokens: [[1]], in: workspace)
    }
    #expect(error.reason == .unsupported && error.location == "blocks.0.hook_attn_out")
    #expect(error.problem == "the logit lens reads the residual stream, which this point is not")
    error = try modelError {
      try model.logitLens(TokenBatch([[1]]), at: [.residPost(0)], tokens: [[96]], in: workspace)
    }
    #expect(error.reason == .badInput && error.problem == "token id 96 is outside the vocabulary of 96")
    let encoder = try Fixture(name: "bert").model()
    error = try modelError {
      try encoder.logitLens(
        TokenBatch([[1]]), at: [.residPost(0)], tokens: [[1]], in: encoder.makeWorkspace())
    }
    #expect(error.reason == .unsupported && error.location == "bert")
    #expect(error.problem == "the model has no head: nothing scores the vocabulary")
  }

  @Test func noRowsGiveAnEmptyLens() throws {
    let model = try Fixture(name: "gpt2").model()
    let lens = try model.logitLens(
      TokenBatch([[1, 2]]), at: [.residPost(0)], rows: [], tokens: [], in: model.makeWorkspace())
    #expect(lens.logits.shape == [1, 0, 0])
  }
}

/// What TransformerLens computed (`Tests/Fixtures/lenses/make_lenses.py`).
struct LensGolden: Decodable {
  struct Lens: Decodable {
    let points: [String]
    let logits: [[[Float]]]
    let log_probabilities: [[[Float]]]
  }
  struct Attribution: Decodable {
    let parts: [String]
    let difference: [[Float]]
    let answer: [[Float]]
  }
  struct Heads: Decodable {
    let names: [String]
    let difference: [[Float]]
  }

  let tokens: [Int]
  let answer: Int
  let other: Int
  let lens: Lens
  let attribution: Attribution
  let heads: Heads

  init(_ name: String) throws {
    let file = Fixture.root.appendingPathComponent("lenses/\(name).json")
    self = try JSONDecoder().decode(LensGolden.self, from: Data(contentsOf: file))
  }
}
