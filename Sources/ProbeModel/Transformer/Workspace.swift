import Glibc
import ProbeMath

/// Scratch memory of one forward pass, reused from batch to batch.
///
/// Not `Sendable`: each thread has its own (``HookedTransformer/makeWorkspace()``). Buffers only grow.
public final class Workspace {
  private var buffers: [Slot: FloatBuffer] = [:]
  private var rotary: RotaryTables?

  private struct RotaryTables {
    let buffer: FloatBuffer
    let length: Int
    let dimensions: Int
    let theta: Float
  }

  enum Slot: Hashable {
    case residual, normalized, scale, queries, keys, values, z, branch, result, mlp, mlpLinear
    case scores, square, ragged, logits
  }

  init() {}

  /// Room for at least `count` values; contents are undefined.
  func buffer(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer = buffers[slot], buffer.count >= count { return buffer.pointer }
    let buffer = FloatBuffer(count: count)
    buffers[slot] = buffer
    return buffer.pointer
  }

  /// cos and sin of position · θ^(−2i/dimensions), `[length, dimensions/2]` each.
  ///
  /// Frequencies and angles are rounded to float32 before the cosine is taken, as the reference implementations do:
  /// at position 8,000 that rounding is worth 5e-4, so "more exact" here would be less equal.
  func rotaryTables(
    length: Int, dimensions: Int, theta: Float
  ) -> (cosine: UnsafePointer<Float>, sine: UnsafePointer<Float>) {
    let half = dimensions / 2
    let tables: RotaryTables
    if let rotary, rotary.length >= length, rotary.dimensions == dimensions, rotary.theta == theta {
      tables = rotary
    } else {
      tables = RotaryTables(
        buffer: FloatBuffer(count: 2 * length * half), length: length, dimensions: dimensions, theta: theta)
      Self.fill(tables, half: half, theta: theta)
      rotary = tables
    }
    let base = UnsafePointer(tables.buffer.pointer)
    return (base, base + tables.length * half)
  }

  private static func fill(_ tables: RotaryTables, half: Int, theta: Float) {
    for i in 0..<half {
      let frequency = 1 / powf(theta, Float(2 * i) / Float(2 * half))
      for position in 0..<tables.length {
        let angle = Double(Float(position) * frequency)
        tables.buffer.pointer[position * half + i] = Float(cos(angle))
        tables.buffer.pointer[(tables.length + position) * half + i] = Float(sin(angle))
      }
    }
  }
}
