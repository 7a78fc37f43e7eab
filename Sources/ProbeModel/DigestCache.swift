import Foundation

/// Digests of large files that were read before: a checkpoint of gigabytes is digested once, not at every run.
///
/// An entry holds for the files' paths, devices, inodes, sizes, modification and status-change times: a file that was
/// edited or replaced, with its size kept and its modification time set back, is digested anew. What cannot be told
/// apart by these is not kept: files that changed within the two seconds before they were digested (file systems keep
/// times in steps of up to two seconds) or while they were.
///
/// One small text file an entry, named after the SHA-256 of the path (of several files, of their paths one after the
/// other), is put into place whole. Anything else that lies there is ignored. No error of the cache is an error of
/// the run: without its folder, files are digested as if there were no cache. Whoever can write the folder can vouch
/// for any file, so it belongs to the user alone.
public struct DigestCache: Sendable {
  /// The cache of this process's user.
  public static let usual = DigestCache(environment: ProcessInfo.processInfo.environment)

  /// Where the entries lie: `$PROBE_CACHE`, else `$XDG_CACHE_HOME/probe`, else `~/.cache/probe`; nil for no cache.
  public let folder: String?
  /// Files with fewer bytes than this together are quicker digested than looked up.
  private let smallest: Int
  /// Whole seconds since 1970.
  private let now: @Sendable () -> Int

  /// - Parameters:
  ///   - environment: the variables that say where the folder is.
  ///   - smallest: bytes from which on digests are kept.
  ///   - now: the clock, whole seconds since 1970.
  public init(
    environment: [String: String], smallest: Int = 16 << 20,
    now: @escaping @Sendable () -> Int = { time(nil) }
  ) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The XDG base directory specification: paths in its variables must be absolute, others are ignored.
    let xdg = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    let caches = xdg ?? value("HOME").map { $0 + "/.cache" }
    folder = value("PROBE_CACHE") ?? caches.map { $0 + "/probe" }
    self.smallest = smallest
    self.now = now
  }

  /// SHA-256 over the files' bytes, one after the other, and `appendix`: the same as without a cache.
  public func digest(of files: [MappedFile], then appendix: String = "") -> String {
    let key = files.reduce(0) { $0 + $1.bytes.count } < smallest ? nil : Key(files, appendix)
    if let key, let known = read(key) { return known }
    let start = now()
    var digest = SHA256Digest()
    for file in files { digest.update(file.bytes) }
    digest.update(appendix.utf8)
    let result = digest.finish()
    // The same stamps again: nobody wrote meanwhile.
    if let key, key.isSettled(at: start), Key(files, appendix)?.text == key.text { write(result, key) }
    return result
  }

  // MARK: - Entries

  /// What an entry holds for.
  private struct Key {
    /// Name of the entry's file.
    let name: String
    /// The entry's first lines.
    let text: String
    private let stamps: [FileStamp]

    /// Nil for files that exist in memory only, and for those that are no longer what was mapped: neither their
    /// paths nor their stamps say anything of the bytes.
    init?(_ files: [MappedFile], _ appendix: String) {
      var lines = ["probe digest 1, followed by \(SHA256Digest.of(appendix))"]
      var paths: [String] = []
      var stamps: [FileStamp] = []
      for file in files {
        guard let stamp = file.stamp, FileStamp(path: file.path) == stamp,
          let path = Self.absolute(file.path)
        else { return nil }
        lines.append(
          "\(stamp.size) bytes, device \(stamp.device), inode \(stamp.inode), "
            + "modified \(Self.text(stamp.modified)), changed \(Self.text(stamp.changed)), \(path)")
        paths.append(path)
        stamps.append(stamp)
      }
      // No path holds a NUL, so that no two lists of paths share a name.
      name = SHA256Digest.of(paths.joined(separator: "\0"))
      text = lines.joined(separator: "\n") + "\n"
      self.stamps = stamps
    }

    /// Whether a change after `second` would show in the stamps.
    func isSettled(at second: Int) -> Bool {
      stamps.allSatisfy { max($0.modified.seconds, $0.changed.seconds) < second - 2 }
    }

    private static func absolute(_ path: String) -> String? {
      guard let resolved = realpath(path, nil) else { return nil }
      defer { free(resolved) }
      return String(cString: resolved)
    }

    private static func text(_ time: FileStamp.Time) -> String { "\(time.seconds) s \(time.nanoseconds) ns" }
  }

  /// The entry as it must be to the last byte: its own digest at the end finds out what was cut or garbled.
  private func entry(_ digest: String, _ key: Key) -> Data {
    let text = key.text + "sha256 \(digest)\n"
    return Data((text + "entry \(SHA256Digest.of(text))\n").utf8)
  }

  private func read(_ key: Key) -> String? {
    guard let folder else { return nil }
    let path = "\(folder)/\(key.name)"
    let start = key.text.utf8.count + "sha256 ".utf8.count
    let size = start + 64 + "\nentry \n".utf8.count + 64
    // Nothing large is read, whatever was put there.
    guard FileStamp(path: path)?.size == size, let found = try? readFile(path), found.count == size else {
      return nil
    }
    let digest = String(decoding: found[start..<(start + 64)], as: UTF8.self)
    return found == entry(digest, key) ? digest : nil
  }

  private func write(_ digest: String, _ key: Key) {
    guard let folder else { return }
    let manager = FileManager.default
    // As the XDG base directory specification wants it: nobody else reads or writes there.
    try? manager.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // Written beside its place and renamed: a reader sees all of it or none. Foundation's atomic writing leaves
    // its temporary files behind where several write the same file.
    var name = Array("\(folder)/\(key.name).XXXXXX".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0 else { return }
    let bytes = entry(digest, key)
    let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    let isWhole = close(file) == 0 && written == bytes.count
    if !isWhole || rename(name, "\(folder)/\(key.name)") != 0 { unlink(name) }
  }
}
