import ProbeMath

/// Scratch memory and threads of one forward pass, reused from batch to batch.
///
/// Not `Sendable`: one run at a time uses it (``HookedTransformer/makeWorkspace(threads:)``). Buffers only grow.
public final class Workspace {
  /// The threads that divide each operation among themselves.
  let team: Team
  let product: Product
  private(set) var buffers: [FloatBuffer?]
  private var rotary: [RotaryTables] = []

  enum Slot: Int, CaseIterable {
    case embedding, residual, normalized, scale, queries, keys, values, z, branch, result, resultBefore
    case mlp, mlpLinear, packedKeyValues, attention, ragged, raggedPattern, head, logits
    case sweepStream, sweepMixed
  }

  init(threads: Int = 1) {
    team = Team(threads)
    product = Product(team: team)
    buffers = Array(repeating: nil, count: Slot.allCases.count)
  }

  /// Room for at least `count` values; contents are undefined.
  func buffer(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer = buffers[slot.rawValue], buffer.count >= count { return buffer.pointer }
    let buffer = FloatBuffer(count: count)
    buffers[slot.rawValue] = buffer
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
