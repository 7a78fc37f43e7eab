import CKernels
import ProbeMath

/// q · k, softmax and pattern · v of one block, a sequence, head and group of queries at a time.
///
/// Each group goes against the keys that it can see, so that a causal model does not compute the half of the products that
/// its mask hides, and its scores stay in the cache. A query's numbers do not depend on the group it is in: products sum
/// in the order of their inputs, and what is masked adds zeros, as long as its values are finite.
struct AttentionMixing {
  let config: TransformerConfig
  let batch: TokenBatch
  let rule: Scores
  let slots: [KeyValueSlot]
  /// [T, H · E]
  let queries: UnsafePointer<Float>
  /// [T, H · E]
  let z: UnsafeMutablePointer<Float>
  let workspace: Workspace

  /// Scores or weights of all rows, laid out for hooks.
  typealias Ragged = (rows: RaggedRows, values: UnsafeMutablePointer<Float>)

  /// Queries of one sequence and head, and the keys that any of them sees, from the beginning of a panel on.
  private struct Group {
    let sequence: Int
    let head: Int
    /// Rows of the batch.
    let rows: Range<Int>
    /// Position of the first of them.
    let position: Int
    let keys: Range<Int>
    /// Tokens of the sequence, those before the batch included.
    let length: Int
  }

  /// What a thread needs for one group.
  private struct Scratch {
    /// [query, key]
    let scores: UnsafeMutablePointer<Float>
    let packed: UnsafeMutablePointer<Float>
  }

  private static let queriesTogether = 56

  /// Everything, keeping scores and pattern where somebody wants to see them.
  func run(keepingScores kept: Ragged?, pattern: Ragged?) {
    eachGroup { group, scratch in
      score(group, scratch)
      eachQuery(of: group, scratch) { row, keys, scores in
        if let kept { kept.rows.copy(scores, to: kept.values, row: row, head: group.head) }
        probe_softmax(scores, keys.count, 1)
        if let pattern { pattern.rows.copy(scores, to: pattern.values, row: row, head: group.head) }
        mask(scores, keys, group)
      }
      mix(group, scratch)
    }
  }

  /// The scores of all rows.
  func scores(into kept: Ragged) {
    eachGroup { group, scratch in
      score(group, scratch)
      eachQuery(of: group, scratch) { row, _, scores in
        kept.rows.copy(scores, to: kept.values, row: row, head: group.head)
      }
    }
  }

  /// The pattern of all rows, in place of their scores.
  func softmax(of kept: Ragged) {
    workspace.team.divide(batch.rowCount, least: 16) { part in
      for row in part {
        for head in 0..<config.nHeads {
          probe_softmax(kept.values + kept.rows.start(row, head), kept.rows.visible[row].count, 1)
        }
      }
    }
  }

  /// z from the pattern of all rows.
  func mix(with pattern: Ragged) {
    eachGroup { group, scratch in
      eachQuery(of: group, scratch) { row, keys, scores in
        scores.update(from: pattern.values + pattern.rows.start(row, group.head), count: keys.count)
        mask(scores, keys, group)
      }
      mix(group, scratch)
    }
  }

  // MARK: Parts

  /// The scores of a group, before the mask.
  private func score(_ group: Group, _ scratch: Scratch) {
    let (dHead, width, keys) = (config.dHead, config.nHeads * config.dHead, group.keys)
    probe_pack_rows(
      queries + group.rows.lowerBound * width + group.head * dHead, width, group.rows.count, dHead,
      scratch.packed)
    let panels = slots[group.sequence].keys(group.head / config.headsPerGroup) + keys.lowerBound * dHead
    probe_product(
      scratch.packed, group.rows.count, dHead, panels, dHead * PackedMatrix.panelWidth, keys.count,
      scratch.scores,
      keys.count, rule.scale, nil, 0)
    eachQuery(of: group, scratch) { row, visible, scores in
      rule.finish(
        scores, head: group.head, query: group.position + row - group.rows.lowerBound, keys: visible)
    }
  }

  /// z of a group from its weights.
  private func mix(_ group: Group, _ scratch: Scratch) {
    let (dHead, width, keys) = (config.dHead, config.nHeads * config.dHead, group.keys)
    let slot = slots[group.sequence]
    probe_pack_rows(scratch.scores, keys.count, group.rows.count, keys.count, scratch.packed)
    probe_product(
      scratch.packed, group.rows.count, keys.count,
      slot.values(group.head / config.headsPerGroup) + keys.lowerBound * PackedMatrix.panelWidth,
      slot.valuePanelStride, dHead, z + group.rows.lowerBound * width + group.head * dHead, width, 1, nil, 0)
  }

  /// Zeros where a query of the group sees nothing; `scores` begins at its first visible key.
  private func mask(_ scores: UnsafeMutablePointer<Float>, _ visible: Range<Int>, _ group: Group) {
    let before = visible.lowerBound - group.keys.lowerBound
    (scores - before).update(repeating: 0, count: before)
    (scores + visible.count).update(repeating: 0, count: group.keys.upperBound - visible.upperBound)
  }

  private func eachQuery(
    of group: Group, _ scratch: Scratch,
    _ body: (_ row: Int, _ visible: Range<Int>, _ scores: UnsafeMutablePointer<Float>) -> Void
  ) {
    for (index, row) in group.rows.enumerated() {
      let visible = rule.visibleKeys(group.position + index, group.length)
      body(
        row, visible, scratch.scores + index * group.keys.count + visible.lowerBound - group.keys.lowerBound)
    }
  }

  /// Values of a thread's scratch: scores of the queries of a group, and what of them or of the queries is packed.
  static func scratchCount(longest: Int, _ config: TransformerConfig) -> Int {
    queriesTogether * (KeyValueSlot.capacity(for: longest) + max(config.dHead, longest))
  }

  /// Every group, on all threads.
  private func eachGroup(_ body: (Group, Scratch) -> Void) {
    let (most, keys) = (Self.queriesTogether, KeyValueSlot.capacity(for: batch.longest))
    let count = Self.scratchCount(longest: batch.longest, config)
    let memory = workspace.buffer(.attention, workspace.team.size * count)
    workspace.team.perform(batch.sequenceCount * config.nHeads) { part, worker in
      let (sequence, head) = part.quotientAndRemainder(dividingBy: config.nHeads)
      let scratch = Scratch(scores: memory + worker * count, packed: memory + worker * count + most * keys)
      let (rows, positions) = (batch.rows(of: sequence), batch.positions(of: sequence))
      for start in stride(from: 0, to: rows.count, by: most) {
        let end = min(start + most, rows.count)
        let first = rule.visibleKeys(positions.lowerBound + start, positions.upperBound).lowerBound
        let last = rule.visibleKeys(positions.lowerBound + end - 1, positions.upperBound).upperBound
        body(
          Group(
            sequence: sequence, head: head, rows: rows.lowerBound + start..<rows.lowerBound + end,
            position: positions.lowerBound + start,
            keys: first / PackedMatrix.panelWidth * PackedMatrix.panelWidth..<last,
            length: positions.upperBound), scratch)
      }
    }
  }
}

/// How rows of visible keys lie one after the other: `[head, visible key]`, one a query.
struct RaggedRows {
  /// Start of each row, and the end of the last.
  let offsets: [Int]
  /// The keys that each row sees.
  let visible: [Range<Int>]

  init(_ config: TransformerConfig, _ batch: TokenBatch, _ rule: Scores) {
    var (offsets, visible): ([Int], [Range<Int>]) = ([0], [])
    offsets.reserveCapacity(batch.rowCount + 1)
    visible.reserveCapacity(batch.rowCount)
    var end = 0
    for sequence in 0..<batch.sequenceCount {
      let positions = batch.positions(of: sequence)
      for position in positions {
        let keys = rule.visibleKeys(position, positions.upperBound)
        visible.append(keys)
        end += config.nHeads * keys.count
        offsets.append(end)
      }
    }
    (self.offsets, self.visible) = (offsets, visible)
  }

  /// Values of all rows.
  var count: Int { offsets.last ?? 0 }

  /// Where the keys of a row and head begin.
  func start(_ row: Int, _ head: Int) -> Int { offsets[row] + head * visible[row].count }

  func copy(
    _ scores: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, row: Int, head: Int
  ) {
    (values + start(row, head)).update(from: scores, count: visible[row].count)
  }
}
