import Foundation
import ProbeAnalysis
import ProbeStore

/// Where stores and outputs lie unless told otherwise.
enum StoreLocation {
  /// `.probe/NAME.sqlite` below the working directory.
  static func usual(_ name: String) -> String { ".probe/\(name).sqlite" }

  /// Opens a store for writing, made when it is not there, and closes it whatever happens: the one file is the whole
  /// store then. Says so where readers have to wait for the writer.
  ///
  /// - Throws: ``SpecError`` `.cannotWrite` or ``StoreError`` when it cannot be opened, and what `body` throws.
  static func withStore<Value>(_ path: String, _ body: (ActivationStore) throws -> Value) throws -> Value {
    try makeFolder(of: path)
    let store = try ActivationStore(path)
    // What was committed is on the disk already; a log that could not be moved is moved by whoever opens next.
    defer { try? store.close() }
    if case .rollback(let system?) = store.journal {
      Terminal.message(
        "\(path) lies on a network file system (\(system)): readers may have to wait while a batch is committed. "
          + "Writing to a local disk and copying the file afterwards is faster")
    }
    return try body(store)
  }

  /// Whether two paths lead to one file: the same inode of the same device, links followed. False where one of them
  /// leads nowhere.
  static func areSame(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

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
