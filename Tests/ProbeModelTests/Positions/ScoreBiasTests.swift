import ProbeMath
import Testing

@testable import ProbeModel

/// What positions add to scores: ALiBi's slopes, T5's buckets, and where a row of biases begins.
@Suite struct ScoreBiasTests {
  /// From `build_alibi_tensor` of Hugging Face's BLOOM (transformers 5.23, float32), second column.
  @Test(arguments: [
    (1, [0.00390625]), (2, [0.0625, 0.00390625]),
    (6, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]),
    (
      12,
      [
        0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.707106769, 0.353553385,
        0.176776677, 0.0883883387,
      ]
    ),
    (
      16,
      [
        0.707106769, 0.49999997, 0.353553385, 0.249999985, 0.176776677, 0.124999985, 0.0883883387,
        0.0624999925, 0.0441941656, 0.0312499944, 0.0220970828, 0.0156249972, 0.0110485414, 0.00781249814,
        0.00552427024, 0.00390624884,
      ]
    ),
  ])
  func slopesAreTheReferences(_ heads: Int, _ expected: [Float]) {
    let slopes = linearBiasSlopes(heads: heads)
    #expect(slopes.count == expected.count)
    // Two libraries' float32 powers: an ulp each.
    for (a, b) in zip(slopes, expected) { #expect(abs(a - b) <= 2.4e-7 * b, "\(heads) heads: \(a), \(b)") }
  }

  @Test func everyNumberOfHeadsGetsDifferentSlopesUpToOne() {
    for heads in 1...130 {
      let slopes = linearBiasSlopes(heads: heads)
      #expect(slopes.count == heads && Set(slopes).count == heads)
      #expect(slopes.allSatisfy { $0 > 0 && $0 < 1 })
    }
  }

  /// Where the bucket changes, from `_relative_position_bucket` of Hugging Face's T5 (transformers 5.23) at all
  /// distances in the range.
  @Test(arguments: [
    (
      RelativeBuckets(count: 32, maxDistance: 128), -150...150,
      [
        (-150, 15), (-90, 14), (-63, 13), (-45, 12), (-31, 11), (-22, 10), (-15, 9), (-11, 8), (-7, 7),
        (-6, 6), (-5, 5), (-4, 4), (-3, 3), (-2, 2), (-1, 1), (0, 0), (1, 17), (2, 18), (3, 19), (4, 20),
        (5, 21), (6, 22), (7, 23), (8, 24), (12, 25), (16, 26), (23, 27), (32, 28), (46, 29), (64, 30),
        (91, 31),
      ]
    ),
    (
      RelativeBuckets(count: 8, maxDistance: 16), -30...30,
      [(-30, 3), (-5, 2), (-1, 1), (0, 0), (1, 5), (2, 6), (6, 7)]
    ),
  ])
  func bucketsChangeWhereTheReferencesDo(
    _ buckets: RelativeBuckets, _ distances: ClosedRange<Int>, _ changes: [(from: Int, bucket: Int)]
  ) {
    for distance in distances {
      let expected = changes.last { $0.from <= distance }?.bucket
      #expect(buckets.bucket(distance: distance) == expected, "distance \(distance)")
    }
  }

  /// Every legal pair of numbers: a bucket of the right half, further ones never earlier.
  @Test func bucketsGrowWithTheDistanceAndStayInTheirHalf() {
    for count in stride(from: 4, through: 40, by: 2) {
      for maxDistance in [count / 4 + 1, count / 4 + 2, count, 128, 1 << 30] {
        let buckets = RelativeBuckets(count: count, maxDistance: maxDistance)
        for sign in [-1, 1] {
          let half = sign > 0 ? count / 2..<count : 0..<count / 2
          var last = half.lowerBound
          for distance in [1, 2, 3, 5, 8, 13, 21, 34, 89, 233, 1000, 65536, Int(Int32.max)] {
            let bucket = buckets.bucket(distance: sign * distance)
            #expect(half.contains(bucket) && bucket >= last, "\(buckets), \(sign * distance)")
            last = bucket
          }
        }
        #expect(buckets.bucket(distance: 0) == 0)
      }
    }
  }

  @Test func linearRowsAreSlopesTimesKeys() {
    let bias = ScoreBias(slopes: [0.5, 0.25], length: 7)
    for (head, slope) in [(0, Float(0.5)), (1, 0.25)] {
      let row = bias.row(head: head, query: 5, key: 2)
      for key in 2..<6 { #expect(row[key - 2] == slope * Float(key)) }
    }
  }

  @Test func relativeRowsAreTheTablesByDistance() {
    let (heads, length) = (3, 9)
    let buckets = RelativeBuckets(count: 8, maxDistance: 16)
    let buffer = FloatBuffer(count: 8 * heads)
    for index in 0..<8 * heads { buffer.pointer[index] = Float(index) }
    let table = Weight(pointer: buffer.pointer, shape: [8, heads], owner: buffer)
    let bias = ScoreBias(buckets, table: table, heads: heads, length: length)
    for head in 0..<heads {
      for query in 0..<length {
        for first in 0..<length {
          let row = bias.row(head: head, query: query, key: first)
          for key in first..<length {
            #expect(row[key - first] == Float(buckets.bucket(distance: key - query) * heads + head))
          }
        }
      }
    }
  }
}
