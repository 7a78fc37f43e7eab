import Foundation
import Testing

@testable import ProbeModel

/// Golden ids of two published models, through the doors that users take.
@Suite struct TokenizerRealModelTests {
  @Test(.enabled(if: RealModel.smollm2.isTested))
  func smolLM2EqualsTheReference() throws {
    let tokenizer = try #require(try HookedTransformer.open(RealModel.smollm2.path).tokenizer)
    #expect(tokenizer.vocabularySize == 49152 && tokenizer.bosTokenID == 1 && tokenizer.eosTokenID == 2)
    try compare(tokenizer, "smollm2-135m")
  }

  @Test(.enabled(if: RealModel.minilm.isTested))
  func miniLMEqualsTheReference() throws {
    let tokenizer = try #require(try HookedTransformer.open(RealModel.minilm.path).tokenizer)
    #expect(tokenizer.vocabularySize == 30522 && tokenizer.padTokenID == 0)
    try compare(tokenizer, "all-minilm-l6-v2")
  }

  private func compare(_ tokenizer: Tokenizer, _ name: String) throws {
    for golden in try TokenizerFixtures.golden(name) {
      try expectIDs(tokenizer, golden)
      try expectSpans(tokenizer, golden)
      try expectText(tokenizer, golden)
    }
  }
}
