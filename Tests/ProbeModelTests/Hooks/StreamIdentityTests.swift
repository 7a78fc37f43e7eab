import CKernels
import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Identities between hook points that hold in every transformer of its kind.
@Suite struct StreamIdentityTests {
  // One float32 addition of observed values: the pass adds the very same two numbers.
  private func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

  private func normed(_ x: [Float], _ norm: Norm?, _ config: TransformerConfig) throws -> [Float] {
    let norm = try #require(norm)
    var out = [Float](repeating: 0, count: x.count)
    let (rows, gain, bias) = (x.count / config.dModel, norm.gain?.pointer, norm.bias?.pointer)
    switch config.normalization {
    case .layerNorm(let epsilon):
      probe_layer_norm(x, &out, nil, gain, bias, rows, config.dModel, epsilon)
    case .rmsNorm(let epsilon): probe_rms_norm(x, &out, nil, gain, rows, config.dModel, epsilon)
    case .none: Issue.record("a norm in a model without norms")
    }
    return out
  }

  @Test(arguments: Fixture.all)
  func theStreamIsTheSumOfItsBranches(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let seen = try Observations(model, batch, at: model.hookPoints)
    for layer in 0..<model.config.nLayers {
      let (pre, post) = (try seen.at(.residPre, layer), try seen.at(.residPost, layer))
      let afterAttention = sum(pre, try seen.at(.attnOut, layer))
      let block = model.weights.blocks[layer]
      guard block.mlp != nil else {
        #expect(sameBits(afterAttention, post), "block \(layer)")
        continue
      }
      let mlpOut = try seen.at(.mlpOut, layer)
      guard model.config.blockOrder != .parallel else {
        #expect(sameBits(sum(afterAttention, mlpOut), post), "block \(layer)")
        continue
      }
      let mid = try seen.at(.residMid, layer)
      if model.config.blockOrder == .postNorm {
        #expect(sameBits(try normed(afterAttention, block.ln1, model.config), mid), "block \(layer)")
        #expect(sameBits(try normed(sum(mid, mlpOut), block.ln2, model.config), post), "block \(layer)")
      } else {
        #expect(sameBits(afterAttention, mid) && sameBits(sum(mid, mlpOut), post), "block \(layer)")
      }
      if layer > 0 { #expect(sameBits(pre, try seen.at(.residPost, layer - 1))) }
    }
  }

  /// Every norm shows what it makes of what it reads.
  @Test(arguments: Fixture.all)
  func normsShowWhatTheyMakeOfTheirInput(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (config, seen) = (model.config, try Observations(model, batch, at: model.hookPoints))
    for (layer, block) in model.weights.blocks.enumerated() {
      func check(_ site: HookPoint.Site, _ norm: Norm?, of input: HookPoint.Site) throws {
        guard norm != nil else { return }
        let made = try normed(seen.at(input, layer), norm, config)
        #expect(sameBits(made, try seen.at(site, layer)), "\(site), block \(layer)")
      }
      if config.blockOrder == .postNorm {
        #expect(sameBits(try seen.at(.ln1Normalized, layer), try seen.at(.residMid, layer)))
        #expect(sameBits(try seen.at(.ln2Normalized, layer), try seen.at(.residPost, layer)))
      } else {
        try check(.ln1Normalized, block.ln1, of: .residPre)
        try check(.ln2Normalized, block.ln2, of: config.blockOrder == .parallel ? .residPre : .residMid)
      }
      try check(.attnOut, block.ln1Post, of: .ln1PostInput)
      try check(.mlpOut, block.ln2Post, of: .ln2PostInput)
    }
  }

  @Test(arguments: Fixture.all)
  func theStreamBeginsWithTheEmbeddings(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let seen = try Observations(model, batch, at: model.hookPoints)
    var stream = try #require(seen[HookPoint(.embed)])
    if let positions = seen[HookPoint(.posEmbed)] { stream = sum(stream, positions) }
    if let types = seen[HookPoint(.tokenTypeEmbed)] { stream = sum(stream, types) }
    if let norm = model.weights.embeddingNorm { stream = try normed(stream, norm, model.config) }
    #expect(sameBits(stream, try seen.at(.residPre, 0)))
  }

  /// Walks all (row, head) of a block: the offset of the visible keys, their number, and the row of the first.
  private func eachQuery(
    _ config: TransformerConfig, _ batch: TokenBatch, _ offsets: [Int], layer: Int,
    _ body: (_ row: Int, _ head: Int, _ offset: Int, _ visible: Int, _ first: Int) -> Void
  ) {
    for sequence in 0..<batch.sequenceCount {
      for (position, row) in batch.rows(of: sequence).enumerated() {
        let visible = (offsets[row + 1] - offsets[row]) / config.nHeads
        // A window cuts from the left.
        let hidden = max(0, position + 1 - (config.window(layer: layer) ?? .max))
        for head in 0..<config.nHeads {
          body(
            row, head, offsets[row] + head * visible, visible, batch.rows(of: sequence).lowerBound + hidden)
        }
      }
    }
  }

  /// A score from its product, in Double, before the bias by position.
  private func score(_ product: Double, _ config: TransformerConfig, layer: Int) -> Double {
    let scaled = product * Double(config.scoreScale(layer: layer))
    guard let cap = config.scoreSoftCap.map({ Double($0) }) else { return scaled }
    return cap * tanh(scaled / cap)
  }

  /// What a model's positions add to a score.
  private func bias(_ model: HookedTransformer, head: Int, query: Int32, key: Int32) -> Double {
    switch model.config.positions {
    case .linearBias: Double(linearBiasSlopes(heads: model.config.nHeads)[head]) * Double(key)
    case .relativeBias(let buckets):
      model.weights.relativeBias.map {
        Double($0.tensor[buckets.bucket(distance: Int(key - query)), head])
      } ?? .nan
    case .none, .learned, .rotary: 0
    }
  }

  @Test(arguments: Fixture.all)
  func attentionIsWhatItsPointsSay(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (config, seen) = (model.config, try Observations(model, batch, at: model.hookPoints))
    let (last, lastKey): (HookPoint.Site, HookPoint.Site) =
      seen[HookPoint(.rotQ, layer: 0)] != nil
      ? (.rotQ, .rotK) : config.queryKeyNorm == .none ? (.q, .k) : (.qNormalized, .kNormalized)
    let positions = batch.positions
    let (queryWidth, keyWidth) = (config.nHeads * config.dHead, config.nKeyValueHeads * config.dHead)
    for layer in 0..<config.nLayers {
      let offsets = try #require(seen.rowOffsets[HookPoint(.pattern, layer: layer)])
      let (scores, pattern) = (try seen.at(.attnScores, layer), try seen.at(.pattern, layer))
      let (q, k) = (try seen.at(last, layer), try seen.at(lastKey, layer))
      let (v, z) = (try seen.at(.v, layer), try seen.at(.z, layer))
      eachQuery(config, batch, offsets, layer: layer) { row, head, offset, visible, first in
        let group = head / config.headsPerGroup * config.dHead
        let weights = pattern[offset..<offset + visible]
        // At most 40 shares, each within an ulp of itself.
        if abs(weights.reduce(0, +) - 1) > 1e-6 {
          Issue.record("row \(row), head \(head): the shares do not sum to 1")
        }
        for (key, found) in scores[offset..<offset + visible].enumerated() {
          let product = (0..<config.dHead).reduce(0.0) {
            $0 + Double(q[row * queryWidth + head * config.dHead + $1])
              * Double(k[(first + key) * keyWidth + group + $1])
          }
          // A float32 sum of at most 12 products.
          let expected =
            score(product, config, layer: layer)
            + bias(model, head: head, query: positions[row], key: positions[first + key])
          if abs(Double(found) - expected) > 3e-6 * max(1, abs(expected)) {
            Issue.record("score of row \(row), head \(head), key \(key)")
          }
        }
        for column in 0..<config.dHead {
          let mixed = weights.enumerated().reduce(0.0) {
            $0 + Double($1.element) * Double(v[(first + $1.offset) * keyWidth + group + column])
          }
          // A float32 sum of at most 40 products.
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
      let bias = model.weights.blocks[layer].attention.o.bias?.tensor.elements
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
      // Head by head is what is seen; what is added stays one product.
      #expect(sameBits(out, try plain.at(.attnOut, layer)))
    }
  }

  /// One block of arithmetic done again in Double from the weights: `hook_result` is z's slice through W_O.
  @Test(arguments: ["llama-gqa", "gpt2"])
  func aHeadsResultIsItsSliceOfTheOutputMatrix(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let batch = TokenBatch([[5, 9, 2]])
    let (config, seen) = (model.config, try Observations(model, batch, at: model.hookPoints))
    let (z, result) = (try seen.at(.z, 1), try seen.at(.result, 1))
    let matrix = model.weights.blocks[1].attention.o.matrix
    for row in 0..<3 {
      for head in 0..<config.nHeads {
        for column in 0..<config.dModel {
          let expected = (0..<config.dHead).reduce(0.0) { sum, inner in
            let input = head * config.dHead + inner
            let weight = matrix[input, column]
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
