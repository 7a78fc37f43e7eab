import Foundation
import Testing

/// `probe run --sweep`: patching at every layer and place.
@Suite struct RunSweepTests {
  private static let model = FixtureModel.path("llama-gguf-f32/model.gguf")
  private static let usual = ["--prompt", "in 12", "--source", "in 34", "--answer", "5", "--against", "6"]

  private func run(_ arguments: [String]) throws -> Probe.Outcome {
    try Probe.run(["run", Self.model] + arguments, in: Folder())
  }

  private func expectFailure(_ code: Int32, _ arguments: [String], says text: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.code == code && outcome.output == "" && !outcome.wasKilled, "\(outcome)")
    #expect(outcome.errors.contains(text), "\(outcome)")
  }

  @Test func theTableHasLayersDownAndPlacesAcross() throws {
    let outcome = try run(Self.usual + ["--sweep", "resid_post"])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let parts = outcome.output.components(separatedBy: "\n\n")
    #expect(parts.count == 4, "\(outcome)")
    #expect(parts[0] == "patch resid_post over layers and positions: share of the way to the source")
    #expect(parts[1].hasPrefix("\"in 12\" ← \"in 34\"\n0 in  1 ␣  2 1 ← 3  3 2 ← 4\nlogit(5) − logit(6) "))
    let rows = parts[2].split(separator: "\n").map { $0.split(separator: " ") }
    #expect(rows[0] == ["layer", "\\", "position", "0", "1", "2", "3"])
    #expect(rows.dropFirst().map { $0[0] } == ["0", "1", "2"])
    // After the last block the last position is all that the head reads.
    #expect(rows[3] == ["2", "0.00", "0.00", "0.00", "1.00"])
    #expect(parts[3].hasPrefix("largest: layer "))
  }

  @Test func headsAreThePlacesOfPointsThatHaveThem() throws {
    let heads = try run(Self.usual + ["--sweep", "attn.z.{1..2}", "--changes"])
    #expect(heads.output.hasPrefix("patch attn.z over layers and heads: change of the logit difference\n"))
    #expect(heads.output.contains("\nlayer \\ head  "), "\(heads)")
    let positions = try run(Self.usual + ["--sweep", "attn.z", "--over", "positions"])
    #expect(positions.output.contains("\nlayer \\ position  "), "\(positions)")
  }

  /// Where prompt and source are the same there is no way to go a share of.
  @Test func aPromptThatIsItsOwnSourceHasNoShares() throws {
    let arguments = ["--prompt", "in 12", "--source", "in 12", "--answer", "5", "--against", "6"]
    let outcome = try run(arguments + ["--sweep", "attn.z"])
    #expect(outcome.output.hasSuffix("–  –  –\n\nno patch has an effect\n"), "\(outcome)")
    let json = try run(arguments + ["--sweep", "attn.z", "--json"])
    let root = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((root?["share"] as? [[Any]])?.joined().allSatisfy { $0 is NSNull } == true, "\(json)")
    #expect(root?["change"] as? [[Double]] == Array(repeating: [0, 0, 0, 0], count: 3), "\(json)")
  }

  @Test func jsonHasTheDocumentedKeysAndTheNumbersOfSinglePatches() throws {
    let outcome = try run(
      Self.usual + ["--prompt", "is 12", "--source", "is 34", "--sweep", "attn.z", "--json"])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(
      Set(root.keys) == [
        "against", "answer", "architecture", "change", "format", "layers", "model", "over", "places",
        "prompts",
        "share", "site",
      ])
    #expect(root["format"] as? String == "probe-sweep/1" && root["site"] as? String == "attn.z")
    #expect((root["share"] as? [[Double]])?.map { $0.count } == [4, 4, 4])
    let prompts = try #require(root["prompts"] as? [[String: Any]])
    #expect(prompts.count == 2 && prompts.allSatisfy { Set($0.keys) == ["patched", "prompt", "source"] })
    let text = try #require(prompts[0]["source"] as? [String: Any])
    #expect(Set(text.keys) == ["logitDifference", "text", "tokens"])
    let patched = try #require(prompts[0]["patched"] as? [[Double]])
    let single = try run(Self.usual + ["--patch", "attn.z.1#2", "--json"])
    let one = try JSONSerialization.jsonObject(with: Data(single.output.utf8)) as? [String: Any]
    let difference = (one?["prompts"] as? [[String: Any]])?.first?["logitDifference"] as? [String: Double]
    #expect(patched[1][2] == difference?["after"])
  }

  @Test(arguments: [
    (["--prompt", "a", "--sweep", "attn.z"], "--sweep needs a --source, an --answer and an --against"),
    (["--prompt", "a", "--source", "b", "--answer", "5", "--sweep", "attn.z"], "--sweep needs a --source"),
    (usual + ["--sweep", "attn.z", "--zero", "attn.z.0"], "--sweep does its own patching"),
    (
      usual + ["--sweep", "attn.z", "--generate", "3"], "leave out interventions, --reference and --generate"
    ),
    (usual + ["--over", "heads"], "--over says what --sweep goes over: give --sweep POINT."),
    (usual + ["--changes"], "--changes says what --sweep prints: give --sweep POINT."),
    (
      usual + ["--sweep", "attn.z", "--over", "layers"], "The value 'layers' is invalid for '--over <PLACES>'"
    ),
  ])
  func usageIs64(_ arguments: [String], _ text: String) throws {
    try expectFailure(64, arguments, says: text)
  }

  @Test(arguments: [
    (
      ["--prompt", "in 12", "--source", "in 345"],
      "probe: prompt 1: the prompt has 4 tokens, its source 5: in|␣|1|2 and in|␣|3|4|5. Patches go position by"
    ),
    (["--prompt", "", "--source", "in 3"], "it has no token"),
  ])
  func promptsThatDoNotCorrespondAre65(_ arguments: [String], _ text: String) throws {
    try expectFailure(65, arguments + ["--answer", "5", "--against", "6", "--sweep", "attn.z"], says: text)
  }

  @Test(arguments: [
    (["resid_pots"], "probe: resid_pots: the model has no such hook point. Nearest: "),
    (["attn.z.{0,2}"], "probe: attn.z.{0,2}: a sweep goes over consecutive layers, found [0, 2]"),
    (["resid_post", "--over", "heads"], "hook_resid_post: cannot be patched over heads"),
    (["ln1.scale"], "ln1.hook_scale: a norm's scale can be observed, not changed"),
    (["attn.z", "--against", "5"], "probe: against: its first token 5 is the answer's as well"),
  ])
  func whatCannotBeSweptIs65(_ arguments: [String], _ text: String) throws {
    try expectFailure(65, Self.usual + ["--sweep"] + arguments, says: text)
  }
}
