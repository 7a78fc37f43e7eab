import Glibc

/// What the file system says of a file: whoever edits or replaces the file changes something of it.
///
/// A modification time can be set back and a size kept; the time of the last status change cannot be set, and a file
/// that takes the place of another has an inode of its own.
struct FileStamp: Sendable, Equatable {
  /// Seconds and nanoseconds since 1970.
  struct Time: Sendable, Equatable {
    let seconds: Int
    let nanoseconds: Int

    init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
  }

  let device: UInt
  let inode: UInt
  let size: Int
  /// When the content last changed, or what somebody set in its place (`st_mtim`).
  let modified: Time
  /// When content, name, owner or mode last changed (`st_ctim`).
  let changed: Time

  init(_ status: stat) {
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    size = Int(status.st_size)
    modified = Time(status.st_mtim)
    changed = Time(status.st_ctim)
  }

  /// The stamp of what lies at `path` now, links followed; nil when there is nothing.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
