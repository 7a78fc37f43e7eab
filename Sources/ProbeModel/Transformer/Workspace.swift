import ProbeMath

/// Scratch memory of one forward pass, reused from batch to batch.
///
/// Not `Sendable`: each thread has its own (``HookedTransformer/makeWorkspace()``). Buffers only grow.
public final class Workspace {
  private var buffers: [Slot: FloatBuffer] = [:]
  private var rotary: [RotaryTables] = []

  enum Slot: Hashable {
    case embedding, residual, normalized, scale, queries, keys, values, z, branch, result, mlp, mlpLinear
    case queryNorm, keyNorm
    case scores, square, ragged, head, logits
  }

  init() {}

  /// Room for at least `count` values; contents are undefined.
  func buffer(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer = buffers[slot], buffer.count >= count { return buffer.pointer }
    let buffer = FloatBuffer(count: count)
    buffers[slot] = buffer
    return buffer.pointer
  }

  /// The tables for sequences of up to `longest` tokens that turn like one of `sequence` tokens.
  ///
  /// Their length is a power of two, so that they are rarely made anew, and not the whole context, which a
  /// configuration may put at any number.
  func rotaryTables(_ rotary: Rotary, sequence: Int, longest: Int) -> RotaryTables {
    let key = rotary.frequencyKey(length: sequence)
    if let known = self.rotary.first(where: { $0.key == key && $0.rotary == rotary && $0.length >= longest })
    {
      return known
    }
    var length = 256
    while length < longest { length *= 2 }
    let tables = RotaryTables(rotary, sequence: sequence, length: length)
    self.rotary.removeAll { $0.key == key && $0.rotary == rotary }
    // Dynamic scaling has tables of its own for every length: only the last few are kept.
    if self.rotary.count >= Self.tablesKept { self.rotary.removeFirst() }
    self.rotary.append(tables)
    return tables
  }

  private static let tablesKept = 8
}
