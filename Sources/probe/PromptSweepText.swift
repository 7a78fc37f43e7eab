import Foundation
import ProbeAnalysis
import ProbeReport

/// A patching sweep as text for a terminal: layers down, positions or heads across.
struct PromptSweepText {
  private let outcome: PromptSweep.Outcome
  private let showsChanges: Bool

  init(_ outcome: PromptSweep.Outcome, showsChanges: Bool) {
    (self.outcome, self.showsChanges) = (outcome, showsChanges)
  }

  /// What was patched, the prompts, and the table.
  var text: String {
    let (noun, values) = (
      String(outcome.over.dropLast()),
      showsChanges ? "change of the logit difference" : "share of the way to the source"
    )
    let title = "patch \(outcome.site) over layers and \(outcome.over): \(values)"
    let prompts = outcome.prompts.map(part).joined(separator: "\n\n")
    return [title, prompts, Terminal.table(rows(noun)), largest(noun)].joined(separator: "\n\n")
  }

  private func part(_ prompt: PromptSweep.Outcome.Prompt) -> String {
    let tokens = [prompt.prompt, prompt.source].map { $0.tokens.map { TerminalText.token($0.text) } }
    let pairs = zip(tokens[0], tokens[1]).enumerated().map { index, pair in
      "\(index) \(pair.0)" + (pair.0 == pair.1 ? "" : " ← \(pair.1)")
    }
    let names = [outcome.answer, outcome.against].map { TerminalText.token($0.token.text) }
    return """
      "\(TerminalText.line(prompt.prompt.text))" ← "\(TerminalText.line(prompt.source.text))"
      \(pairs.joined(separator: "  "))
      logit(\(names[0])) − logit(\(names[1])) \(number(prompt.prompt.logitDifference, 4)), \
      the source's \(number(prompt.source.logitDifference, 4))
      """
  }

  private func rows(_ noun: String) -> [[String]] {
    let header = ["layer \\ \(noun)"] + (0..<outcome.places).map { "\($0)" }
    return [header]
      + zip(outcome.layers, values).map { layer, row in
        ["\(layer)"] + row.map { $0.map { number($0, 2) } ?? "–" }
      }
  }

  private var values: [[Double?]] { showsChanges ? outcome.change.map { $0.map { $0 } } : outcome.share }

  /// The place with the greatest effect in either direction.
  private func largest(_ noun: String) -> String {
    let places = zip(outcome.layers, values).flatMap { layer, row in
      row.enumerated().map { (layer: layer, place: $0.offset, value: $0.element) }
    }
    var best: (layer: Int, place: Int, value: Double)?
    for place in places {
      guard let value = place.value, abs(value) > abs(best?.value ?? 0) else { continue }
      best = (place.layer, place.place, value)
    }
    guard let best else { return "no patch has an effect" }
    return "largest: layer \(best.layer), \(noun) \(best.place): \(number(best.value, 4))"
  }

  /// Without a minus before what rounds to 0.
  private func number(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    return text.allSatisfy { "-0.".contains($0) } ? text.replacing("-", with: "") : text
  }
}
