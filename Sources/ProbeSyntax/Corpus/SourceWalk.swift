import Foundation

/// The source files under some folders.
struct SourceWalk {
  /// One file.
  struct File {
    /// Where it lies.
    let path: String
    /// The path inside its folder; behind the folder's own name where there are several.
    let name: String
    /// The folder that was searched.
    let root: String
  }

  private(set) var files: [File] = []
  /// Folders that could not be listed.
  private(set) var unreadableFolders = 0

  /// Lists files in the order of their names, byte by byte. Symbolic links are not followed; names that begin with a
  /// dot are left out.
  ///
  /// - Throws: ``GrammarError`` `.noFolder` for a folder that is not there, `.badInput` for two of the same name.
  init(_ settings: CorpusSettings, endings: [String]) throws(GrammarError) {
    var prefixes: [String: String] = [:]
    for root in settings.folders {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
        throw GrammarError(.noFolder, at: root, "there is no such folder")
      }
      let own = URL(fileURLWithPath: root).standardizedFileURL.lastPathComponent
      if let other = prefixes.updateValue(root, forKey: own) {
        throw GrammarError(
          .badInput, at: root, "has the same name as \(other), so that their files could not be told apart",
          advice: "Search a folder that holds both")
      }
      list(root, prefix: settings.folders.count > 1 ? own + "/" : "", settings.excluded, endings)
    }
  }

  private mutating func list(_ root: String, prefix: String, _ excluded: [String], _ endings: [String]) {
    // A stack of what is still to be seen, its top the next in order.
    var pending = [""]
    while let inside = pending.popLast() {
      let path = inside.isEmpty ? root : root + "/" + inside
      guard inside.isEmpty || isFolder(path) else {
        files.append(File(path: path, name: prefix + inside, root: root))
        continue
      }
      guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        unreadableFolders += 1
        continue
      }
      let chosen = entries.filter { entry in
        guard !entry.hasPrefix("."), !excluded.contains(where: { fnmatch($0, entry, 0) == 0 }) else {
          return false
        }
        return kind(path + "/" + entry) == S_IFDIR
          || (kind(path + "/" + entry) == S_IFREG && endings.contains((entry as NSString).pathExtension))
      }
      pending += chosen.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.reversed()
        .map { inside.isEmpty ? $0 : inside + "/" + $0 }
    }
  }

  private func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

  /// The type of what lies there, of a link the link's own.
  private func kind(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
