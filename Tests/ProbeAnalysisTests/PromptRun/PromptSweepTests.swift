import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// Sweeps over prompts, against single prompt runs with the patch in them.
@Suite struct PromptSweepTests {
  private func sweep(
    _ site: String, _ change: (inout PromptSweep) -> Void = { _ in }
  ) throws -> PromptSweep.Outcome {
    var sweep = PromptSweep(site, prompts: ["in 12", "the theory"], sources: ["in 34", "the theory"])
    (sweep.answer, sweep.against) = ("5", "th")
    change(&sweep)
    return try sweep.outcome(on: PromptRunTests.model())
  }

  /// The logit difference of a run with one patch.
  private func patched(_ target: String) throws -> Double? {
    var run = PromptRun(["in 12"])
    (run.sources, run.answer, run.against) = (["in 34"], "5", "th")
    run.interventions = [Intervention(.patch, at: try HookTarget(parsing: target))]
    return try run.outcome(on: PromptRunTests.model()).prompts[0].logitDifference?.after
  }

  @Test(arguments: [("attn.z", "#", 4), ("resid_post", "@", 4), ("hook_mlp_out", "@", 4), ("attn.k", "#", 2)])
  func everyNumberIsThatOfARunWithThePatch(_ site: String, _ sign: String, _ places: Int) throws {
    let outcome = try sweep(site)
    let prompt = outcome.prompts[0]
    #expect(outcome.layers == [0, 1, 2] && prompt.patched.allSatisfy { $0.count == places })
    for (layer, row) in zip(outcome.layers, prompt.patched) {
      for (place, difference) in row.enumerated() {
        let name = site.replacing("hook_", with: "")
        // The same bits.
        #expect(try patched("\(name).\(layer)\(sign)\(place)") == difference)
      }
    }
  }

  @Test func sharesAndChangesFollowFromTheLogitDifferences() throws {
    let outcome = try sweep("resid_post") { ($0.prompts, $0.sources) = (["in 12"], ["in 34"]) }
    let prompt = outcome.prompts[0]
    let (from, to) = (prompt.prompt.logitDifference, prompt.source.logitDifference)
    #expect(from != to && outcome.over == "positions")
    for (layer, row) in prompt.patched.enumerated() {
      for (place, value) in row.enumerated() {
        #expect(outcome.change[layer][place] == value - from)
        // One division and no more: the last bit.
        #expect(abs(try #require(outcome.share[layer][place]) - (value - from) / (to - from)) <= 1e-12)
      }
    }
    // The whole of what the head reads is the source's.
    #expect(outcome.share[2][3] == 1 && outcome.share[2][0...2] == [0, 0, 0])
  }

  @Test func layersAndPlacesCanBeChosen() throws {
    let (all, some) = (try sweep("attn.z"), try sweep("attn.z.{1..2}"))
    #expect(some.layers == [1, 2] && some.share == Array(all.share[1...2]) && some.over == "heads")
    let positions = try sweep("attn.z") { $0.places = .positions }
    #expect(positions.over == "positions" && positions.places == 5)
    // A prompt that is its own source.
    #expect(all.prompts[1].patched.joined().allSatisfy { $0 == all.prompts[1].prompt.logitDifference })
    #expect(
      try sweep("attn.z") { ($0.prompts, $0.sources) = (["in 12"], ["in 12"]) }.share[0] == [
        nil, nil, nil, nil,
      ])
  }

  @Test func lengthsThatDifferAreShownWithTheTokens() throws {
    let error = #expect(throws: SpecError.self) {
      try sweep("attn.z") { ($0.prompts, $0.sources) = (["in 12", "in 12"], ["in 34", "in 345"]) }
    }
    #expect(error?.location == "prompt 2" && error?.reason == .badValue)
    #expect(
      error?.problem == "the prompt has 4 tokens, its source 5: in|␣|1|2 and in|␣|3|4|5")
  }

  @Test func whatCannotBeSweptIsRefused() throws {
    func error(_ site: String, _ change: (inout PromptSweep) -> Void = { _ in }) -> String? {
      let error = #expect(throws: (any Error).self) { try sweep(site, change) }
      return error.map { "\($0)" }
    }
    #expect(error("resid_pots")?.hasPrefix("resid_pots: the model has no such hook point. Nearest: ") == true)
    #expect(error("attn.z.{0,2}") == "attn.z.{0,2}: a sweep goes over consecutive layers, found [0, 2]")
    #expect(error("embed")?.hasPrefix("embed: a sweep goes over one hook point of every block") == true)
    #expect(
      error("blocks.*.hook_resid_*")?.contains("a sweep goes over one hook point of every block") == true)
    #expect(error("resid_post") { $0.places = .heads }?.contains("cannot be patched over heads") == true)
    #expect(error("attn.z") { $0.against = "5" } == "against: its first token 5 is the answer's as well")
    #expect(error("attn.z") { $0.answer = "" } == "answer \"\": it has no token")
    #expect(error("attn.z") { $0.prompts = [] } == "prompt: there is none")
    #expect(
      error("attn.z") { $0.sources = [] }
        == "source: 0 sources for 2 prompts. Give one for all, or one for each")
  }
}
