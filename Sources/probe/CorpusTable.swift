import ProbeSyntax

/// What was collected and what was not, as text for a terminal.
struct CorpusTable {
  let outcome: CorpusBuilder.Outcome

  init(_ outcome: CorpusBuilder.Outcome) { self.outcome = outcome }

  /// Files, then functions by what became of them, then the corpus.
  var text: String {
    let tally = outcome.tally
    var rows = [["files", count(tally.files)]]
    rows += [
      ("not readable", tally.unreadable), ("not UTF-8", tally.notUTF8),
      ("too large to parse", tally.refused),
    ].filter { $0.1 > 0 }.map { ["  " + $0.0, count($0.1)] }
    rows.append(["functions", count(tally.functions)])
    rows += CorpusTally.Reason.allCases.filter { tally.count($0) > 0 }.map { reason in
      ["  " + Self.words(reason), count(tally.count(reason))]
    }
    rows.append(["  kept", count(tally.kept)])
    rows += CollectedFunction.Part.allCases.map { part in
      ["    \(part.rawValue)", count(tally.parts[part.rawValue] ?? 0)]
    }
    rows.append(["files that they are of", count(tally.keptFiles)])
    rows.append(["leaves of a function, mean", count(tally.kept > 0 ? tally.leaves / tally.kept : 0)])
    return Terminal.table(rows)
  }

  private func count(_ number: Int) -> String { Terminal.count(number) }

  private static func words(_ reason: CorpusTally.Reason) -> String {
    switch reason {
    case .nested: "inside one that is kept"
    case .broken: "do not parse"
    case .onlyDocstring: "nothing but a docstring"
    case .noFunction: "no function on their own"
    case .tooLong: "too long"
    case .tooFewLeaves: "too few leaves"
    case .duplicate: "the text of another"
    case .nearDuplicate: "another but for names and literals"
    case .overPerFile: "over --max-per-file"
    case .overLimit: "over --limit"
    }
  }
}
