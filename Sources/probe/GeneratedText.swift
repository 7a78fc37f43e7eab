import ProbeAnalysis
import ProbeReport

/// Generated text for a terminal: as it is, or before and after interventions side by side.
struct GeneratedText {
  private let generated: PromptRun.Outcome.Generated

  /// Characters of a column.
  private static let width = 46

  init(_ generated: PromptRun.Outcome.Generated) { self.generated = generated }

  /// Line ends of the text end lines; nothing else in it steers the terminal.
  var text: String {
    guard let after = generated.after else {
      return Self.lines(generated.before.text).joined(separator: "\n") + "\n" + Self.ending(generated.before)
    }
    let columns = [("before", generated.before), ("after", after)].map { title, continuation in
      [title] + Self.lines(continuation.text).flatMap(Self.wrapped) + [Self.ending(continuation)]
    }
    let height = columns.map { $0.count }.max() ?? 0
    return (0..<height).map { row in
      // The endings stand side by side.
      let cells = columns.map { column in
        row == height - 1 ? column[column.count - 1] : row < column.count - 1 ? column[row] : ""
      }
      guard !cells[1].isEmpty else { return cells[0] }
      return cells[0] + String(repeating: " ", count: max(0, Self.width + 2 - cells[0].count)) + cells[1]
    }.joined(separator: "\n")
  }

  private static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { TerminalText.line(String($0)) }
  }

  /// Lines of at most a column's width, broken at blanks where there are any.
  private static func wrapped(_ line: String) -> [String] {
    var (lines, rest) = ([String](), line[...])
    while rest.count > width {
      let part = rest.prefix(width + 1)
      // A blank that a line breaks at goes with it.
      if let blank = part.lastIndex(of: " "), blank > part.startIndex {
        lines.append(String(rest[..<blank]))
        rest = rest[rest.index(after: blank)...]
      } else {
        lines.append(String(rest.prefix(width)))
        rest = rest.dropFirst(width)
      }
    }
    return lines + [String(rest)]
  }

  /// `[20 tokens]`, `[3 tokens, stop token]`
  private static func ending(_ continuation: PromptRun.Outcome.Continuation) -> String {
    let count = continuation.tokens.count == 1 ? "1 token" : "\(continuation.tokens.count) tokens"
    let reason =
      switch continuation.ending {
      case "stopToken": ", the last a stop token"
      case "contextFull": ", the context is full"
      default: ""
      }
    return "[\(count)\(reason)]"
  }
}
