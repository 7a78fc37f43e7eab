import Foundation
import ProbeAnalysis

/// Where stores and outputs lie unless told otherwise.
enum StoreLocation {
  /// `.probe/NAME.sqlite` below the working directory.
  static func usual(_ name: String) -> String { ".probe/\(name).sqlite" }

  /// Makes the folder that a file is to be written into.
  ///
  /// - Throws: ``SpecError`` `.cannotWrite`.
  static func makeFolder(of file: String) throws(SpecError) {
    let folder = (file as NSString).deletingLastPathComponent
    guard !folder.isEmpty else { return }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw SpecError(
        .cannotWrite, at: folder,
        "the folder cannot be made: \((error as NSError).localizedDescription)",
        advice: "Choose another place")
    }
  }

  /// Writes a whole file, or none: readers never see half of it.
  ///
  /// - Throws: ``SpecError`` `.cannotWrite`.
  static func write(_ data: Data, to file: String) throws(SpecError) {
    try makeFolder(of: file)
    do {
      try data.write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw SpecError(
        .cannotWrite, at: file, "the file cannot be written: \((error as NSError).localizedDescription)")
    }
  }
}
