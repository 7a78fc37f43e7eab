import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Teacher-forced log-probabilities of continuations, and where a text parts into prompt and continuation.
@Suite struct ContinuationTests {
  @Test(arguments: ["gpt2", "llama-gqa", "llama-rope-dynamic", "phi3-longrope", "bloom", "gemma2"])
  func theyAreTheSumOfEachTokensLogProbability(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let pairs = [
      PromptedContinuation(prompt: [5, 17, 30], continuation: [3, 8, 9, 4]),
      PromptedContinuation(prompt: [21], continuation: [7]),
      PromptedContinuation(prompt: [2, 2], continuation: []),
      PromptedContinuation(prompt: [], continuation: []),
      PromptedContinuation(prompt: Array(1...20), continuation: [11, 12, 13]),
    ]
    let found = try model.logProbabilities(of: pairs, workspace: model.makeWorkspace())
    for (pair, value) in zip(pairs, found) {
      let tokens = pair.prompt + pair.continuation
      try #require(value.tokens.count == pair.continuation.count)
      guard !pair.continuation.isEmpty else {
        #expect(value.total == 0)
        continue
      }
      let logits = try #require(
        try model.activations(of: tokens, at: [HookPoint(.logits)])[HookPoint(.logits)])
      for (index, token) in pair.continuation.enumerated() {
        let row = logits[row: pair.prompt.count + index - 1].map { Double($0) }
        let top = row.max() ?? 0
        let expected = row[token] - top - log(row.reduce(0) { $0 + exp($1 - top) })
        // The logarithm of a sum of exponentials in float32, against Double.
        #expect(abs(value.tokens[index] - expected) <= 1e-5 * max(1, abs(expected)))
      }
      #expect(abs(value.total - value.tokens.reduce(0, +)) <= 1e-12)
    }
  }

  /// Over all continuations of two tokens the probabilities sum to 1.
  @Test func probabilitiesOfAllContinuationsSumToOne() throws {
    let model = try Fixture(name: "gpt-neox").model()
    let vocabulary = model.config.dVocab
    let pairs = (0..<vocabulary * vocabulary).map {
      PromptedContinuation(prompt: [3, 14], continuation: [$0 / vocabulary, $0 % vocabulary])
    }
    let found = try model.logProbabilities(of: pairs, workspace: model.makeWorkspace())
    #expect(abs(found.reduce(0) { $0 + exp($1.total) } - 1) <= 1e-5)
  }

  @Test func hooksAreSeen() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let zero = Hook(.residPost(model.config.nLayers - 1)) { $0.values.update(repeating: 0) }
    let uniform = Hook(HookPoint(.logits)) { $0.values.update(repeating: 0.5) }
    for hook in [zero, uniform] {
      let found = try model.logProbabilities(
        of: [PromptedContinuation(prompt: [1], continuation: [2, 3])], hooks: [hook],
        workspace: model.makeWorkspace())
      // Every token of 96 is as likely as any other.
      #expect(found[0].tokens.allSatisfy { abs($0 + log(96)) <= 1e-6 })
    }
  }

  @Test func aContinuationOfNothingIsRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let error = try modelError {
      try model.logProbabilities(
        of: [
          PromptedContinuation(prompt: [1], continuation: [2]),
          PromptedContinuation(prompt: [], continuation: [2]),
        ], workspace: model.makeWorkspace())
    }
    #expect(error.reason == .badInput && error.location == "prompt 1")
    #expect(error.problem == "has no tokens: nothing predicts the continuation's first one")
  }

  // MARK: Text

  @Test(.enabled(if: RealModel.smollm2.isTested)) func textPartsWhereTheContinuationBegins() throws {
    let tokenizer = try #require(try HookedTransformer.open(RealModel.smollm2.path).tokenizer)
    func ids(_ text: String) throws -> [Int] { try tokenizer.encode(text, sentinel: .none).ids }
    let (prompt, answer) = ("The capital of France is", " Paris")
    let whole = try tokenizer.encode(prompt: prompt, continuation: answer, sentinel: .bos)
    #expect(try whole.prompt == [1] + ids(prompt) && whole.continuation == ids(answer))
    #expect(whole.sharedByteCount == 0)
    // The space belongs to the token of the word: it is predicted with it, and the byte is counted.
    let spaced = try tokenizer.encode(prompt: prompt + " ", continuation: "Paris", sentinel: .bos)
    #expect(spaced.prompt == whole.prompt && spaced.continuation == whole.continuation)
    #expect(spaced.sharedByteCount == 1)
    // Cut inside a word: the whole word is predicted.
    let inside = try tokenizer.encode(prompt: prompt + " Par", continuation: "is", sentinel: .bos)
    #expect(inside.prompt == whole.prompt && inside.continuation == whole.continuation)
    #expect(inside.sharedByteCount == 4)
    let empty = try tokenizer.encode(prompt: prompt, continuation: "", sentinel: .none)
    #expect(try empty.prompt == ids(prompt) && empty.continuation.isEmpty && empty.sharedByteCount == 0)
    let all = try tokenizer.encode(prompt: "", continuation: answer, sentinel: .bos)
    #expect(try all.prompt == [1] && all.continuation == ids(answer))
  }

  /// Whatever the cut, prompt and continuation are the tokens of the whole.
  @Test func everyCutGivesTheTokensOfTheWhole() throws {
    let tokenizer = try #require(try Fixture(name: "llama-gguf-f32").model().tokenizer)
    let text = "the cat café naïve 12 \u{1F600} the"
    let scalars = Array(text.unicodeScalars)
    let ids = try tokenizer.encode(text, sentinel: .none).ids
    for cut in 0...scalars.count {
      var (before, after) = (String.UnicodeScalarView(), String.UnicodeScalarView())
      before.append(contentsOf: scalars[..<cut])
      after.append(contentsOf: scalars[cut...])
      let parts = try tokenizer.encode(
        prompt: String(before), continuation: String(after), sentinel: .none)
      #expect(parts.prompt + parts.continuation == ids, "cut at \(cut)")
      #expect((cut == scalars.count) == parts.continuation.isEmpty)
    }
  }

  // MARK: Stop tokens

  @Test func generationSettingsComeBeforeTheConfiguration() throws {
    let folder = try TemporaryFolder()
    let fixture = Fixture(name: "gpt2")
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(atPath: "\(fixture.path)/\(name)", toPath: "\(folder.path)/\(name)")
    }
    func stop(_ json: String) throws -> Set<Int> {
      try Data(json.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/generation_config.json"))
      return try HookedTransformer.open(folder.path).stopTokens()
    }
    #expect(try HookedTransformer.open(folder.path).stopTokens() == [2])
    #expect(try stop(#"{"eos_token_id": 7, "top_k": 3}"#) == [7])
    #expect(try stop(#"{"eos_token_id": [7, 9]}"#) == [7, 9])
    #expect(try stop(#"{"eos_token_id": null}"#) == [2])
    let error = try modelError { try stop(#"{"eos_token_id": ["</s>"]}"#) }
    #expect(error.reason == .wrongType)
    #expect(error.location == "\(folder.path)/generation_config.json: eos_token_id")
    #expect(error.problem == "expected a token id or a list of them, found a string")
    #expect(throws: ModelError.self) { try stop("{") }
  }

  @Test(.enabled(if: RealModel.smollm2.isTested)) func smolLM2EndsItsTurn() throws {
    // tokenizer.ggml.eos_token_id is <|im_end|>.
    #expect(try HookedTransformer.open(RealModel.smollm2.path).stopTokens() == [2])
  }
}
