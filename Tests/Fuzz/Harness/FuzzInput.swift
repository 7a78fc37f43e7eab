import Foundation

/// One input of a reader: the bytes of a file, and the name of the seed that they were made from.
///
/// A seed is named `MODEL.WHAT.EXTENSION` or `NAME.EXTENSION`; what stands before the first dot says which files
/// stand beside the input when its reader needs some.
public struct FuzzInput: Sendable {
  /// The seed's file name.
  public let name: String
  /// The file's content.
  public var bytes: [UInt8]

  /// Makes an input.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Reads a file; its name is the seed's.
  public init(path: String) throws {
    name = (path as NSString).lastPathComponent
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// What stands before the first dot of the name.
  public var stem: String { String(name.prefix { $0 != "." }) }
}

/// Where the seeds lie.
public struct FuzzFolder: Sendable {
  /// The folder with the project's fixtures.
  public let fixtures: String

  /// `fixtures` is the path of `Tests/Fixtures`.
  public init(fixtures: String) { self.fixtures = fixtures }

  /// The seeds in `fuzz/NAME`, in the order of their names.
  func seeds(_ name: String) throws -> [FuzzInput] { try files("fuzz/\(name)", ending: "") }

  /// The fixtures in a folder whose names end so, in the order of their names.
  func files(_ folder: String, ending: String) throws -> [FuzzInput] {
    let path = "\(fixtures)/\(folder)"
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      .filter { !$0.hasPrefix(".") && $0.hasSuffix(ending) }
      .map { try FuzzInput(path: "\(path)/\($0)") }
  }

  /// The folders of tiny models that hold a file `name`, sorted.
  func models(with name: String) -> [String] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: "\(fixtures)/models")) ?? []
    return folders.sorted().filter {
      FileManager.default.fileExists(atPath: "\(fixtures)/models/\($0)/\(name)")
    }
  }

  /// The files `name` of tiny models, each named after its model.
  func modelFiles(_ name: String) throws -> [FuzzInput] {
    let ending = (name as NSString).pathExtension
    return try models(with: name).map { model in
      FuzzInput(name: "\(model).\(ending)", bytes: try FuzzInput(path: "\(self.model(model))/\(name)").bytes)
    }
  }

  /// The path of a tiny model's folder.
  func model(_ name: String) -> String { "\(fixtures)/models/\(name)" }
}
