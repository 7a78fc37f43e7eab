import ProbeMath

/// Keys and values of the tokens that a model has read, by block and sequence, so that the tokens behind them can be
/// run without reading them again.
///
/// ```swift
/// let cache = try model.makeCache(sequences: 1)
/// try model.run(TokenBatch([prompt]), observing: [HookPoint(.logits)], continuing: cache, in: workspace) { … }
/// try model.run(TokenBatch([[next]], from: cache.lengths), observing: …, continuing: cache, in: workspace) { … }
/// ```
/// What a run with a cache computes equals, bit for bit, what a run over all tokens computes.
///
/// Not `Sendable`: used by one run at a time.
public final class KeyValueCache {
  /// Tokens that each sequence has so far.
  public private(set) var lengths: [Int]
  let config: TransformerConfig
  /// By block, then by sequence.
  private var slots: [[Slot?]]

  private struct Slot {
    let buffer: FloatBuffer
    let slot: KeyValueSlot
  }

  init(_ config: TransformerConfig, sequences: Int) {
    self.config = config
    lengths = Array(repeating: 0, count: sequences)
    slots = Array(repeating: Array(repeating: nil, count: sequences), count: config.nLayers)
  }

  /// Forgets all but the first `length` tokens of a sequence.
  public func truncate(_ sequence: Int, to length: Int) {
    precondition(
      length >= 0 && length <= lengths[sequence], "truncate: \(length) of \(lengths[sequence]) tokens")
    lengths[sequence] = length
  }

  /// The slot of a sequence in a block, with room for `keys` keys; those of ``lengths`` are kept.
  func slot(layer: Int, sequence: Int, keys: Int) -> KeyValueSlot {
    let old = slots[layer][sequence]?.slot
    if let old, old.capacity >= keys { return old }
    // Growth by half more, so that a sequence that grows token by token is not copied every time.
    let capacity = KeyValueSlot.capacity(for: max(keys, (old?.capacity ?? 0) * 3 / 2))
    let buffer = FloatBuffer(count: KeyValueSlot.count(capacity: capacity, config))
    let slot = KeyValueSlot(memory: buffer.pointer, capacity: capacity, dHead: config.dHead)
    if let old {
      for head in 0..<config.nKeyValueHeads { slot.copy(head: head, from: old, count: lengths[sequence]) }
    }
    slots[layer][sequence] = Slot(buffer: buffer, slot: slot)
    return slot
  }

  /// What a block holds of a sequence; nil before anything was run.
  func held(layer: Int, sequence: Int) -> KeyValueSlot? { slots[layer][sequence]?.slot }

  /// Counts the rows of a batch that has been run to the end.
  func advance(by batch: TokenBatch) {
    for sequence in lengths.indices { lengths[sequence] += batch.rows(of: sequence).count }
  }
}

/// What the rows of a batch attend to besides each other.
enum AttentionContext {
  /// Nothing: every sequence starts here.
  case none
  /// A cache whose sequences the batch's go on, one for one; it gets their keys and values.
  case appending(KeyValueCache)
  /// The beginnings, as long as the batch's first positions say, of the cache's sequences with these numbers. The cache
  /// stays as it is, and several sequences of the batch may go on from one.
  case reading(KeyValueCache, sequences: [Int])
}
