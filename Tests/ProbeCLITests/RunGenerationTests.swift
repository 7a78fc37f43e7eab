import Foundation
import Testing

/// `probe run --generate`: prompts that go on.
@Suite struct RunGenerationTests {
  private static let model = FixtureModel.path("llama-gguf-f32/model.gguf")

  private func run(_ arguments: [String]) throws -> Probe.Outcome {
    try Probe.run(["run", Self.model] + arguments, in: Folder())
  }

  private func prompts(_ outcome: Probe.Outcome) throws -> [[String: Any]] {
    let root = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require(root?["prompts"] as? [[String: Any]])
  }

  @Test func theContinuationStandsInPlaceOfTheTable() throws {
    let outcome = try run(["--prompt", "in 12", "--generate", "4"])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    #expect(outcome.output.hasPrefix("\"in 12\", 4 tokens\n"), "\(outcome)")
    #expect(outcome.output.hasSuffix("\n[4 tokens]\n"), "\(outcome)")
    #expect(!outcome.output.contains("next token"), "\(outcome)")
  }

  @Test func beforeAndAfterStandSideBySide() throws {
    let outcome = try run(["--prompt", "in 12", "--generate", "30", "--zero", "resid_post.1"])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains("before" + String(repeating: " ", count: 42) + "after"), "\(outcome)")
    #expect(lines.contains("[30 tokens]" + String(repeating: " ", count: 37) + "[30 tokens]"), "\(outcome)")
    #expect(lines.allSatisfy { $0.count <= 48 + 46 }, "\(outcome)")
  }

  @Test func jsonHasEveryToken() throws {
    let outcome = try run([
      "--prompt", "in 12", "--prompt", "is 5", "--generate", "5", "--steer", "resid_post.0=2*\"the\"",
      "--json",
    ])
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let prompts = try prompts(outcome)
    #expect(prompts.count == 2)
    for prompt in prompts {
      let generated = try #require(prompt["generated"] as? [String: [String: Any]])
      #expect(Set(generated.keys) == ["before", "after"])
      for continuation in generated.values {
        #expect(Set(continuation.keys) == ["ending", "text", "tokens"])
        let tokens = try #require(continuation["tokens"] as? [[String: Any]])
        #expect(tokens.count == 5 && continuation["ending"] as? String == "maxTokens")
        #expect(tokens.allSatisfy { Set($0.keys) == ["logProbability", "token"] })
      }
      // Greedy: the first token is the likeliest next one.
      let next = try #require((prompt["next"] as? [[String: Any]])?.first?["token"] as? [String: Any])
      let first = try #require((generated["before"]?["tokens"] as? [[String: Any]])?.first)
      #expect((first["token"] as? [String: Any])?["id"] as? Int == next["id"] as? Int)
    }
  }

  /// Of one token left there is nothing to draw.
  @Test func samplingIsRepeatableAndFiltersAct() throws {
    let arguments = ["--prompt", "in 12", "--generate", "12", "--json"]
    let sampled = arguments + ["--temperature", "1.5", "--top-p", "0.9", "--typical", "0.95"]
    #expect(try run(sampled + ["--seed", "1"]).output == run(sampled + ["--seed", "1"]).output)
    let drawn = try (0..<4).map { try run(sampled + ["--seed", "\($0)"]).output }
    #expect(Set(drawn).count > 1)
    #expect(try run(sampled).output == drawn[0])
    #expect(try run(arguments + ["--top-k", "1", "--seed", "9"]).output == run(arguments).output)
  }

  @Test(arguments: [
    (["--generate", "0"], "--generate: expected at least 1, found 0."),
    (["--generate", "-3"], "--generate: expected at least 1, found -3."),
    (["--generate", "many"], "The value 'many' is invalid for '--generate <N>'"),
    (["--temperature", "1"], "--temperature says how --generate chooses tokens: give --generate N."),
    (["--seed", "1"], "--seed says how --generate chooses tokens: give --generate N."),
    (
      ["--generate", "2", "--temperature", "0"], "--temperature: expected a finite number above 0, found 0.0."
    ),
    (
      ["--generate", "2", "--temperature", "-1"],
      "--temperature: expected a finite number above 0, found -1.0."
    ),
    (
      ["--generate", "2", "--temperature", "nan"],
      "--temperature: expected a finite number above 0, found nan."
    ),
    (["--generate", "2", "--top-k", "0"], "--top-k: expected 1 or more, found 0."),
    (["--generate", "2", "--top-p", "1.5"], "--top-p: expected a number above 0, at most 1, found 1.5."),
    (["--generate", "2", "--typical", "0"], "--typical: expected a number above 0, at most 1, found 0.0."),
    (["--generate", "2", "--seed", "-1"], "The value '-1' is invalid for '--seed <S>'"),
  ])
  func usageIs64(_ arguments: [String], _ text: String) throws {
    let outcome = try run(["--prompt", "in 12"] + arguments)
    #expect(outcome.code == 64 && outcome.output == "", "\(outcome)")
    #expect(outcome.errors.contains(text), "\(outcome)")
  }

  @Test func whatDoesNotFitTheModelIs65() throws {
    let outcome = try run(["--prompt", "in 12", "--generate", "2", "--zero", "resid_post.1@4"])
    #expect(outcome.code == 65 && outcome.output == "", "\(outcome)")
    #expect(outcome.errors.contains("position 4 lies outside the sequence of 4"), "\(outcome)")
  }
}
