import Glibc
import ProbeMath

/// How T5 sorts the distance between query and key into buckets: half of them hold one distance each, the others
/// grow logarithmically up to `maxDistance`. Reference: Raffel et al. 2020 (arXiv:1910.10683), section 2.1, and the code
/// published with it.
public struct RelativeBuckets: Sendable, Equatable {
  /// Number of buckets, for both directions together.
  public var count: Int
  /// Distances from here on share the last bucket.
  public var maxDistance: Int

  /// The bucket of a key that stands `distance` after its query (negative: before it), both directions being visible.
  func bucket(distance: Int) -> Int {
    let half = count / 2
    let offset = distance > 0 ? half : 0
    let (magnitude, exact) = (abs(distance), half / 2)
    guard magnitude >= exact else { return offset + magnitude }
    // In float32, as the reference computes it: a boundary rounded the other way is another bucket.
    let growth = logf(Float(magnitude) / Float(exact)) / Float(log(Double(maxDistance) / Double(exact)))
    return offset + min(exact + Int(growth * Float(half - exact)), half - 1)
  }
}

/// Slopes of ALiBi: head h of n adds slope[h] · key position to its scores. Reference: Press et al. 2021
/// (arXiv:2108.12409); for n that is not a power of two, every second slope of twice the next lower power follows.
func linearBiasSlopes(heads: Int) -> [Float] {
  var power = 1
  while power * 2 <= heads { power *= 2 }
  func slopes(_ n: Int) -> [Float] {
    let base = Float(exp2(-exp2(-(log2(Double(n)) - 3))))
    return (1...n).map { powf(base, Float($0)) }
  }
  guard power < heads else { return slopes(power) }
  let further = slopes(2 * power)
  return slopes(power) + (0..<heads - power).map { further[2 * $0] }
}

/// What positions add to the scores, for every head and sequences up to a length.
struct ScoreBias {
  private let buffer: FloatBuffer
  let length: Int
  private let perHead: Int
  private let isByDistance: Bool

  /// ALiBi: a row of slope · key a head.
  init(slopes: [Float], length: Int) {
    (self.length, perHead, isByDistance) = (length, length, false)
    buffer = FloatBuffer(count: slopes.count * length)
    for (head, slope) in slopes.enumerated() {
      for key in 0..<length { buffer.pointer[head * length + key] = slope * Float(key) }
    }
  }

  /// T5: a row by distance a head. `table` is `[bucket, head]`.
  init(_ buckets: RelativeBuckets, table: Weight, heads: Int, length: Int) {
    (self.length, perHead, isByDistance) = (length, 2 * length - 1, true)
    buffer = FloatBuffer(count: heads * perHead)
    for index in 0..<perHead {
      let bucket = buckets.bucket(distance: index - (length - 1))
      for head in 0..<heads { buffer.pointer[head * perHead + index] = table.pointer[bucket * heads + head] }
    }
  }

  /// What head `head` adds for the query at `query` and the keys from `key` on.
  func row(head: Int, query: Int, key: Int) -> UnsafePointer<Float> {
    UnsafePointer(buffer.pointer) + head * perHead + (isByDistance ? key - query + length - 1 : key)
  }
}
