import CKernels
import ProbeMath
import Testing

/// float16 and bfloat16 against Swift's Float16 and against the definition.
@Suite struct ScalarConversionTests {
  private func decode(_ type: ScalarType, _ bits: [UInt16]) -> [Float] {
    var values = [Float](repeating: 0, count: bits.count)
    values.withUnsafeMutableBufferPointer { target in
      bits.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        type.decode(from, count: bits.count, into: to)
      }
    }
    return values
  }

  private func encode(_ type: ScalarType, _ values: [Float]) -> (bits: [UInt16], overflowed: Int) {
    var bits = [UInt16](repeating: 0, count: values.count)
    let overflowed = bits.withUnsafeMutableBytes { target in
      values.withUnsafeBufferPointer { source in
        target.baseAddress.map { type.encode(source, to: $0) } ?? 0
      }
    }
    return (bits, overflowed)
  }

  private let patterns = (0...UInt16.max).map { $0 }

  @Test func everyHalfPatternIsReadAsSwiftReadsIt() {
    for (bits, value) in zip(patterns, decode(.float16, patterns)) {
      let expected = Float(Float16(bitPattern: bits))
      #expect(value.isNaN ? expected.isNaN : value.bitPattern == expected.bitPattern, "\(bits)")
    }
  }

  @Test func everyBfloat16PatternIsTheUpperHalfOfAFloat() {
    for (bits, value) in zip(patterns, decode(.bfloat16, patterns))
    where value.bitPattern != UInt32(bits) << 16 {
      Issue.record("\(bits)")
    }
  }

  @Test(arguments: [ScalarType.float16, .bfloat16])
  func everyPatternComesBack(_ type: ScalarType) {
    let values = decode(type, patterns)
    let (bits, overflowed) = encode(type, values)
    // Infinities were infinite before: nothing overflowed.
    #expect(overflowed == 0)
    for (index, value) in values.enumerated() {
      // A signalling NaN may come back quiet, but stays a NaN.
      let same = value.isNaN ? decode(type, [bits[index]])[0].isNaN : bits[index] == patterns[index]
      if !same { Issue.record("\(patterns[index]) → \(value) → \(bits[index])") }
    }
  }

  /// Random floats of every magnitude, and both neighbours and the midpoint of every pair of halves.
  private var samples: [Float] {
    var random = RandomStream(seed: 3, "halves")
    let anything = (0..<50_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
    let middles = (0..<UInt16(0x7c00)).flatMap { bits -> [Float] in
      let (low, high) = (Float(Float16(bitPattern: bits)), Float(Float16(bitPattern: bits + 1)))
      let middle = high.isFinite ? (low + high) / 2 : 65520
      return [middle, middle.nextUp, -middle.nextDown]
    }
    return anything + middles
      + [0, -0.0, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
  }

  @Test func floatsRoundToTheNearestHalfAndTiesToEven() {
    let samples = samples
    let (bits, overflowed) = encode(.float16, samples)
    var expectedOverflow = 0
    for (value, bits) in zip(samples, bits) {
      let expected = Float16(value)
      if value.isFinite, expected.isInfinite { expectedOverflow += 1 }
      let same = value.isNaN ? Float16(bitPattern: bits).isNaN : bits == expected.bitPattern
      if !same { Issue.record("\(value): \(bits), expected \(expected.bitPattern)") }
    }
    #expect(overflowed == expectedOverflow && overflowed > 1000)
  }

  /// bfloat16 has no type in Swift: the nearest is found by comparing both neighbours in Double.
  @Test func floatsRoundToTheNearestBfloat16AndTiesToEven() {
    var samples = samples
    // Exact ties and the values around them.
    samples += patterns.flatMap { high -> [Float] in
      [0x7fff, 0x8000, 0x8001].map { Float(bitPattern: UInt32(high) << 16 | $0) }
    }
    let (bits, overflowed) = encode(.bfloat16, samples)
    var expectedOverflow = 0
    for (value, bits) in zip(samples, bits) {
      let found = Float(bitPattern: UInt32(bits) << 16)
      if value.isNaN || value.isInfinite {
        if !(value.isNaN ? found.isNaN : found == value) { Issue.record("\(value) → \(found)") }
        continue
      }
      let low = value.bitPattern >> 16
      // The upper neighbour of the largest finite value stands where the next binade would begin.
      func magnitude(_ bits: UInt32) -> Double {
        bits & 0x7fff == 0x7f80 ? 0x1p128 : Double(Float(bitPattern: bits << 16).magnitude)
      }
      let (below, above) = (magnitude(low), magnitude(low + 1))
      let exact = Double(value.magnitude)
      let up = exact - below > above - exact || (exact - below == above - exact && low & 1 == 1)
      let expected = up ? low + 1 : low
      if expected & 0x7fff == 0x7f80 { expectedOverflow += 1 }
      if UInt32(bits) != expected { Issue.record("\(value): \(bits), expected \(expected)") }
    }
    #expect(overflowed == expectedOverflow && overflowed > 0)
  }

  @Test func float32IsCopied() {
    let values: [Float] = [1, -0.0, .infinity, .greatestFiniteMagnitude, 0x1p-149]
    var copy = [Float](repeating: 7, count: values.count)
    let overflowed = copy.withUnsafeMutableBytes { target in
      values.withUnsafeBufferPointer { source in
        target.baseAddress.map { ScalarType.float32.encode(source, to: $0) } ?? -1
      }
    }
    #expect(overflowed == 0 && copy.map { $0.bitPattern } == values.map { $0.bitPattern })
  }

  @Test func theFirstNonFiniteValueIsFoundAtEveryIndex() {
    var values = [Float](repeating: 1, count: 5000)
    values[4999] = .greatestFiniteMagnitude
    #expect(values.withUnsafeBufferPointer { firstNonFinite($0) } == nil)
    #expect([Float]().withUnsafeBufferPointer { firstNonFinite($0) } == nil)
    for (round, bad) in [Float.nan, .infinity, -.infinity].enumerated() {
      for index in stride(from: round, to: values.count, by: 3) {
        let kept = values[index]
        values[index] = bad
        let found = values.withUnsafeBufferPointer { firstNonFinite($0) }
        if found != index { Issue.record("\(bad) at \(index): \(String(describing: found))") }
        values[index] = kept
      }
    }
    (values[10], values[4000], values[4500]) = (.infinity, .nan, .nan)
    #expect(values.withUnsafeBufferPointer { firstNonFinite($0) } == 10)
  }
}
