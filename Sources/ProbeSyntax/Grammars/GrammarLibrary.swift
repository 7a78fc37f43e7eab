import CTreeSitter
import Foundation

/// Finds grammars on this machine.
///
/// A grammar NAME is looked for in this order, and the first library that exports `tree_sitter_NAME` is taken:
/// 1. `$PROBE_GRAMMARS`: a shared library, or a folder;
/// 2. `.probe/grammars` below the working directory, then below each folder above it;
/// 3. the system's library path, as `libtree-sitter-NAME.so`.
///
/// In a folder: `tree-sitter-NAME.so`, `libtree-sitter-NAME.so`, then `languages.so`, which holds many.
public struct GrammarLibrary: Sendable {
  /// What the environment names; nil for nothing.
  private let named: String?
  /// Folders below and above the working directory.
  private let folders: [String]

  /// Grammars as this process finds them.
  public static var usual: GrammarLibrary {
    GrammarLibrary(
      environment: ProcessInfo.processInfo.environment,
      workingDirectory: FileManager.default.currentDirectoryPath)
  }

  /// A search path.
  ///
  /// - Parameters:
  ///   - environment: the variables, of which `PROBE_GRAMMARS` is read.
  ///   - workingDirectory: an absolute path.
  public init(environment: [String: String], workingDirectory: String) {
    named = environment["PROBE_GRAMMARS"].flatMap { $0.isEmpty ? nil : $0 }
    var (folders, folder) = ([String](), workingDirectory)
    while folder.hasPrefix("/") {
      folders.append(folder == "/" ? "/.probe/grammars" : folder + "/.probe/grammars")
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { break }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
    self.folders = folders
  }

  /// The grammar of a language.
  ///
  /// - Throws: ``GrammarError``: `.notFound` with the places that were searched; `.notALibrary`, `.missingSymbol` or
  ///   `.unsupportedABI` when there was a library that does not serve, and none that does.
  public func grammar(of language: SourceLanguage) throws(GrammarError) -> Grammar {
    var problem: GrammarError?
    for path in try candidates(language) where FileManager.default.fileExists(atPath: path) {
      do throws(GrammarError) {
        return try Grammar(of: language, library: path)
      } catch {
        // What is nearest to hand is what the reader must hear about.
        problem = problem ?? error
      }
    }
    if let grammar = try system(language) { return grammar }
    throw problem
      ?? GrammarError(
        .notFound, at: "grammar of \(language.name)",
        "no library of it lies in \((named.map { [$0] } ?? []).joined())\(named == nil ? "" : ", ")"
          + ".probe/grammars of this folder or of one above it, or in the system's library path",
        advice: Self.advice)
  }

  static let advice = "Get it with scripts/fetch-grammars.sh, or name a library with PROBE_GRAMMARS"

  /// Files that may hold the grammar, in the order of the search.
  private func candidates(_ language: SourceLanguage) throws(GrammarError) -> [String] {
    var paths: [String] = []
    if let named {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: named, isDirectory: &isFolder) else {
        throw GrammarError(
          .notFound, at: named, "PROBE_GRAMMARS names a library or a folder, and nothing lies there",
          advice: "Get it with scripts/fetch-grammars.sh, or unset PROBE_GRAMMARS")
      }
      paths += isFolder.boolValue ? Self.files(in: named, language) : [named]
    }
    return paths + folders.flatMap { Self.files(in: $0, language) }
  }

  private static func files(in folder: String, _ language: SourceLanguage) -> [String] {
    ["tree-sitter-\(language.name).so", "libtree-sitter-\(language.name).so", "languages.so"]
      .map { (folder as NSString).appendingPathComponent($0) }
  }

  private func system(_ language: SourceLanguage) throws(GrammarError) -> Grammar? {
    let name = "libtree-sitter-\(language.name).so"
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
    return try Grammar(of: language, in: library, path: name)
  }
}
