import ArgumentParser
import Foundation
import ProbeModel
import ProbeSyntax

/// `probe corpus`: functions of source trees as a corpus.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Collect the functions of source trees into a corpus for questions about syntax.",
    discussion: """
      Comments, docstrings and blank lines are left out, and so are copies. The split is by file. The same files and \
      options give the same corpus. Example:
        probe corpus python --from /usr/lib/python3.11 --exclude test --limit 2400 --out python-functions.jsonl
      """)

  @Argument(help: "\(SourceLanguages.all.map(\.name).joined(separator: ", ")).")
  var language: String
  @Option(parsing: .upToNextOption, help: ArgumentHelp("Folders to look into.", valueName: "dir"))
  var from: [String]
  @Option(help: ArgumentHelp("The corpus (.jsonl).", valueName: "file"))
  var out: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Names of files and folders to leave out, with * and ?.", valueName: "pattern"))
  var exclude: [String] = []
  @Option(
    help: ArgumentHelp("Keep at most this many functions, of as many files as there are.", valueName: "n"))
  var limit: Int?
  @Option(help: ArgumentHelp("Keep at most this many functions of a file.", valueName: "n"))
  var maxPerFile: Int?
  @Option(help: ArgumentHelp("The most characters of a function, blanks not counted.", valueName: "n"))
  var maxCharacters = 510
  @Option(help: ArgumentHelp("The fewest leaves of a function's tree.", valueName: "n"))
  var minLeaves = 2
  @Option(help: "Draws what the limits keep.")
  var seed: UInt64 = 0
  @Option(
    help: ArgumentHelp(
      "The licence of all files. LICENSE files and package.json beside or above them say it unless given.",
      valueName: "text"))
  var license: String?
  @Option(help: ArgumentHelp("Also write the texts of the licences that were found.", valueName: "file"))
  var notices: String?
  @Flag(help: "Print what was kept, and why the rest was not, as JSON.")
  var json = false

  func validate() throws {
    guard SourceLanguages.all.contains(where: { $0.name == language }) else {
      throw ValidationError(
        "there is no language \(language). Known: \(SourceLanguages.all.map(\.name).joined(separator: ", "))")
    }
    guard out.hasSuffix(".jsonl") else {
      throw ValidationError("--out: the ending of a corpus is .jsonl, found \(out)")
    }
    let counts = [
      ("--limit", limit ?? 1), ("--max-per-file", maxPerFile ?? 1), ("--max-characters", maxCharacters),
      ("--min-leaves", minLeaves),
    ]
    for (name, count) in counts where count < 1 {
      throw ValidationError("\(name) is a number from 1 on, found \(count)")
    }
  }

  func run() throws {
    var settings = CorpusSettings(folders: from)
    (settings.excluded, settings.limit, settings.maximumPerFile) = (exclude, limit, maxPerFile)
    (settings.maximumCharacters, settings.minimumLeaves) = (maxCharacters, minLeaves)
    (settings.seed, settings.license) = (seed, license)
    let builder = CorpusBuilder(try Grammar(of: try SourceLanguages.named(language)), settings)
    let outcome = try builder.build { number, count in
      if number % 20 == 0 { Terminal.status("\(Terminal.count(number)) of \(Terminal.count(count)) files") }
    }
    Terminal.status(nil)
    if !outcome.functions.isEmpty {
      try StoreLocation.write(try outcome.jsonLines(), to: out)
      if let notices { try StoreLocation.write(Data(outcome.notices.utf8), to: notices) }
    }
    if json {
      try Terminal.output(json: CorpusSummary(outcome))
    } else {
      Terminal.output(CorpusTable(outcome).text)
    }
    guard !outcome.functions.isEmpty else {
      throw GrammarError(
        .badInput, at: from.joined(separator: ", "), "no function was kept: \(out) is not written",
        advice: "The table says why")
    }
    if outcome.tally.unlicensed > 0 {
      Terminal.message(
        "warning: no licence was found for \(Terminal.count(outcome.tally.unlicensed)) functions: "
          + "see whether you may pass them on, and name it with --license")
    }
  }
}

/// What `--json` prints.
private struct CorpusSummary: Encodable {
  let grammar: GrammarIdentity
  let tally: CorpusTally

  init(_ outcome: CorpusBuilder.Outcome) { (grammar, tally) = (outcome.grammar, outcome.tally) }
}
