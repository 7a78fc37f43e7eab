import Glibc

/// A seeded generator: xoshiro256** (Blackman & Vigna 2018), seeded through SplitMix64.
///
/// One seed goes in; every use of randomness draws from a stream of its own, named after what it is for
/// (`RandomStream(seed: 7, "bootstrap", "layer-3")`). Streams do not disturb each other: adding a consumer, or
/// running consumers in another order, changes no other consumer's numbers.
public struct RandomStream: RandomNumberGenerator, Sendable, Equatable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// The stream called `names` under `seed`. Order and boundaries of the names matter.
  public init(seed: UInt64, _ names: String...) {
    // FNV-1a over the names, each closed by a byte that UTF-8 never contains.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for name in names {
      for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    var mixer = seed ^ hash
    func next() -> UInt64 {
      mixer &+= 0x9e37_79b9_7f4a_7c15
      var z = mixer
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
    state = (next(), next(), next(), next())
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    let result = rotate(state.1 &* 5, 7) &* 9
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = rotate(state.3, 45)
    return result
  }

  /// Uniform in [0, 1), 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `0..<bound`, without modulo bias.
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0, "RandomStream.index(below: \(bound))")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// Standard normal, by Box and Muller.
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// The numbers `0..<count` in random order (Fisher–Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    order.shuffle(using: &self)
    return order
  }

  /// Whether both will draw the same numbers.
  public static func == (a: RandomStream, b: RandomStream) -> Bool { a.state == b.state }
}
