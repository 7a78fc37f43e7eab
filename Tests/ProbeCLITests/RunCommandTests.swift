import Foundation
import Testing

/// `probe run`: prompts with interventions.
@Suite struct RunCommandTests {
  /// A tiny model with a tokenizer; "in 12" and "in 34" have four tokens each.
  private static let model = FixtureModel.path("llama-gguf-f32/model.gguf")

  private func run(_ arguments: [String], in folder: Folder? = nil) throws -> Probe.Outcome {
    try Probe.run(["run", Self.model] + arguments, in: folder ?? Folder())
  }

  private func expectFailure(
    _ code: Int32, _ arguments: [String], says text: String, in folder: Folder? = nil,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try run(arguments, in: folder)
    #expect(
      outcome.code == code && !outcome.wasKilled && outcome.output == "", "\(outcome)",
      sourceLocation: location)
    #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
  }

  @Test func aPlainRunPrintsTheNextTokens() throws {
    let outcome = try run(["--prompt", "in 12", "--top", "3"])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines.first == "\"in 12\", 4 tokens")
    #expect(lines.dropFirst().first?.hasPrefix("next token") == true)
    #expect(lines.dropFirst().first?.hasSuffix("probability") == true)
  }

  @Test func interventionsAnswersAndEffectsArePrinted() throws {
    let outcome = try run([
      "--prompt", "in 12", "--source", "in 34", "--patch", "resid_post.2@-1", "--zero", "attn.z.0#1",
      "--answer", "5", "--against", "12", "--steer", "resid_post.0@-1=2*\"is 1\" - \"is 5\"",
    ])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    // The order of the help, whatever that of the flags.
    #expect(
      outcome.output.hasPrefix(
        "patch resid_post.2@-1\nzero attn.z.0#1\nsteer resid_post.0@-1 2.0 × \"is 1\" − \"is 5\"\n\n"))
    for text in [
      "before", "after", "Δ ln p", "\nanswer 5 ln p ", ", the first of 2 tokens of \"12\", ln p ",
      "\nlogit difference ", ", effect ", "\nKL(before ‖ after) ",
    ] {
      #expect(outcome.output.contains(text), "\(text) in \(outcome.output)")
    }
  }

  @Test func jsonHasTheDocumentedKeys() throws {
    let outcome = try run([
      "--prompt", "in 12", "--prompt", "is 5", "--source", "in 34", "--source", "is 5", "--patch",
      "resid_post.{0..1}", "--answer", "5", "--against", "1", "--top", "2", "--json",
    ])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(Set(root.keys) == ["architecture", "format", "interventions", "model", "prompts"])
    #expect(root["format"] as? String == "probe-run/1")
    let done = try #require(root["interventions"] as? [[String: Any]])
    #expect(done.count == 1 && Set(done[0].keys) == ["kind", "points", "target"])
    #expect(done[0]["points"] as? [String] == ["blocks.0.hook_resid_post", "blocks.1.hook_resid_post"])
    let prompts = try #require(root["prompts"] as? [[String: Any]])
    #expect(prompts.count == 2)
    let keys: Set = ["against", "answer", "divergence", "logitDifference", "next", "text", "tokens"]
    #expect(prompts.allSatisfy { Set($0.keys) == keys })
    let next = try #require(prompts[0]["next"] as? [[String: Any]])
    #expect(next.count >= 2 && Set(next[0].keys) == ["after", "before", "effect", "token"])
    let state = try #require(next[0]["before"] as? [String: Any])
    #expect(Set(state.keys) == ["logProbability", "logit", "probability", "rank"])
    // The second prompt is its own source.
    #expect(prompts[1]["divergence"] as? Double == 0)
  }

  @Test func twoRunsPrintTheSameBytes() throws {
    let arguments = ["--prompt", "in 12", "--mean", "blocks.*.hook_mlp_out", "--json"]
    #expect(try run(arguments).output == run(arguments).output)
  }

  @Test func directionsComeFromFiles() throws {
    let folder = try Folder()
    let ones = "[\(Array(repeating: "1", count: 32).joined(separator: ", "))]"
    try folder.write("v.json", ones)
    try folder.write("two.json", "[\(ones), [1\(String(repeating: ", 0", count: 31))]]")
    try folder.write("short.json", "[1, 2]")
    let arguments = ["--prompt", "in 12"]
    let steered = try run(arguments + ["--steer", "resid_post.1=0.5*v.json"], in: folder)
    #expect(
      steered.code == 0 && steered.output.hasPrefix("steer resid_post.1 0.5 × \"v.json\"\n"), "\(steered)")
    let projected = try run(arguments + ["--project-out", "resid_post.1=two.json"], in: folder)
    #expect(projected.code == 0, "\(projected)")
    try expectFailure(
      65, arguments + ["--steer", "resid_post.1=two.json"], says: "steering adds one vector, found 2",
      in: folder)
    try expectFailure(
      65, arguments + ["--steer", "resid_post.1=short.json"],
      says: "blocks.1.hook_resid_post: expected a vector of shape [32] or [positions, 32], found [2]",
      in: folder)
    try expectFailure(
      66, arguments + ["--steer", "resid_post.1=no.json"], says: "no.json: no such file", in: folder)
  }

  /// A prompt may begin with a dash, and what it hides is shown.
  @Test func promptsAreTextAndInvisibleCharactersAreShown() throws {
    let outcome = try run(["--prompt", "--in\n12"])
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.hasPrefix("\"--in↵12\", "), "\(outcome)")
  }

  @Test(arguments: [
    ([], "--prompt"), (["--prompt", "a", "--top", "0"], "--top: expected 1 to 1000, found 0"),
    (["--prompt", "a", "--patch", "resid_post.1"], "--source"),
    (["--prompt", "a", "--freeze-patterns", "*"], "--source"),
    (["--prompt", "a", "--source", "b", "--source", "c"], "--source: 2 for 1 prompts"),
    (["--prompt", "a", "--against", "b"], "--answer"),
    (["--prompt", "a", "--zero", "resid_post.1@x"], "--zero: resid_post.1@x: \"x\" is no position"),
    (["--prompt", "a", "--steer", "resid_post.1"], "--steer: resid_post.1: no = and direction follow"),
    (
      ["--prompt", "a", "--project-out", "resid_post.1=\"a"],
      "--project-out: direction \"a: a quote is missing"
    ),
    (["--prompt", "a", "--freeze-patterns", "x", "--source", "b"], "\"x\" is no list of layers"),
  ])
  func usageIs64(_ arguments: [String], _ text: String) throws {
    try expectFailure(64, arguments, says: text)
  }

  @Test(arguments: [
    (["--zero", "resid_pots.1"], "probe: resid_pots.1: the model has no such hook point. Nearest: "),
    (
      ["--zero", "resid_post.1@4"],
      "blocks.1.hook_resid_post, sequence 0: position 4 lies outside the sequence of 4"
    ),
    (["--zero", "attn.z.1#4"], "blocks.1.attn.hook_z: there is no head 4: the model has 4"),
    (["--zero", "resid_post.1#0"], "blocks.1.hook_resid_post: heads were selected where there are none"),
    (["--zero", "ln1.scale.0"], "a norm's scale can be observed, not changed"),
    (
      ["--patch", "resid_post.1", "--source", "in 123"],
      "the source run's sequence ends after 5 tokens, this one after 4"
    ),
    (["--mean", "attn.pattern.1"], "rows differ in width, so they have no mean"),
    (
      ["--steer", "resid_post.2=3e38*\"in\""],
      "prompt 1, after the interventions: the logits are not all finite"
    ),
  ])
  func whatDoesNotFitTheModelIs65(_ arguments: [String], _ text: String) throws {
    try expectFailure(65, ["--prompt", "in 12"] + arguments, says: text)
  }

  @Test func modelsThatReadNoPromptsAre65AndThoseThatAreNotThereAre66() throws {
    let folder = try Folder()
    let bare = try Probe.run(["run", FixtureModel.llama, "--prompt", "a"], in: folder)
    #expect(bare.code == 65 && bare.errors.contains("llama-gqa: the checkpoint has no tokenizer"), "\(bare)")
    let none = try Probe.run(["run", "gpt9", "--prompt", "a"], in: folder)
    #expect(none.code == 66 && none.errors.contains("gpt9: no model of this name"), "\(none)")
  }
}
