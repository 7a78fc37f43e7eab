import CLinux
import Foundation

/// Whether a file system keeps its files on this machine alone.
///
/// SQLite's write-ahead log needs memory shared by all who have the file open, which hosts of a network file system
/// do not have: <https://www.sqlite.org/wal.html>, "Overview". File systems of shared disks (OCFS2, GFS2) and of
/// programs (FUSE: sshfs, virtiofs, and some that are local) count as network file systems, because nothing says
/// that one host alone has them.
public enum FileSystemKind: Sendable, Equatable {
  /// One of this machine, or one of an unknown type.
  case local
  /// One that several hosts may have, by the name that it is known by.
  case network(String)

  /// The file system of `path`, or of the nearest folder above it that is there.
  public init(of path: String) {
    var path = path
    var status = statfs()
    while statfs(path, &status) != 0 {
      // Only what is missing has to be looked for further up; other failures show when the file is opened.
      guard errno == ENOENT, path != "/", path != "." else {
        self = .local
        return
      }
      let folder = (path as NSString).deletingLastPathComponent
      path = folder.isEmpty ? "." : folder
    }
    self.init(type: UInt32(truncatingIfNeeded: status.f_type))
    var file = stat()
    guard self == .local, stat(path, &file) == 0,
      let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    else { return }
    self.init(device: UInt64(file.st_dev), mounts: mounts)
  }

  /// The kind of a file system with this number in `statfs.f_type`.
  init(type: UInt32) { self = Self.numbers[type].map { .network($0) } ?? .local }

  /// The kind of the file system of a device, by its name in `/proc/self/mountinfo` (proc(5)): for those that
  /// publish no number.
  init(device: UInt64, mounts: String) {
    // makedev(3) of the GNU C library.
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & ~0xff
    let place = "\(major):\(minor)"
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == place, let dash = fields.firstIndex(of: "-"),
        dash + 1 < fields.count, let name = Self.names[String(fields[dash + 1])]
      else { continue }
      self = .network(name)
      return
    }
    self = .local
  }

  /// Names of types without a published number.
  private static let names = ["wekafs": "WekaFS", "dvs": "DVS"]

  /// Numbers from `linux/magic.h` and statfs(2); those of file systems that are not part of Linux from the list in
  /// GNU coreutils' `stat`.
  private static let numbers: [UInt32: String] = [
    // linux/magic.h
    0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x6573_5546: "FUSE",
    0x0102_1997: "9p", 0x00c3_6400: "CephFS", 0x5346_414f: "AFS", 0x6b41_4653: "AFS", 0x7375_7245: "Coda",
    0x564c: "NCP", 0x7461_636f: "OCFS2",
    // linux/gfs2_ondisk.h
    0x0116_1970: "GFS2",
    // GNU coreutils
    0x0bd0_0bd0: "Lustre", 0x4750_4653: "GPFS", 0xaad7_aaea: "PanFS", 0x1983_0326: "BeeGFS",
    0x6163_6673: "ACFS", 0xbeef_dead: "StorNext", 0x0131_11a8: "IBRIX", 0xa501_fcf5: "VxFS",
    0xbacb_acbc: "VMware shared folders", 0x786f_4256: "VirtualBox shared folders",
    0x7c7c_6673: "Parallels shared folders",
  ]
}
