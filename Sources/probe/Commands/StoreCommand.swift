import ArgumentParser

/// `probe store`: what concerns a store as a whole.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "List, verify, merge stores; put activations from elsewhere into one.",
    subcommands: [
      StoreListCommand.self, StoreVerifyCommand.self, StoreMergeCommand.self, StoreImportCommand.self,
    ])
}
