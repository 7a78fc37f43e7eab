import ArgumentParser

/// `probe store`: what concerns a store as a whole.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Put activations from elsewhere into a store.",
    subcommands: [StoreImportCommand.self])
}
