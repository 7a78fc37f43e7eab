import Testing

@testable import ProbeModel

/// `POINT[@POSITIONS][#HEADS]`
@Suite struct HookTargetTests {
  @Test(arguments: [
    ("resid_post.12", "resid_post.12", Selection.all),
    ("resid_post.{4..8}@-1", "resid_post.{4..8}", Selection(positions: .at([-1]))),
    (
      "attn.z.3@0,2..4#1,5", "attn.z.3", Selection(positions: .at([0, 2, 3, 4]), heads: .only([1, 5]))
    ),
    ("blocks.{0..5}.attn.hook_z#3", "blocks.{0..5}.attn.hook_z", Selection(heads: .only([3]))),
    ("x@-3..-1", "x", Selection(positions: .at([-3, -2, -1]))),
    ("x@5..", "x", Selection(positions: .from(5))),
    ("x#0..2", "x", Selection(heads: .only([0, 1, 2]))),
    ("x@7..7,-2", "x", Selection(positions: .at([7, -2]))),
  ])
  func targetsAreRead(_ text: String, _ point: String, _ selection: Selection) throws {
    let target = try HookTarget(parsing: text)
    #expect(target.text == text && target.selector.text == point && target.selection == selection)
  }

  @Test(arguments: [
    ("", "it names no hook point"), ("@1", "it names no hook point"), ("#1", "it names no hook point"),
    ("x@", "\"\" is no position"), ("x#", "\"\" is no head"), ("x@a", "\"a\" is no position"),
    ("x@1,,2", "\"\" is no position"), ("x@1.5", "\"1.5\" is no position"),
    ("x@1..2..3", "\"1..2..3\" is no position"), ("x@..", "\"..\" is no position"),
    ("x@99999999999999999999", "\"99999999999999999999\" is no position"), ("x#-1", "\"-1\" is no head"),
    ("x@3..1", "3..1 is no range: both ends from the same side, the lower first"),
    (
      "x@2..-1",
      "\"2..-1\"".dropFirst().dropLast() + " is no range: both ends from the same side, the lower first"
    ),
    ("x@-3..2", "-3..2 is no range: both ends from the same side, the lower first"),
    ("x@0..9223372036854775807", "0..9223372036854775807 is a range of more than 1048576"),
    ("x@-9223372036854775808..-1", "-9223372036854775808..-1 is a range of more than 1048576"),
    ("x#1@2", "one @ with positions, then one # with heads may follow the point"),
    ("x@1@2", "one @ with positions, then one # with heads may follow the point"),
    ("x#1#2", "one @ with positions, then one # with heads may follow the point"),
  ])
  func otherTextsAreRefused(_ text: String, _ problem: String) throws {
    let error = try modelError { try HookTarget(parsing: text) }
    #expect(error.reason == .badInput && error.location == text && error.problem == problem)
  }

  @Test func pointsAreThoseOfTheModel() throws {
    let model = try Fixture(name: "gpt2").model()
    let target = try HookTarget(parsing: "resid_post.{0..1}@-1")
    #expect(try target.points(of: model) == [.residPost(0), .residPost(1)])
    let error = try modelError { try HookTarget(parsing: "resid_pots.1").points(of: model) }
    #expect(error.reason == .unknownHook && error.advice.hasPrefix("Nearest: blocks.1.hook_resid_post"))
  }
}
