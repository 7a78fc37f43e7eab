import ProbeMath
import Testing

@testable import ProbeModel

/// Zero and mean ablation.
@Suite struct AblationTests {
  /// attention out = z · W + bias: without z only the bias is left, which is what a run with all of z zero shows.
  @Test(arguments: ["gpt2", "llama-gqa", "llama-biases", "phi"])
  func zeroHeadsLeaveTheBiasOfAttention(_ name: String) throws {
    let model = try Fixture(name: name).model()
    for layer in 0..<model.config.nLayers {
      let (z, out) = (HookPoint(.z, layer: layer), HookPoint(.attnOut, layer: layer))
      let left = try model.values(out, cleanBatch, [.zero(z)])
      let bias = left.elements[..<left.width]
      let stored = model.weights.blocks[layer].attention.o.bias
      let expected = stored.map { weight in (0..<left.width).map { weight.pointer[$0] } }
      #expect(Array(bias) == expected ?? Array(repeating: 0, count: left.width))
      for row in 0..<left.rows { #expect(left[row: row].elementsEqual(bias)) }
      // Head by head or all at once, at z or at what attention adds.
      let heads = (0..<model.config.nHeads).map { Hook.zero(z, at: Selection(heads: .only([$0]))) }
      let whole = try model.ending(cleanBatch, [.zero(z)])
      #expect(sameBits(try model.ending(cleanBatch, heads), whole))
      let replaced = try model.ending(cleanBatch, [.replace(out, with: Tensor([left.width], Array(bias)))])
      // Whether the bias is added to the stream by the product or as a branch makes no difference.
      #expect(sameBits(replaced, whole))
    }
  }

  @Test(arguments: ["gpt2", "llama-gqa", "bert"])
  func theMeanOfEqualRunsIsThatRun(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let three = TokenBatch([[3, 1, 4, 1], [3, 1, 4, 1], [3, 1, 4, 1]])
    for point in model.hookPoints where !point.site.isRagged {
      let cache = try model.activations(of: three, at: [point])
      // Three equal float32 sum exactly in float64, and a third of the sum is the float32 again.
      #expect(try cache.mean(at: point, over: .sequences) == cache[point, sequence: 0])
    }
    let plain = try model.ending(three)
    let point = HookPoint(.z, layer: 1)
    let mean = try Hook.mean(point, of: model.activations(of: three, at: [point]), over: .sequences)
    #expect(sameBits(try model.ending(three, [mean]), plain))
  }

  @Test func theMeanIsTheSumByTheCount() throws {
    let model = try Fixture(name: "llama-gqa").model()
    for point in [HookPoint.residPost(1), HookPoint(.z, layer: 0), HookPoint(.k, layer: 2)] {
      let cache = try model.activations(of: cleanBatch, at: [point])
      let values = try #require(cache[point])
      let mean = try cache.mean(at: point)
      #expect(mean.shape == model.rowShape(of: point))
      for column in 0..<values.width {
        let sum = (0..<values.rows).reduce(0.0) { $0 + Double(values[$1, column]) }
        #expect(mean.elements[column] == Float(sum / Double(values.rows)))
      }
      let last = try cache.mean(at: point, of: Selection(positions: .at([-1]), sequences: .only([1])))
      #expect(last.elements == Array(values[row: values.rows - 1]))
    }
  }

  @Test func meansOfNothingOrOfUnequalLengthsAreRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let (point, pattern) = (HookPoint.residPost(1), HookPoint(.pattern, layer: 0))
    let cache = try model.activations(of: cleanBatch, at: [point, pattern])
    let lengths = try modelError { try cache.mean(at: point, over: .sequences) }
    #expect(lengths.location == point.name)
    #expect(lengths.problem.hasPrefix("sequence 0 has 5 positions and sequence 1 has 3:"))
    let nothing = try modelError { try cache.mean(at: point, of: Selection(positions: .from(9))) }
    #expect(nothing.problem == "a mean over no position at all")
    #expect(try modelError { try cache.mean(at: pattern) }.reason == .unsupported)
    #expect(
      try modelError { try cache.mean(at: .residPost(0)) }.problem
        == "the reference run was not observed at this point")
  }

  @Test func givenValuesGoByRowByHeadOrByPosition() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let point = HookPoint(.z, layer: 0)
    let shape = try #require(model.rowShape(of: point))
    let (heads, width) = (shape[0], shape[1])
    let row = (0..<heads * width).map { Float($0) }
    let selection = Selection(positions: .at([1]), heads: .only([2]))
    let plain = try model.values(point, cleanBatch)
    for (values, expected) in [
      (Tensor(shape, row), Array(row[2 * width..<3 * width])),
      (Tensor([heads * width], row), Array(row[2 * width..<3 * width])),
      (Tensor([width], Array(row[..<width])), Array(row[..<width])),
      (Tensor([2] + shape, row.map { -$0 } + row), Array(row[2 * width..<3 * width])),
    ] {
      let seen = try model.values(point, cleanBatch, [.replace(point, with: values, at: selection)])
      for index in seen.elements.indices {
        let (position, column) = (index / (heads * width), index % (heads * width))
        let isSelected = (position == 1 || position == 6) && column / width == 2
        #expect(seen.elements[index] == (isSelected ? expected[column % width] : plain.elements[index]))
      }
    }
  }

  @Test func valuesThatFitNoRowAreRefused() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let point = HookPoint(.z, layer: 0)
    let error = try modelError { try model.ending(cleanBatch, [.replace(point, with: Tensor([5]))]) }
    #expect(error.reason == .wrongShape && error.location == point.name)
    #expect(
      error.problem == "expected a vector of shape [4, 8], [8] for each head or [positions, 4, 8], found [5]")
    let stream = try modelError {
      try model.ending(cleanBatch, [.add(.residPost(0), Tensor([3, 31]))])
    }
    #expect(stream.problem == "expected a vector of shape [32] or [positions, 32], found [3, 31]")
    let short = try modelError {
      try model.ending(cleanBatch, [.replace(.residPost(0), with: Tensor([4, 32]))])
    }
    #expect(short.location == "blocks.0.hook_resid_post, sequence 0")
    #expect(short.problem == "there are values for 4 positions, and none for position 4")
    let ragged = try modelError {
      try model.ending(cleanBatch, [.add(HookPoint(.pattern, layer: 0), Tensor([4]))])
    }
    #expect(ragged.reason == .unsupported)
  }
}
