import Foundation
import ProbeMath
import Testing

/// The generator against its publication, and its streams against each other.
@Suite struct RandomStreamTests {
  /// SplitMix64 (Steele, Lea & Flood 2014), written again from the publication.
  struct SplitMix64 {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
  }

  /// xoshiro256** (Blackman & Vigna 2018), written again from the publication.
  struct Xoshiro {
    var s: [UInt64]
    mutating func next() -> UInt64 {
      func rotl(_ x: UInt64, _ k: UInt64) -> UInt64 { x << k | x >> (64 - k) }
      let result = rotl(s[1] &* 5, 7) &* 9
      let t = s[1] << 17
      s[2] ^= s[0]
      s[3] ^= s[1]
      s[1] ^= s[2]
      s[0] ^= s[3]
      s[2] ^= t
      s[3] = rotl(s[3], 45)
      return result
    }
  }

  /// A stream without names is xoshiro256** seeded by SplitMix64 from the seed and FNV-1a's offset basis.
  @Test func theStreamIsThePublishedGenerator() {
    // The vectors that other implementations of the two are tested with.
    var splitMix = SplitMix64(state: 1_234_567)
    let words = (0..<5).map { _ in splitMix.next() }
    #expect(
      words == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
    var small = Xoshiro(s: [1, 2, 3, 4])
    #expect((0..<4).map { _ in small.next() } == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])

    var expected = Xoshiro(s: Array(words.prefix(4)))
    var stream = RandomStream(seed: 1_234_567 ^ 0xcbf2_9ce4_8422_2325)
    for index in 0..<1000 where stream.next() != expected.next() { Issue.record("number \(index)") }
  }

  private func numbers(_ stream: RandomStream, _ count: Int = 20) -> [UInt64] {
    var stream = stream
    return (0..<count).map { _ in stream.next() }
  }

  @Test func aStreamIsAFunctionOfSeedAndNames() {
    #expect(numbers(RandomStream(seed: 7, "a", "b")) == numbers(RandomStream(seed: 7, "a", "b")))
    let streams = [
      RandomStream(seed: 7), RandomStream(seed: 8), RandomStream(seed: 7, ""), RandomStream(seed: 7, "a"),
      RandomStream(seed: 7, "a", "b"), RandomStream(seed: 7, "b", "a"), RandomStream(seed: 7, "ab"),
      RandomStream(seed: 7, "a", "", "b"), RandomStream(seed: 7, "a", "b", ""), RandomStream(seed: 7, "a b"),
    ]
    for (i, a) in streams.enumerated() {
      for b in streams[(i + 1)...] { #expect(Set(numbers(a)).isDisjoint(with: numbers(b))) }
    }
  }

  @Test func consumersDoNotDisturbEachOther() {
    var (first, second) = (RandomStream(seed: 3, "one"), RandomStream(seed: 3, "two"))
    var interleaved: [UInt64] = []
    for index in 0..<20 {
      for _ in 0..<index { _ = second.next() }
      interleaved.append(first.next())
    }
    #expect(interleaved == numbers(RandomStream(seed: 3, "one")))
  }

  /// Streams under neighbouring seeds and names are uncorrelated.
  @Test func streamsAreUncorrelated() {
    let streams =
      (0..<4).map { RandomStream(seed: UInt64($0), "x") } + (0..<4).map { RandomStream(seed: 0, "y\($0)") }
    let count = 4000
    let values = streams.map { stream -> [Double] in
      var stream = stream
      return (0..<count).map { _ in stream.uniform() - 0.5 }
    }
    for i in values.indices {
      for j in values.indices where j > i {
        let correlation = zip(values[i], values[j]).reduce(0) { $0 + $1.0 * $1.1 } / Double(count) * 12
        // Standard deviation 1/√4000 = 0.016: five of them for 28 pairs.
        #expect(abs(correlation) < 0.08, "\(i), \(j)")
      }
    }
  }

  @Test func uniformNumbersFillTheUnitInterval() {
    var stream = RandomStream(seed: 1, "uniform")
    let count = 100_000
    let values = (0..<count).map { _ in stream.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    let bins = values.reduce(into: [Int](repeating: 0, count: 20)) { $0[Int($1 * 20)] += 1 }
    // 5,000 expected a bin with a standard deviation of 69: five of them.
    #expect(bins.allSatisfy { abs($0 - 5000) < 345 })
    // All 53 bits are in use: half of the numbers are odd multiples of 2^-53.
    let odd = values.filter { UInt64($0 * 0x1p53) & 1 == 1 }.count
    #expect(abs(odd - count / 2) < 800)
  }

  @Test func indicesAreUniformBelowTheirBound() {
    var stream = RandomStream(seed: 1, "index")
    #expect((0..<100).allSatisfy { _ in stream.index(below: 1) == 0 })
    let counts = (0..<70_000).reduce(into: [Int](repeating: 0, count: 7)) { counts, _ in
      counts[stream.index(below: 7)] += 1
    }
    // 10,000 expected each, standard deviation 93.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 465 })
    // A bound of three quarters of the range: a modulo would give the lower third twice.
    let bound = Int.max / 4 * 3
    let low = (0..<3000).filter { _ in stream.index(below: bound) < bound / 3 }.count
    #expect(abs(low - 1000) < 130)
  }

  @Test func normalNumbersHaveTheirMoments() {
    var stream = RandomStream(seed: 1, "normal")
    let count = 100_000.0
    let values = (0..<Int(count)).map { _ in stream.normal() }
    let moments = (1...4).map { power in values.reduce(0) { $0 + pow($1, Double(power)) } / count }
    // Moments 0, 1, 0, 3 with standard deviations √1, √2, √15, √96 over √n: five each.
    for (moment, (expected, variance)) in zip(moments, [(0.0, 1.0), (1, 2), (0, 15), (3, 96)]) {
      #expect(abs(moment - expected) < 5 * (variance / count).squareRoot())
    }
    #expect(values.allSatisfy { $0.isFinite })
  }

  @Test func aPermutationHoldsEveryNumberOnce() {
    var stream = RandomStream(seed: 1, "permutation")
    for count in [0, 1, 2, 10, 1000] { #expect(stream.permutation(count).sorted() == Array(0..<count)) }
    let counts = (0..<6000).reduce(into: [[Int]: Int]()) { counts, _ in
      counts[stream.permutation(3), default: 0] += 1
    }
    // Six orders, 1,000 expected each, standard deviation 29.
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 145 })
  }

  @Test func equalityIsThatOfTheFuture() {
    var (a, b) = (RandomStream(seed: 1, "x"), RandomStream(seed: 1, "x"))
    #expect(a == b)
    _ = a.next()
    #expect(a != b)
    _ = b.next()
    #expect(a == b)
  }

  /// Kolmogorov and Smirnov's distance from the normal distribution; the bound has a p-value of 1e-6, the seed is fixed.
  @Test func filledNormalsAreNormal() {
    var values = [Float](repeating: .nan, count: 200_001)
    var stream = RandomStream(seed: 3, "fill")
    values.withUnsafeMutableBufferPointer { stream.fillNormal($0, deviation: 0.5) }
    let sorted = values.sorted()
    let distance = sorted.enumerated().map { index, value in
      abs(0.5 * erfc(-Double(value) / 0.5 / 2.0.squareRoot()) - (Double(index) + 0.5) / Double(sorted.count))
    }.max()
    #expect(distance ?? 1 < 2.69 / Double(sorted.count).squareRoot())
    // The expected largest magnitude of so many is 4.6 deviations, and beyond 7 there is nothing to expect.
    #expect((2...3.5).contains(sorted[sorted.count - 1]) && (2...3.5).contains(-sorted[0]))

    // Neighbours come from one point of the circle, and are independent all the same.
    let count = Double(values.count)
    let products = zip(values, values.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / 0.25
    let squares = zip(values, values.dropFirst()).reduce(0.0) {
      $0 + (Double($1.0 * $1.0) / 0.25 - 1) * (Double($1.1 * $1.1) / 0.25 - 1)
    }
    #expect(abs(products) < 5 * count.squareRoot())
    #expect(abs(squares) < 5 * 2 * count.squareRoot())
  }

  @Test func aShorterFillHasTheSameValues() {
    func fill(_ count: Int) -> [Float] {
      var values = [Float](repeating: .nan, count: count)
      var stream = RandomStream(seed: 3, "fill")
      values.withUnsafeMutableBufferPointer { stream.fillNormal($0, deviation: 1) }
      return values
    }
    for count in [0, 1, 2, 7, 100] { #expect(fill(count) == Array(fill(101).prefix(count))) }
  }
}
