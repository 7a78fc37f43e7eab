import CKernels
import ProbeMath
import Testing

@testable import ProbeModel

/// Identities between hook points that hold in every transformer of its kind.
@Suite struct StreamIdentityTests {
  // One float32 addition of observed values: the pass adds the very same two numbers.
  private func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

  private func normed(_ x: [Float], _ norm: Norm, _ config: TransformerConfig) -> [Float] {
    var out = [Float](repeating: 0, count: x.count)
    let rows = x.count / config.dModel
    switch config.normalization {
    case .layerNorm(let epsilon):
      probe_layer_norm(x, &out, nil, norm.gain.pointer, norm.bias?.pointer, rows, config.dModel, epsilon)
    case .rmsNorm(let epsilon): probe_rms_norm(x, &out, nil, norm.gain.pointer, rows, config.dModel, epsilon)
    }
    return out
  }

  @Test(arguments: Fixture.all)
  func theStreamIsTheSumOfItsBranches(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let seen = try Observations(model, batch, at: model.hookPoints)
    for layer in 0..<model.config.nLayers {
      let (pre, mid, post) = (
        try seen.at(.residPre, layer), try seen.at(.residMid, layer), try seen.at(.residPost, layer)
      )
      let (attentionOut, mlpOut) = (try seen.at(.attnOut, layer), try seen.at(.mlpOut, layer))
      let (ln1, ln2) = (try seen.at(.ln1Normalized, layer), try seen.at(.ln2Normalized, layer))
      let block = model.weights.blocks[layer]
      switch model.config.blockOrder {
      case .preNorm:
        #expect(sameBits(sum(pre, attentionOut), mid) && sameBits(sum(mid, mlpOut), post), "block \(layer)")
        #expect(sameBits(normed(pre, block.ln1, model.config), ln1), "block \(layer)")
        #expect(sameBits(normed(mid, block.ln2, model.config), ln2), "block \(layer)")
      case .postNorm:
        #expect(sameBits(normed(sum(pre, attentionOut), block.ln1, model.config), mid), "block \(layer)")
        #expect(sameBits(normed(sum(mid, mlpOut), block.ln2, model.config), post), "block \(layer)")
        #expect(sameBits(ln1, mid) && sameBits(ln2, post), "block \(layer)")
      }
      if layer > 0 { #expect(sameBits(pre, try seen.at(.residPost, layer - 1))) }
    }
  }

  @Test(arguments: Fixture.all)
  func theStreamBeginsWithTheEmbeddings(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let seen = try Observations(model, batch, at: model.hookPoints)
    var stream = try #require(seen[HookPoint(.embed)])
    if let positions = seen[HookPoint(.posEmbed)] { stream = sum(stream, positions) }
    if let types = seen[HookPoint(.tokenTypeEmbed)] { stream = sum(stream, types) }
    if let norm = model.weights.embeddingNorm { stream = normed(stream, norm, model.config) }
    #expect(sameBits(stream, try seen.at(.residPre, 0)))
  }

  /// Walks all (row, head): the offset of its visible keys, their number, and the first row of its sequence.
  private func eachQuery(
    _ model: HookedTransformer, _ batch: TokenBatch, _ offsets: [Int],
    _ body: (_ row: Int, _ head: Int, _ offset: Int, _ visible: Int, _ first: Int) -> Void
  ) {
    for sequence in 0..<batch.sequenceCount {
      for row in batch.rows(of: sequence) {
        let visible = (offsets[row + 1] - offsets[row]) / model.config.nHeads
        for head in 0..<model.config.nHeads {
          body(row, head, offsets[row] + head * visible, visible, batch.rows(of: sequence).lowerBound)
        }
      }
    }
  }

  @Test(arguments: Fixture.kinds)
  func attentionIsWhatItsPointsSay(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (config, seen) = (model.config, try Observations(model, batch, at: model.hookPoints))
    let isRotary = if case .rotary = config.positions { true } else { false }
    let (queryWidth, keyWidth) = (config.nHeads * config.dHead, config.nKeyValueHeads * config.dHead)
    for layer in 0..<config.nLayers {
      let offsets = try #require(seen.rowOffsets[HookPoint(.pattern, layer: layer)])
      let (scores, pattern) = (try seen.at(.attnScores, layer), try seen.at(.pattern, layer))
      let (q, k) = (try seen.at(isRotary ? .rotQ : .q, layer), try seen.at(isRotary ? .rotK : .k, layer))
      let (v, z) = (try seen.at(.v, layer), try seen.at(.z, layer))
      eachQuery(model, batch, offsets) { row, head, offset, visible, first in
        let group = head / config.headsPerGroup * config.dHead
        let weights = pattern[offset..<offset + visible]
        // At most 11 shares, each within an ulp of itself.
        if abs(weights.reduce(0, +) - 1) > 1e-6 {
          Issue.record("row \(row), head \(head): the shares do not sum to 1")
        }
        for (key, score) in scores[offset..<offset + visible].enumerated() {
          let product = (0..<config.dHead).reduce(0.0) {
            $0 + Double(q[row * queryWidth + head * config.dHead + $1])
              * Double(k[(first + key) * keyWidth + group + $1])
          }
          // A float32 sum of at most 12 products.
          if abs(Double(score) - product / Double(config.dHead).squareRoot()) > 2e-6
            * max(1, abs(Double(score)))
          {
            Issue.record("score of row \(row), head \(head), key \(key)")
          }
        }
        for column in 0..<config.dHead {
          let mixed = weights.enumerated().reduce(0.0) {
            $0 + Double($1.element) * Double(v[(first + $1.offset) * keyWidth + group + column])
          }
          // A float32 sum of at most 11 products.
          if abs(mixed - Double(z[row * queryWidth + head * config.dHead + column])) > 2e-6
            * max(1, abs(mixed))
          {
            Issue.record("z of row \(row), head \(head)")
          }
        }
      }
    }
  }

  @Test(arguments: Fixture.kinds)
  func headsAddUpToWhatAttentionAdds(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (config, width) = (model.config, model.config.dModel)
    let seen = try Observations(model, batch, at: model.hookPoints)
    let plain = try Observations(
      model, batch, at: (0..<config.nLayers).map { HookPoint(.attnOut, layer: $0) })
    for layer in 0..<config.nLayers {
      let (result, out) = (try seen.at(.result, layer), try seen.at(.attnOut, layer))
      let bias = model.weights.blocks[layer].o.bias?.tensor.elements
      for index in 0..<batch.rowCount * width {
        let (row, column) = index.quotientAndRemainder(dividingBy: width)
        let total = (0..<config.nHeads).reduce(Double(bias?[column] ?? 0)) {
          $0 + Double(result[(row * config.nHeads + $1) * width + column])
        }
        // Five float32 additions.
        if abs(total - Double(out[index])) > 1e-6 * max(1, abs(total)) {
          Issue.record("block \(layer), value \(index)")
        }
      }
      // Head by head or in one product: sums of up to 48 terms in another order.
      #expect(largestDifference(out, try plain.at(.attnOut, layer)) <= 1e-5)
    }
  }

  /// One block of arithmetic done again in Double from the weights: `hook_result` is z's slice through W_O.
  @Test(arguments: ["llama-gqa", "gpt2"])
  func aHeadsResultIsItsSliceOfTheOutputMatrix(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let batch = TokenBatch([[5, 9, 2]])
    let (config, seen) = (model.config, try Observations(model, batch, at: model.hookPoints))
    let (z, result) = (try seen.at(.z, 1), try seen.at(.result, 1))
    let o = model.weights.blocks[1].o
    let matrix = o.weight.tensor
    for row in 0..<3 {
      for head in 0..<config.nHeads {
        for column in 0..<config.dModel {
          let expected = (0..<config.dHead).reduce(0.0) { sum, inner in
            let input = head * config.dHead + inner
            let weight = o.layout == .outputsByInputs ? matrix[column, input] : matrix[input, column]
            return sum + Double(z[row * config.nHeads * config.dHead + input]) * Double(weight)
          }
          let found = Double(result[(row * config.nHeads + head) * config.dModel + column])
          // Eight products.
          #expect(abs(found - expected) <= 2e-6 * max(1, abs(expected)))
        }
      }
    }
  }
}
