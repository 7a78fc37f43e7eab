import Foundation
import ProbeMath
import ProbeModel

extension HealthCheck {
  /// Prompts with one obvious continuation. A model that was trained on English and is computed rightly gives most of them.
  ///
  /// Judged gently, since small models and models of other languages miss some:
  /// ok when at least half of the answers come first; not applicable when the mean −ln p(answer) is no better than
  /// 0.7 · ln dVocab, as with random weights (guessing evenly: ln dVocab, and more for who guesses unevenly); a warning in
  /// between.
  static let knownAnswers = HealthCheck(
    "known-answers", claim: "obvious continuations come first"
  ) { patient in
    guard let score = try AnswerScore(patient.model) else {
      return .notApplicable(AnswerScore.absence(patient.model))
    }
    let right = score.answers.filter { $0.rank == 0 }.count
    let table = DetailTable(
      ["prompt", "answer", "rank", "probability", "first"],
      score.answers.map {
        [
          .text($0.prompt), .text($0.answer), .number(Double($0.rank + 1)), .number($0.probability),
          .text($0.first),
        ]
      })
    let figures: [CheckResult.Figure] = [
      .init("prompts", Double(score.answers.count)), .init("right", Double(right)),
      .init("mean -ln p(answer)", score.surprise, unit: "nats"),
      .init("ln dVocab", score.guessing, unit: "nats"),
    ]
    let found =
      "\(right) of \(score.answers.count) right, mean −ln p(answer) \(score.surprise.brief) nats"
      + " (guessing evenly: \(score.guessing.brief))"
    let expected = "at least half right"
    if score.knowsSomething, 2 * right >= score.answers.count {
      return CheckResult(.ok, found: found, expected: expected, figures: figures, details: table)
    }
    guard score.knowsSomething else {
      return CheckResult(
        .notApplicable, found: "the model knows nothing: \(found)", expected: expected,
        advice:
          "Expected of random weights. If the model was trained, it is read wrongly: compare with --reference",
        figures: figures, details: table)
    }
    return CheckResult(
      .warning, found: found, expected: expected,
      advice:
        "A small model, or one of another language or domain; if it is neither, compare with --reference",
      figures: figures, details: table)
  }
}

/// How a model continues prompts whose answer everybody knows.
struct AnswerScore {
  /// One prompt's answer.
  struct Answer {
    let prompt: String
    let answer: String
    /// How many tokens the model holds for likelier.
    let rank: Int
    let probability: Double
    /// The likeliest token.
    let first: String
  }

  let answers: [Answer]
  /// Mean −ln p(answer), in nats.
  let surprise: Double
  /// ln dVocab: the surprise of guessing evenly.
  let guessing: Double

  /// Whether the answers are likelier than by guessing; see ``HealthCheck/knownAnswers``.
  var knowsSomething: Bool { surprise < 0.7 * guessing }

  /// Why a model cannot be asked.
  static func absence(_ model: HookedTransformer) -> String {
    guard model.has(HookPoint(.logits)) else {
      return "the checkpoint has no head that scores the vocabulary"
    }
    guard model.tokenizer != nil else { return "the checkpoint has no tokenizer" }
    return "the tokenizer cannot put the prompts"
  }

  /// nil for a model without head or tokenizer, or whose tokenizer takes the prompts apart in another way.
  init?(_ model: HookedTransformer) throws {
    guard let tokenizer = model.tokenizer, model.has(HookPoint(.logits)) else { return nil }
    let questions = try Question.all(model, tokenizer)
    guard !questions.isEmpty else { return nil }
    let batch = TokenBatch(questions.map { $0.tokens })
    let lens = try model.logitLens(
      batch, at: [.residPost(model.config.nLayers - 1)],
      rows: questions.indices.map { batch.rows(of: $0).lowerBound + questions[$0].position },
      tokens: questions.map { [$0.answer] }, top: 1, in: model.makeWorkspace(threads: availableProcessors))
    answers = questions.enumerated().map { row, question in
      let first = lens.top(point: 0, row: row).first?.token
      return Answer(
        prompt: question.prompt, answer: tokenizer.piece(question.answer) ?? "",
        rank: lens.rank(point: 0, row: row, token: 0),
        probability: exp(Double(lens.logProbabilities.elements[row])),
        first: first.flatMap { tokenizer.piece($0) } ?? "")
    }
    surprise = -lens.logProbabilities.elements.reduce(0) { $0 + Double($1) } / Double(questions.count)
    guessing = log(Double(model.config.dVocab))
  }
}

/// A prompt as tokens, and where the answer is looked for.
struct Question {
  let prompt: String
  let tokens: [Int]
  /// Row whose logits are read.
  let position: Int
  let answer: Int

  private static let prompts: [(before: String, answer: String, after: String)] = [
    ("The capital of France is", " Paris", "."),
    ("Monday, Tuesday, Wednesday, Thursday,", " Friday", ", Saturday."),
    ("one two three four five six", " seven", " eight."),
    ("The opposite of hot is", " cold", "."),
    ("The red fox ran. The red fox slept. The red", " fox", " ate."),
    ("Once upon a time, there", " was", " a king."),
  ]

  /// The prompts that this tokenizer can put.
  static func all(_ model: HookedTransformer, _ tokenizer: Tokenizer) throws -> [Question] {
    let (limit, size) = (model.config.nContext, model.config.dVocab)
    return try prompts.compactMap { prompt in
      let question =
        model.config.masking == .causal
        ? try continued(prompt.before, prompt.answer, tokenizer)
        : try masked(prompt.before, prompt.answer, prompt.after, tokenizer)
      guard let question, question.tokens.count <= limit,
        (question.tokens + [question.answer]).allSatisfy({ $0 < size })
      else { return nil }
      return question
    }
  }

  /// The answer's first token follows the prompt's last one.
  static func continued(_ before: String, _ answer: String, _ tokenizer: Tokenizer) throws
    -> Question?
  {
    let pair = try tokenizer.encode(prompt: before, continuation: answer)
    guard pair.sharedByteCount == 0, !pair.prompt.isEmpty, let first = pair.continuation.first else {
      return nil
    }
    return Question(prompt: before, tokens: pair.prompt, position: pair.prompt.count - 1, answer: first)
  }

  /// A mask stands where the answer's one token was.
  static func masked(
    _ before: String, _ answer: String, _ after: String, _ tokenizer: Tokenizer
  ) throws -> Question? {
    guard let mask = tokenizer.id("[MASK]") ?? tokenizer.id("<mask>"), let piece = tokenizer.piece(mask)
    else {
      return nil
    }
    let prompt = "\(before) \(piece)\(after)"
    let (hidden, whole) = (
      try tokenizer.encode(prompt).ids, try tokenizer.encode(before + answer + after).ids
    )
    guard hidden.count == whole.count, let position = hidden.firstIndex(of: mask) else { return nil }
    return Question(prompt: prompt, tokens: hidden, position: position, answer: whole[position])
  }
}
