import Foundation
import ProbeAnalysis
import ProbeReport

/// A prompt run as text for a terminal.
struct PromptRunText {
  let outcome: PromptRun.Outcome

  init(_ outcome: PromptRun.Outcome) { self.outcome = outcome }

  /// The interventions, then one part a prompt.
  var text: String {
    let done = outcome.interventions.map { line($0) }.joined(separator: "\n")
    return ((done.isEmpty ? [] : [done]) + outcome.prompts.map { part($0) }).joined(separator: "\n\n")
  }

  private func line(_ applied: PromptRun.Outcome.Applied) -> String {
    var words = [applied.kind, TerminalText.line(applied.target)]
    if let coefficient = applied.coefficient { words.append("\(coefficient) ×") }
    if let direction = applied.direction { words.append(quoted(direction)) }
    if let minus = applied.minus { words.append("− \(quoted(minus))") }
    let count = applied.points.count
    return words.joined(separator: " ") + (count == 1 ? "" : " (\(count) points)")
  }

  private func quoted(_ text: String) -> String { "\"\(TerminalText.line(text))\"" }

  private func part(_ prompt: PromptRun.Outcome.Prompt) -> String {
    let tokens = prompt.tokens.count == 1 ? "1 token" : "\(prompt.tokens.count) tokens"
    var lines = ["\(quoted(prompt.text)), \(tokens)"]
    lines += [prompt.generated.map { GeneratedText($0).text } ?? Terminal.table(rows(prompt.next))]
    for (name, followed) in [("answer", prompt.answer), ("against", prompt.against)] {
      if let followed { lines.append(line(name, followed)) }
    }
    if let difference = prompt.logitDifference {
      lines.append("logit difference " + change(difference.before, difference.after, difference.effect))
    }
    if let divergence = prompt.divergence { lines.append("KL(before ‖ after) \(number(divergence)) nats") }
    return lines.joined(separator: "\n")
  }

  private func rows(_ changes: [PromptRun.Outcome.Change]) -> [[String]] {
    let hasEffect = changes.contains { $0.after != nil }
    let header = ["next token", hasEffect ? "before" : "probability"]
    return [header + (hasEffect ? ["after", "Δ ln p"] : [])]
      + changes.map { change in
        [TerminalText.token(change.token.text), probability(change.before)]
          + (change.after.map { [probability($0), signed(change.effect ?? 0)] } ?? [])
      }
  }

  private func line(_ name: String, _ followed: PromptRun.Outcome.Followed) -> String {
    let (token, change) = (followed.change.token, followed.change)
    let shown = TerminalText.token(token.text)
    let part =
      followed.tokenCount == 1
      ? shown : "\(shown), the first of \(followed.tokenCount) tokens of \(quoted(followed.text)),"
    return "\(name) \(part) ln p "
      + self.change(change.before.logProbability, change.after?.logProbability, change.effect)
      + ", rank \(change.before.rank)" + (change.after.map { " → \($0.rank)" } ?? "")
  }

  /// `5.31 → -0.24, effect -5.55`
  private func change(_ before: Double, _ after: Double?, _ effect: Double?) -> String {
    guard let after, let effect else { return number(before) }
    return "\(number(before)) → \(number(after)), effect \(signed(effect))"
  }

  private func probability(_ state: PromptRun.Outcome.State) -> String {
    state.probability >= 1e-4 ? number(state.probability) : String(format: "%.0e", state.probability)
  }

  private func number(_ value: Double) -> String { String(format: "%.4f", value) }
  private func signed(_ value: Double) -> String { String(format: "%+.4f", value) }
}
