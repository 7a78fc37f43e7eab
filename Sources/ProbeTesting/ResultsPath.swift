import Foundation
import ProbeAnalysis

/// Where a file that a test names lies.
enum ResultsPath {
  /// An absolute path as it is; a relative one below the working directory, else below the package (the nearest folder
  /// above the test's source file with a `Package.swift`): test runners differ in where they start.
  ///
  /// - Throws: ``SpecError`` `.notFound` that names the places looked at.
  static func resolve(_ file: String, caller: String) throws(SpecError) -> String {
    let files = FileManager.default
    if (file as NSString).isAbsolutePath || files.fileExists(atPath: file) { return file }
    let root = packageRoot(of: caller)
    if let root {
      let path = (root as NSString).appendingPathComponent(file)
      if files.fileExists(atPath: path) { return path }
    }
    throw SpecError(
      .notFound, at: file,
      "no such file below \(files.currentDirectoryPath)" + (root.map { " or the package at \($0)" } ?? ""),
      advice: "`probe analyze` writes results")
  }

  /// The nearest folder above a file that holds a `Package.swift`.
  static func packageRoot(of file: String) -> String? {
    var folder = (file as NSString).deletingLastPathComponent
    while folder.count > 1 {
      if FileManager.default.fileExists(atPath: (folder as NSString).appendingPathComponent("Package.swift"))
      {
        return folder
      }
      folder = (folder as NSString).deletingLastPathComponent
    }
    return nil
  }
}
