import CKernels

/// x · W for packed matrices W.
///
/// A value of the product depends, bit for bit, on its row of x and its column of W alone: not on the other rows, not on
/// the number of threads. That is what makes a batch equal to its sequences one by one, a cached prefix equal to a
/// computed one, and a run that is observed equal to one that is not.
///
/// Rows are packed a block at a time, so that a block stays in the second-level cache while all columns go by; blocks and
/// groups of columns are what the threads divide among themselves.
public struct Product {
  /// One of the matrices that the same rows are multiplied by.
  public struct Factor {
    let matrix: PackedMatrix
    let inputs: Range<Int>
    let out: UnsafeMutablePointer<Float>
    let stride: Int
    let bias: UnsafePointer<Float>?
    let adds: Bool

    /// out = x W + bias, or out += that when it `adds`.
    ///
    /// - Parameters:
    ///   - inputs: which rows of the matrix x is multiplied by; nil for all.
    ///   - out: `[rows, outputs]`, rows `stride` values apart (nil: as wide as they are).
    public init(
      _ matrix: PackedMatrix, inputs: Range<Int>? = nil, into out: UnsafeMutablePointer<Float>,
      stride: Int? = nil,
      bias: UnsafePointer<Float>? = nil, adds: Bool = false
    ) {
      (self.matrix, self.out, self.bias, self.adds) = (matrix, out, bias, adds)
      self.inputs = inputs ?? 0..<matrix.inputs
      self.stride = stride ?? matrix.outputs
    }
  }

  /// Room for the packed rows of each thread.
  private let scratch: [Scratch]
  private let team: Team

  /// Packed rows of a block: a megabyte, half of a second-level cache.
  private static let blockValues = 1 << 18
  /// The same for matrices that no cache holds (an unembedding), which every block reads from memory: fewer, larger ones.
  private static let wideBlockValues = 3 << 17
  private static let wideMatrix = 1 << 23
  /// A group of columns takes this many at least: fewer would not repay the packing of the rows.
  private static let leastColumns = 128
  /// Parts a thread, so that one that is held up does not hold up the others for long.
  private static let partsPerThread = 16
  /// A few tiles: with fewer rows a block would be read and written more than it is computed with.
  private static let tileRows = 84

  /// Products whose parts `team` divides.
  public init(team: Team) {
    self.team = team
    scratch = (0..<team.size).map { _ in Scratch() }
  }

  /// Multiplies the rows of x, `[rows, inputs]` with rows `stride` values apart, by each factor.
  ///
  /// - Precondition: every factor takes as many inputs.
  public func callAsFunction(_ x: UnsafePointer<Float>, stride: Int, rows: Int, _ factors: Factor...) {
    guard let inputs = factors.first?.inputs.count, rows > 0, inputs > 0 else { return }
    precondition(factors.allSatisfy { $0.inputs.count == inputs }, "Product: factors differ in their inputs")
    let parts = Self.divide(rows: rows, inputs: inputs, factors, threads: team.size)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: team.size) { packedBlocks in
      packedBlocks.initialize(repeating: -1)
      team.perform(parts.blocks * parts.groups.count) { part, worker in
        let (block, group) = part.quotientAndRemainder(dividingBy: parts.groups.count)
        let first = rows * block / parts.blocks
        let height = rows * (block + 1) / parts.blocks - first
        let packed = scratch[worker].buffer(height * inputs)
        // Neighbouring parts share their block of rows, which a thread packs once for all it takes of it.
        if packedBlocks[worker] != block {
          probe_pack_rows(x + first * stride, stride, height, inputs, packed)
          packedBlocks[worker] = block
        }
        Self.multiply(packed, rows: first..<first + height, inputs: inputs, parts.groups[group])
      }
    }
  }

  private static func multiply(
    _ packed: UnsafePointer<Float>, rows: Range<Int>, inputs: Int, _ group: [(Factor, Range<Int>)]
  ) {
    for (factor, columns) in group {
      let matrix = factor.matrix
      let width = PackedMatrix.panelWidth
      probe_product(
        packed, rows.count, inputs,
        matrix.panels + columns.lowerBound * matrix.inputs + factor.inputs.lowerBound * width,
        matrix.inputs * width, columns.count,
        factor.out + rows.lowerBound * factor.stride + columns.lowerBound, factor.stride, 1,
        factor.bias.map { $0 + columns.lowerBound }, factor.adds ? 1 : 0)
    }
  }

  /// Values of a thread's packed rows, at most.
  public static func scratchCount(rows: Int, inputs: Int) -> Int {
    min(rows * inputs, max(wideBlockValues, tileRows * inputs))
  }

  private final class Scratch {
    private var memory = FloatBuffer(count: 0)

    func buffer(_ count: Int) -> UnsafeMutablePointer<Float> {
      if memory.count < count { memory = FloatBuffer(count: count) }
      return memory.pointer
    }
  }

  private struct Parts {
    var blocks: Int
    var groups: [[(Factor, Range<Int>)]]
  }

  /// Blocks of rows, and groups of columns: as many as keep all threads busy to the end.
  private static func divide(rows: Int, inputs: Int, _ factors: [Factor], threads: Int) -> Parts {
    let columns = factors.reduce(0) { $0 + $1.matrix.outputs }
    let values = columns * inputs < wideMatrix ? blockValues : wideBlockValues
    let most = max(tileRows, values / inputs)
    let blocks = (rows + most - 1) / most
    guard threads > 1 else {
      return Parts(blocks: blocks, groups: [factors.map { ($0, 0..<$0.matrix.outputs) }])
    }
    let wanted = max(1, min(partsPerThread * threads / blocks, columns / leastColumns))
    let width =
      (columns / wanted + PackedMatrix.panelWidth) / PackedMatrix.panelWidth * PackedMatrix.panelWidth
    var groups: [[(Factor, Range<Int>)]] = []
    for factor in factors {
      for start in Swift.stride(from: 0, to: factor.matrix.outputs, by: width) {
        groups.append([(factor, start..<min(start + width, factor.matrix.outputs))])
      }
    }
    return Parts(blocks: blocks, groups: groups)
  }
}
