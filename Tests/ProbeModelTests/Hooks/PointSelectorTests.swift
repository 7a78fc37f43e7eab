import Testing

@testable import ProbeModel

/// Globs, ranges, lists and short forms.
@Suite struct PointSelectorTests {
  static let available = HookPoint.Site.allCases.flatMap { site in
    site.isInBlock ? (0..<12).map { HookPoint(site, layer: $0) } : [HookPoint(site)]
  }

  private func names(_ selectors: String...) throws -> [String] {
    try PointSelector.select(selectors.map { PointSelector($0) }, from: Self.available).map { $0.name }
  }

  @Test(arguments: available)
  func everyPointIsNamedByItsFullAndItsShortName(_ point: HookPoint) throws {
    #expect(try names(point.name) == [point.name])
    #expect(try names(point.shortName) == [point.name])
  }

  @Test func aStarStandsForAnythingWithoutADot() throws {
    #expect(try names("blocks.*.hook_resid_post") == (0..<12).map { "blocks.\($0).hook_resid_post" })
    #expect(
      try names("blocks.1.mlp.*") == [
        "blocks.1.mlp.hook_pre", "blocks.1.mlp.hook_pre_linear", "blocks.1.mlp.hook_post",
      ])
    #expect(try names("blocks.1.hook_resid_*").count == 3)
    #expect(
      try names("blocks.1*.hook_resid_post") == [
        "blocks.1.hook_resid_post", "blocks.10.hook_resid_post", "blocks.11.hook_resid_post",
      ])
    #expect(try names("blocks.3.*.hook_*o*").contains("blocks.3.attn.hook_rot_q"))
    #expect(try names("*") == ["hook_embed", "hook_pos_embed", "hook_token_type_embed", "logits"])
    #expect(throws: ModelError.self) { try names("blocks.*") }
  }

  /// A point that other models have is not taken for a slip of the pen.
  @Test(arguments: [
    ("bert", "logits", ": this checkpoint has no head that scores the vocabulary"),
    ("t5-encoder", "logits", ": this checkpoint has no head that scores the vocabulary"),
    ("gptj", "resid_mid.1", ": attention and MLP are added at once, or there is no MLP"),
    ("gptj", "blocks.*.ln2.hook_normalized", ": its MLP has no norm of its own"),
    ("probe-attention-only", "mlp.post.0", ": it has no MLPs"), ("gpt2", "attn.rot_q.9", ""),
    ("gpt2", "attn.rot_q.1", ": its queries and keys are not turned"), ("gpt2", "resid_pots.1", ""),
  ])
  func anAbsentPointSaysWhatTheModelIsLike(_ fixture: String, _ selector: String, _ reason: String) throws {
    let model = try Fixture(name: fixture).model()
    let error = try #require(throws: ModelError.self) {
      try PointSelector.select([PointSelector(selector)], from: model.hookPoints)
    }
    #expect(error.problem == "the model has no such hook point" + reason)
    guard !reason.isEmpty, let point = HookPoint(name: selector) else { return }
    let other = try #require(throws: ModelError.self) { try model.activations(of: [3], at: [point]) }
    #expect(other.problem == "this model (\(model.architecture)) has no such point" + reason)
  }

  @Test func rangesAndListsNameLayers() throws {
    #expect(try names("blocks.{0..2}.hook_resid_post") == (0...2).map { "blocks.\($0).hook_resid_post" })
    #expect(try names("resid_post.{9..30}") == (9...11).map { "blocks.\($0).hook_resid_post" })
    #expect(try names("blocks.{0,11}.attn.hook_z") == ["blocks.0.attn.hook_z", "blocks.11.attn.hook_z"])
    #expect(try names("blocks.{0..1}.attn.hook_{q,k}").count == 4)
    #expect(try names("blocks.{5..5}.hook_attn_out") == ["blocks.5.hook_attn_out"])
  }

  @Test func shortFormsPutTheLayerLast() throws {
    #expect(try names("resid_post.3") == ["blocks.3.hook_resid_post"])
    #expect(try names("attn.z.*").count == 12)
    #expect(
      try names("embed") == ["hook_embed"] && names("ln_final.normalized") == ["ln_final.hook_normalized"])
  }

  @Test func severalSelectorsAreAUnionInOrderOfComputation() throws {
    #expect(
      try names("logits", "resid_post.1", "blocks.1.hook_resid_post", "attn.q.1", "embed") == [
        "hook_embed", "blocks.1.attn.hook_q", "blocks.1.hook_resid_post", "logits",
      ])
    #expect(try names().isEmpty)
  }

  @Test func anUnknownNameListsTheNearest() throws {
    let error = try modelError { try names("logits", "blocks.3.hook_resid_pots") }
    #expect(error.reason == .unknownHook && error.location == "blocks.3.hook_resid_pots")
    #expect(error.problem == "the model has no such hook point")
    #expect(error.advice.hasPrefix("Nearest: blocks.3.hook_resid_post, "))
    let short = try modelError { try names("resid_pst.4") }
    #expect(short.advice.hasPrefix("Nearest: blocks.4.hook_resid_post, "))
  }

  @Test(arguments: [
    "", "blocks.12.hook_resid_post", "resid_post.{3..1}", "resid_post.{}", "resid_post.{0..2",
    "resid_post.{-2..1}",
    "blocks.{-9223372036854775808..9223372036854775807}.hook_resid_post", "resid_post.{0..99999999999}", "{",
    "}{",
    "hook_resid_post", "resid_post.{0..9999}{0..9999}{0..9999}",
  ])
  func selectorsThatNameNothingAreErrors(_ text: String) throws {
    let error = try modelError { try names(text) }
    #expect(error.reason == .unknownHook && error.location == text && error.advice.hasPrefix("Nearest: "))
  }

  /// Backtracking would take longer than the universe is old.
  @Test(.timeLimit(.minutes(15))) func manyStarsAreNoTrouble() throws {
    #expect(PointSelector.matchesGlob(String(repeating: "*", count: 60) + "t", "hook_resid_post"))
    let pattern = String(repeating: "*o", count: 40)
    #expect(!PointSelector.matchesGlob(pattern + "x", String(repeating: "o", count: 200)))
    #expect(PointSelector.matchesGlob(pattern, String(repeating: "o", count: 200)))
  }

  @Test(arguments: [
    ("*", "", true), ("a*", "a", true), ("*a", "a", true), ("a*a", "a", false), ("a*a", "aa", true),
    ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("**", "x", true), ("*ab*", "aab", true),
    ("a", "ab", false),
    ("*.b", "a.b", true), ("*", "a.b", false), ("ab*ba", "aba", false), ("*a*a*", "a", false),
  ])
  func globsMatchWholeParts(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(PointSelector.matchesGlob(pattern, name) == matches)
  }

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ("ab", "ba", 2),
    ("same", "same", 0), ("Straße", "Strasse", 2),
  ])
  func editDistancesAreLevenshteins(_ a: String, _ b: String, _ distance: Int) {
    #expect(editDistance(a, b) == distance && editDistance(b, a) == distance)
  }
}
