import Foundation
import Testing

@testable import ProbeStore

@Suite struct FileSystemKindTests {
  /// Numbers as statfs(2) of the Linux manual pages lists them.
  @Test(arguments: [
    (0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB2"), (0x517b, "SMB"), (0x6573_5546, "FUSE"),
    (0x0102_1997, "9p"), (0x7461_636f, "OCFS2"), (0x5346_414f, "AFS"), (0x7375_7245, "Coda"), (0x564c, "NCP"),
  ])
  func fileSystemsOfSeveralHostsAreNamed(number: UInt32, name: String) {
    #expect(FileSystemKind(type: number) == .network(name))
  }

  /// ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, and a number of nobody.
  @Test(arguments: [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1, 1])
  func fileSystemsOfOneHostAreLocal(number: UInt32) {
    #expect(FileSystemKind(type: number) == .local)
  }

  /// Lines in the form of proc(5), with and without optional fields.
  private static let mounts = """
    22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
    30 22 0:45 / /mnt/weka rw,noatime shared:7 master:3 - wekafs host/fs rw
    31 22 0:46 / /mnt/wekafs rw - ext4 /dev/wekafs rw
    32 22 4095:1048575 / /lus rw - dvs /lus rw
    33 22 0:47
    34 22 0:48 / /x rw -
    """

  /// Device numbers as makedev(3) packs them.
  @Test func fileSystemsWithoutANumberAreFoundByName() {
    func kind(_ device: UInt64) -> FileSystemKind { FileSystemKind(device: device, mounts: Self.mounts) }
    #expect(kind(45) == .network("WekaFS"))
    #expect(kind(46) == .local)
    #expect(kind(254 << 8 | 1) == .local)
    #expect(kind(0xfff_fff_ff) == .network("DVS"))
    for device: UInt64 in [47, 48, 99] { #expect(kind(device) == .local) }
  }

  @Test func aFileThatIsNotThereLiesWhereItsFolderDoes() throws {
    let folder = try Folder()
    let kind = FileSystemKind(of: folder.url.path)
    #expect(FileSystemKind(of: folder.path("not/there/s.sqlite")) == kind)
    #expect(FileSystemKind(of: "/proc/self/none/s.sqlite") == FileSystemKind(of: "/proc"))
    #expect(FileSystemKind(of: "none.sqlite") == FileSystemKind(of: "."))
    #expect(FileSystemKind(of: "") == FileSystemKind(of: "."))
  }
}
