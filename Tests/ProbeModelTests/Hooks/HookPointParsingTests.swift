import ProbeModel
import Testing

/// Names of points where no model says which there are.
@Suite struct HookPointParsingTests {
  @Test func fullAndShortNamesMeanTheSame() throws {
    for site in HookPoint.Site.allCases {
      for layer in site.isInBlock ? [0, 3, 117] : [nil] {
        let point = layer.map { HookPoint(site, layer: $0) } ?? HookPoint(site)
        #expect(try HookPoint(parsing: point.name) == point)
        #expect(try HookPoint(parsing: point.shortName) == point)
      }
    }
  }

  @Test(arguments: [
    ("resid_pots.12", "blocks.12.hook_resid_post"), ("blocks.7.hook_mlp", "blocks.7.hook_mlp_out"),
    ("embbed", "hook_embed"), ("resid_post", "blocks.0.hook_resid_post"),
    ("resid_post.99999999999999999999", "blocks.0.hook_resid_post"),
  ])
  func anUnknownNameListsTheNearest(text: String, nearest: String) throws {
    let error = #expect(throws: ModelError.self) { try HookPoint(parsing: text) }
    #expect(error?.reason == .unknownHook && error?.location == text)
    #expect(error?.advice.contains(nearest) == true, "\(error?.advice ?? "")")
  }
}
