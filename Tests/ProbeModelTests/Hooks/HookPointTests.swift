import Foundation
import Testing

@testable import ProbeModel

/// Names of hook points and their order.
@Suite struct HookPointTests {
  private func points(_ layers: [Int]) -> [HookPoint] {
    HookPoint.Site.allCases.flatMap { site in
      site.isInBlock ? layers.map { HookPoint(site, layer: $0) } : [HookPoint(site)]
    }
  }

  @Test func everyNameComesBack() throws {
    for point in points([0, 1, 9, 10, 123, Int.max]) {
      #expect(HookPoint(name: point.name) == point)
      let data = try JSONEncoder().encode([point])
      #expect(try JSONDecoder().decode([HookPoint].self, from: data) == [point])
    }
  }

  @Test func namesAreThoseOfTransformerLens() {
    #expect(HookPoint(.embed).name == "hook_embed" && HookPoint(.posEmbed).name == "hook_pos_embed")
    #expect(HookPoint.residPost(3).name == "blocks.3.hook_resid_post")
    #expect(HookPoint(.pattern, layer: 0).name == "blocks.0.attn.hook_pattern")
    #expect(HookPoint(.mlpPre, layer: 11).name == "blocks.11.mlp.hook_pre")
    #expect(HookPoint(.ln2Scale, layer: 2).name == "blocks.2.ln2.hook_scale")
    #expect(HookPoint(.finalNormalized).name == "ln_final.hook_normalized")
    #expect(Set(points([0]).map { $0.name }).count == HookPoint.Site.allCases.count)
  }

  @Test(arguments: [
    "", "blocks", "blocks.", "blocks.0", "blocks.0.", "blocks..hook_resid_post", "blocks.-1.hook_resid_post",
    "blocks.+1.hook_resid_post", "blocks.01.hook_resid_post", "blocks.1 .hook_resid_post",
    "blocks.x.hook_resid_post", "blocks.9223372036854775808.hook_resid_post", "blocks.0.hook_resid_posts",
    "Blocks.0.hook_resid_post", "blocks.0.hook_embed", "hook_resid_post", "blocks.0.logits", "resid_post.0",
    "blocks.0.attn.hook_q.x", " logits", "blocks.٣.hook_resid_post",
  ])
  func otherNamesAreNone(_ name: String) throws {
    #expect(HookPoint(name: name) == nil)
    let error = try #require(throws: DecodingError.self) {
      try JSONDecoder().decode([HookPoint].self, from: JSONEncoder().encode([name]))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.debugDescription == "\(name) is not a hook point")
  }

  @Test func theOrderIsThatOfComputation() {
    let sorted = points([0, 1, 2, 10]).shuffled().sorted()
    #expect(sorted.prefix(4).map { $0.site } == [.embed, .posEmbed, .tokenTypeEmbed, .residPre])
    #expect(sorted.suffix(3).map { $0.site } == [.finalScale, .finalNormalized, .logits])
    let layers = sorted.compactMap { $0.layer }
    #expect(layers == layers.sorted() && Set(layers) == [0, 1, 2, 10])
    let inBlock = HookPoint.Site.allCases.filter { $0.isInBlock }
    for layer in [0, 1, 2, 10] { #expect(sorted.filter { $0.layer == layer }.map { $0.site } == inBlock) }
  }

  @Test func everySiteHasABitOfItsOwn() {
    let bits = HookPoint.Site.allCases.map { $0.bit }
    #expect(Set(bits).count == bits.count && bits.allSatisfy { $0.nonzeroBitCount == 1 })
  }
}
