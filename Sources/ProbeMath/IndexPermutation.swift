/// A seeded permutation of 0..<count that takes no memory: any place can be asked for at any time.
///
/// A Feistel network over the smallest even number of bits that holds `count`, with cycle walking: an image beyond
/// `count` is permuted again until it is below (Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains").
public struct IndexPermutation: Sendable, Equatable {
  /// Number of indices.
  public let count: Int
  private let halfBits: UInt64
  private let keys: [UInt64]

  /// Rounds of the network: four make it hard to tell from a random permutation for whoever chooses the inputs;
  /// twice that costs little.
  private static let rounds = 8

  /// A permutation of `count` indices; every seed gives another one.
  public init(_ count: Int, seed: UInt64, _ names: String...) {
    precondition(count >= 0, "IndexPermutation: \(count) indices")
    self.count = count
    let bits = UInt64(Int.bitWidth - max(count - 1, 1).leadingZeroBitCount)
    halfBits = max(1, (bits + 1) / 2)
    var stream = RandomStream(seed: seed, names.joined(separator: "\u{1F}"))
    keys = (0..<Self.rounds).map { _ in stream.next() }
  }

  /// The image of `index`.
  public subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "IndexPermutation: index \(index) of \(count)")
    var value = UInt64(index)
    repeat { value = network(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func network(_ value: UInt64) -> UInt64 {
    let mask = (1 << halfBits) - 1 as UInt64
    var (left, right) = (value >> halfBits, value & mask)
    for key in keys { (left, right) = (right, left ^ (Self.mix(right ^ key) & mask)) }
    return left << halfBits | right
  }

  /// The finalizer of SplitMix64 (Steele, Lea & Flood 2014): every input bit changes every output bit.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
