import ArgumentParser
import Foundation
import ProbeModel
@_spi(Sources) import ProbeStore

/// A store of many tokens: opening, listing, one vector.
struct StoreMany: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "store-many")

  @Option var tokens = 10_000_000
  @Option var folder = "."

  struct Row: Encodable {
    let tokens: Int
    let storeBytes: Int
    let path: String
  }

  func run() throws {
    let path = folder + "/many.sqlite"
    let store = try ActivationStore(path)
    _ = try StoreSource.capture(tokens: tokens, points: [.residPost(0)], width: 8, length: 512).run(into: store)
    try store.close()
    try emit(Row(tokens: tokens, storeBytes: fileSize(path), path: path))
  }
}
