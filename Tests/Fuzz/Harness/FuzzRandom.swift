/// Random numbers that an iteration's number alone determines (SplitMix64: Steele, Lea & Flood, OOPSLA 2014).
public struct FuzzRandom: RandomNumberGenerator {
  private var state: UInt64

  /// The stream of one iteration of one target.
  public init(seed: UInt64, target: String, iteration: Int) {
    // FNV-1a, since Swift's own hashes differ from run to run.
    let name = target.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    state = seed &* 0x9e37_79b9_7f4a_7c15 ^ name
    state = next() ^ UInt64(bitPattern: Int64(iteration))
    state = next()
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 up to, and without, `bound`; 0 when there is none.
  mutating func below(_ bound: Int) -> Int { bound > 1 ? Int(next() % UInt64(bound)) : 0 }

  /// True in `percent` of 100 cases.
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// One of the elements, which must not be none.
  mutating func pick<C: RandomAccessCollection>(_ elements: C) -> C.Element {
    elements[elements.index(elements.startIndex, offsetBy: below(elements.count))]
  }

  /// A stretch of at most `longest` of `count` bytes.
  mutating func range(in count: Int, longest: Int) -> Range<Int> {
    let start = below(count + 1)
    return start..<min(count, start + below(longest + 1))
  }

  /// A length: mostly short, now and then up to `longest`.
  mutating func length(upTo longest: Int) -> Int {
    var bound = 4
    while bound < longest, chance(40) { bound *= 4 }
    return below(min(bound, longest) + 1)
  }
}
