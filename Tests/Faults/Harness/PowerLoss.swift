import Foundation
import ProbeMath

/// What a disk may hold when the power fails after some operation of a recorded run.
///
/// The rules are those that SQLite relies on. A sync of a file makes all of its earlier changes durable. Of the
/// changes since then any subset may be there, in sectors, whatever their order; bytes that nobody wrote keep their
/// value (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, as SQLite assumes on Linux). A file that was deleted may be back, until
/// the folder is synced: SQLite's VFS for Unix does that with the first sync of a new log or journal.
public struct PowerLoss {
  /// How much of what was not synced is there.
  public enum Survival: Sendable, CustomStringConvertible {
    /// Nothing.
    case nothing
    /// Everything: the process alone died.
    case everything
    /// Each sector of so many bytes with this probability.
    case sectors(of: Int, probability: Double)

    /// What is there, for messages.
    public var description: String {
      switch self {
      case .nothing: "nothing unsynced"
      case .everything: "everything unsynced"
      case .sectors(let size, let probability):
        "sectors of \(size) bytes unsynced with probability \(probability)"
      }
    }
  }

  /// One life of a file, from its making to its deletion.
  private struct Inode {
    var durable: [UInt8] = []
    /// Whether it was ever synced, and its folder with it.
    var isNamed = false
    var pending: [FaultPlan.Entry] = []
  }

  /// A file: what its name may lead to after a loss, the present state last. Nil stands for no file.
  private struct File {
    var candidates: [Inode?] = [nil]
  }

  private static let suffixes = ["", "-wal", "-journal"]
  private let plan: FaultPlan
  private var files = [File](repeating: File(), count: suffixes.count)
  /// Number of operations that have happened.
  public private(set) var position = 0

  /// The beginning of what `plan` notes about the database at `path`; what is there now is durable.
  public init(_ plan: FaultPlan, of path: String) {
    self.plan = plan
    for (index, suffix) in Self.suffixes.enumerated() {
      guard let data = FileManager.default.contents(atPath: path + suffix) else { continue }
      files[index].candidates = [Inode(durable: Array(data), isNamed: true)]
    }
  }

  /// Lets operations happen until `position` is `end`.
  public mutating func advance(to end: Int) {
    precondition(end >= position, "PowerLoss.advance(to: \(end)) from \(position)")
    while position < end {
      let entry = plan[position]
      position += 1
      let isNew = (files[entry.file].candidates.last ?? nil)?.isNamed == false
      Self.apply(entry, to: &files[entry.file])
      if entry.operation == .delete && entry.isSynced || entry.operation == .sync && entry.file > 0 && isNew {
        syncFolder()
      }
    }
  }

  /// The present files are what the names lead to, whatever happens.
  private mutating func syncFolder() {
    for index in files.indices { files[index].candidates.removeFirst(files[index].candidates.count - 1) }
  }

  private static func apply(_ entry: FaultPlan.Entry, to file: inout File) {
    switch entry.operation {
    case .read: break
    case .write, .truncate:
      var inode = (file.candidates.popLast() ?? nil)
      if inode == nil {
        file.candidates.append(nil)
        inode = Inode()
      }
      inode?.pending.append(entry)
      file.candidates.append(inode)
    case .sync:
      // A sync of a file that nobody wrote to makes nothing durable.
      guard var inode = file.candidates.removeLast() else {
        file.candidates.append(nil)
        return
      }
      for change in inode.pending { keep(change, in: &inode.durable) }
      inode.pending = []
      inode.isNamed = true
      file.candidates.append(inode)
    case .delete: file.candidates.append(nil)
    }
  }

  /// Writes what is left into the database at `path` and the files beside it.
  public func write(to path: String, _ survival: Survival, _ stream: inout RandomStream) throws {
    for (file, suffix) in zip(files, Self.suffixes) {
      let choice =
        switch survival {
        case .nothing: file.candidates[0]
        case .everything: file.candidates[file.candidates.count - 1]
        case .sectors: file.candidates[stream.index(below: file.candidates.count)]
        }
      guard var inode = choice else { continue }
      for change in inode.pending { Self.keep(change, in: &inode.durable, survival, &stream) }
      try Data(inode.durable).write(to: URL(fileURLWithPath: path + suffix))
    }
  }

  /// Carries out what survives of a change.
  private static func keep(
    _ change: FaultPlan.Entry, in bytes: inout [UInt8], _ survival: Survival, _ stream: inout RandomStream
  ) {
    switch survival {
    case .nothing: break
    case .everything: keep(change, in: &bytes)
    case .sectors(let size, let probability):
      if change.operation == .truncate {
        if stream.uniform() < probability { keep(change, in: &bytes) }
        return
      }
      var start = 0
      while start < change.bytes.count {
        // Sectors are counted from the beginning of the file.
        let end = min(start + size - (change.offset + start) % size, change.bytes.count)
        if stream.uniform() < probability {
          overwrite(
            &bytes, at: change.offset + start,
            with: UnsafeRawBufferPointer(rebasing: change.bytes[start..<end]))
        }
        start = end
      }
    }
  }

  private static func keep(_ change: FaultPlan.Entry, in bytes: inout [UInt8]) {
    if change.operation == .write {
      overwrite(&bytes, at: change.offset, with: change.bytes)
    } else if change.offset < bytes.count {
      bytes.removeLast(bytes.count - change.offset)
    } else {
      bytes += repeatElement(0, count: change.offset - bytes.count)
    }
  }

  private static func overwrite(_ bytes: inout [UInt8], at offset: Int, with new: UnsafeRawBufferPointer) {
    if bytes.count < offset + new.count { bytes += repeatElement(0, count: offset + new.count - bytes.count) }
    bytes.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[offset...]).copyMemory(from: new)
    }
  }
}
