import ProbeMath

/// The values of one weight, float32: mapped in place where the file allows it, converted once elsewhere.
///
/// `@unchecked Sendable` because the values are never written after loading; the pointer stays valid while
/// `owner` (a mapped file or an arena) is held.
public struct Weight: @unchecked Sendable {
  /// First value.
  public let pointer: UnsafePointer<Float>
  /// Row-major shape.
  public let shape: [Int]
  private let owner: AnyObject

  init(pointer: UnsafePointer<Float>, shape: [Int], owner: AnyObject) {
    (self.pointer, self.shape, self.owner) = (pointer, shape, owner)
  }

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }

  /// A copy as a tensor.
  public var tensor: Tensor { Tensor(shape, Array(UnsafeBufferPointer(start: pointer, count: count))) }

  /// The values at `indices` of the first axis of a contiguous part.
  func rows(_ range: Range<Int>) -> Weight {
    let width = shape.dropFirst().reduce(1, *)
    precondition(range.upperBound <= shape[0], "Weight: rows \(range) of \(shape)")
    return Weight(
      pointer: pointer + range.lowerBound * width, shape: [range.count] + shape.dropFirst(), owner: owner)
  }
}

/// Memory for converted weights, in few large blocks with huge pages.
///
/// Each block is twice as large as the one before, so that a small model does not reserve what a large one needs.
/// Used by one loading thread; the weights keep the blocks alive.
final class WeightArena {
  private var block = FloatBuffer(count: 0)
  private var used = 0
  private var blockSize = 1 << 16
  private static let largestBlock = 16 << 20

  /// Room for `count` values on a cache line of their own.
  func allocate(_ count: Int) -> (UnsafeMutablePointer<Float>, owner: AnyObject) {
    if used + count > block.count {
      block = FloatBuffer(count: max(count, blockSize))
      blockSize = min(2 * blockSize, Self.largestBlock)
      used = 0
    }
    let start = block.pointer + used
    used += (count + 15) & ~15
    return (start, block)
  }
}
