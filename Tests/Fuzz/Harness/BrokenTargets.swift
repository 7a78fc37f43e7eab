import Foundation

extension FuzzTarget {
  /// What a run finds with a reader that is broken in one way; the name of the target is the way.
  ///
  /// They prove that the harness can fail.
  public static let broken: [FuzzTarget] = [
    broken("trap") { bytes in
      let table = [1, 2, 3]
      _ = table[bytes.count]
    },
    broken("stack") { bytes in _ = depth(bytes.count) },
    broken("hang") { bytes in while Date().timeIntervalSince1970 > Double(bytes.count) {} },
    broken("blocked") { _ in sleep(60) },
    broken("memory") { bytes in _ = [UInt8](repeating: 1, count: bytes.count << 26) },
    broken("claim") { bytes in
      var array: [Int] = []
      array.reserveCapacity(bytes.count << 40)
    },
    broken("leak") { _ in _ = Unmanaged.passRetained(NSMutableData(length: 1 << 20) ?? NSMutableData()) },
    broken("stray") { _ in throw CocoaError(.coderInvalidValue) },
  ]

  /// The target fails on one input of about eight, and on no seed.
  private static func broken(
    _ name: String, fails: @escaping @Sendable ([UInt8]) throws -> Void
  ) -> FuzzTarget {
    let bytes = ByteMutation()
    return FuzzTarget(
      name: name, seeds: [FuzzInput(name: "zeros.bin", bytes: [UInt8](repeating: 0, count: 64))],
      mutate: bytes.apply,
      prepare: { _ in
        FuzzReader { input in
          if input.bytes.count > 3, input.bytes.reduce(0, &+) % 8 == 5 { try fails(input.bytes) }
        }
      })
  }

  @inline(never)
  private static func depth(_ count: Int) -> Int { count == 0 ? 0 : 1 &+ depth(count &+ 1) &* count }
}
