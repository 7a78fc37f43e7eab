import Foundation
import Testing

/// `probe run` on SmolLM2.
@Suite(.enabled(if: SmolLM2.isTested)) struct RunRealModelTests {
  private func json(_ arguments: [String]) throws -> [String: Any] {
    let outcome = try Probe.run(["run", SmolLM2.path, "--json"] + arguments, in: Folder())
    try #require(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  /// Golden tokens of Hugging Face's `generate(do_sample=False)` with the same weights.
  @Test func greedyTextIsTheReferences() throws {
    struct Golden: Decodable {
      let texts: [String]
      let continuations: [[Int]]
    }
    var file = URL(fileURLWithPath: #filePath)
    for _ in 0..<2 { file.deleteLastPathComponent() }
    file.appendPathComponent("Fixtures/generation/smollm2.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let root = try json(
      golden.texts.flatMap { ["--prompt", $0] } + ["--sentinel", "bos", "--generate", "16"])
    let prompts = try #require(root["prompts"] as? [[String: Any]])
    let found = prompts.map { prompt -> [Int]? in
      let generated = prompt["generated"] as? [String: [String: Any]]
      return (generated?["before"]?["tokens"] as? [[String: Any]])?.compactMap {
        ($0["token"] as? [String: Any])?["id"] as? Int
      }
    }
    #expect(found == golden.continuations)
  }

  /// Hugging Face with a forward hook that replaces this head's output at the last position moves the difference from
  /// 7.3125 to −5.4409.
  @Test func aSweepFindsTheHeadThatCarriesTheCountry() throws {
    let root = try json([
      "--prompt", "The capital of France is", "--source", "The capital of Italy is", "--answer", " Paris",
      "--against", " Rome", "--sweep", "attn.z.{22..24}",
    ])
    let share = try #require(root["share"] as? [[Double]])
    let places = share.enumerated().flatMap { row in row.element.enumerated().map { (row.offset, $0.offset) }
    }
    let largest = try #require(places.max { abs(share[$0.0][$0.1]) < abs(share[$1.0][$1.1]) })
    #expect(largest == (1, 4))
    let prompt = try #require((root["prompts"] as? [[String: Any]])?.first)
    let text = try #require(prompt["prompt"] as? [String: Any])
    // Two logits of about 16, each within 1e-3 of its size (docs/numerics.md): |Δ| ≤ 0.032.
    #expect(abs(try #require(text["logitDifference"] as? Double) - 7.3125) <= 0.032)
    let patched = try #require(prompt["patched"] as? [[Double]])
    // The sweep's patch replaces the other positions of the head as well: Rome it is all the same.
    #expect(patched[1][4] < 0)
  }
}
