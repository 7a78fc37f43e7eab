/// The area under the ROC curve of many scorings of few items: a radix sort without allocations.
///
/// Scores are compared by all but the last bit of their 24-bit significand; equal ones count ½. The last bit holds the
/// label during the sort.
struct RankedArea {
  private static let digits = (bits: 11, passes: 3)
  /// Below this many items, walking the digits' counts costs more than comparisons.
  private static let fewItems = 512

  private var keys: [UInt32]
  private var spare: [UInt32]
  private var counts: [Int32]

  /// Room for `items` scores.
  init(items: Int) {
    keys = [UInt32](repeating: 0, count: items)
    spare = keys
    counts = [Int32](repeating: 0, count: Self.digits.passes << Self.digits.bits)
  }

  /// The AUROC of `count` scores; `isPositive` says which items are positive. Nil when all or none are.
  mutating func area(
    _ scores: UnsafePointer<Float>, count: Int, isPositive: (Int) -> Bool
  ) -> Double? {
    var positives = 0
    for i in 0..<count {
      // + 0 makes −0 and 0 the same; then floats in order are unsigned integers in order.
      let bits = (scores[i] + 0).bitPattern
      let ordered = bits >> 31 == 1 ? ~bits : bits | 1 << 31
      let positive = isPositive(i)
      positives += positive ? 1 : 0
      keys[i] = ordered & ~1 | (positive ? 1 : 0)
    }
    guard positives > 0, positives < count else { return nil }
    if count < Self.fewItems { keys[..<count].sort() } else { sort(count) }
    var concordant = 0
    var negatives = 0
    var i = 0
    // Twice the pairs, so that a tie's half is whole.
    while i < count {
      let score = keys[i] >> 1
      var tied = (positive: 0, all: 0)
      while i < count, keys[i] >> 1 == score {
        tied.positive += Int(keys[i] & 1)
        tied.all += 1
        i += 1
      }
      let tiedNegatives = tied.all - tied.positive
      concordant += tied.positive * (2 * negatives + tiedNegatives)
      negatives += tiedNegatives
    }
    return Double(concordant) / (2 * Double(positives) * Double(count - positives))
  }

  /// Sorts the first `count` keys, least significant digit first.
  private mutating func sort(_ count: Int) {
    let (bits, passes) = Self.digits
    let mask = UInt32(1 << bits - 1)
    counts.withUnsafeMutableBufferPointer { counts in
      keys.withUnsafeMutableBufferPointer { keys in
        spare.withUnsafeMutableBufferPointer { spare in
          counts.update(repeating: 0)
          for i in 0..<count {
            for pass in 0..<passes {
              counts[pass << bits + Int(keys[i] >> UInt32(pass * bits) & mask)] += 1
            }
          }
          for pass in 0..<passes {
            let from = pass % 2 == 0 ? keys : spare
            let to = pass % 2 == 0 ? spare : keys
            var start: Int32 = 0
            for digit in pass << bits..<(pass + 1) << bits {
              (counts[digit], start) = (start, start + counts[digit])
            }
            for i in 0..<count {
              let digit = pass << bits + Int(from[i] >> UInt32(pass * bits) & mask)
              to[Int(counts[digit])] = from[i]
              counts[digit] += 1
            }
          }
        }
      }
    }
    // An odd number of passes ends in the other array.
    swap(&keys, &spare)
  }
}
