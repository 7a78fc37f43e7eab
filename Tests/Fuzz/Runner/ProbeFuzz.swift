import ArgumentParser

/// Feeds changed files to the readers of ProbeModel until one of them fails.
@main
struct ProbeFuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe-fuzz",
    abstract: "Feeds changed files to every reader and reports traps, hangs, memory and stray errors.",
    subcommands: [RunCommand.self, ReplayCommand.self, SelfTestCommand.self, WorkerCommand.self],
    defaultSubcommand: RunCommand.self)
}
