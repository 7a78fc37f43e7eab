import ProbeMath

/// Activations taken from another run: activation patching, resample ablation, frozen attention patterns.
extension Hook {
  /// Replaces activations by those of another run (or of another moment of the same) at the same positions.
  ///
  /// With a corrupted run's activations in a clean run this is resample ablation, the other way round activation
  /// patching (Vig et al. 2020; Heimersheim & Nanda 2024, arXiv:2404.15255).
  ///
  /// - Parameters:
  ///   - source: a run that was observed at `point`; sequence by sequence, or one sequence for all.
  ///   - selection: what is replaced.
  /// - Throws: the hook throws ``ModelError`` `.badInput` when source and run do not fit: another number of sequences,
  ///   sequences of another length (both are named), rows of another width, a selection that does not fit.
  public static func patch(
    _ point: HookPoint, from source: ActivationCache, at selection: Selection = .all
  ) -> Hook {
    Hook(point) { view in
      let alignment = try Alignment(of: source, with: view)
      try view.forEachSlice(in: selection) { slice in
        let row = try alignment.row(for: slice)
        guard let values = source.row(row, at: point) else { throw source.notObserved(point) }
        let (width, heads) = (slice.values.count, view.headCount)
        guard values.count == width * heads else {
          throw alignment.otherWidth(values.count, than: width * heads, slice)
        }
        let start = values.startIndex + slice.offset
        _ = slice.values.update(fromContentsOf: values[start..<start + width])
      }
    }
  }

  /// Attention patterns of block `layer` as they were in another run, whatever queries and keys say now.
  ///
  /// - Parameters:
  ///   - source: a run that was observed at the block's `attn.hook_pattern`.
  ///   - selection: queries, heads and sequences whose patterns are frozen.
  /// - Throws: as ``patch(_:from:at:)``; the hook throws ``ModelError`` `.badInput` for a query that sees another number
  ///   of keys than in the source.
  public static func freezePattern(
    layer: Int, from source: ActivationCache, at selection: Selection = .all
  ) -> Hook {
    patch(HookPoint(.pattern, layer: layer), from: source, at: selection)
  }
}

/// Which row of a source run stands for a row of the pass.
private struct Alignment {
  let point: HookPoint
  let (source, target): (TokenBatch, TokenBatch)

  /// - Throws: ``ModelError`` `.badInput` for a source that was not observed, or has too few or too many sequences.
  init(of cache: ActivationCache, with view: ActivationView) throws(ModelError) {
    (point, source, target) = (view.point, cache.batch, view.batch)
    guard cache[point] != nil else { throw cache.notObserved(point) }
    guard source.sequenceCount == 1 || source.sequenceCount == target.sequenceCount else {
      throw ModelError(
        .badInput, at: point.name,
        "the source run has \(source.sequenceCount) sequences, this one has \(target.sequenceCount)",
        advice: "Give one source for all, or as many as there are")
    }
  }

  /// - Throws: ``ModelError`` `.badInput` for sequences of another length.
  func row(for slice: ActivationSlice) throws(ModelError) -> Int {
    let sequence = source.sequenceCount == 1 ? 0 : slice.sequence
    let (have, need) = (source.positions(of: sequence), target.positions(of: slice.sequence))
    // A pass that goes on from a cache asks for single new positions; one from the start, for the same sequence.
    let fits = have.lowerBound == need.lowerBound ? have.count == need.count : have.contains(slice.position)
    guard fits else {
      throw ModelError(
        .badInput, at: "\(point.name), sequence \(slice.sequence)",
        "the source run's sequence ends after \(have.upperBound) tokens, this one after \(need.upperBound): "
          + "their positions do not correspond",
        advice: "Use prompts of one length in tokens")
    }
    return source.rows(of: sequence).lowerBound + slice.position - have.lowerBound
  }

  func otherWidth(_ found: Int, than expected: Int, _ slice: ActivationSlice) -> ModelError {
    let what = point.site.isRagged ? " (heads times visible keys)" : ""
    return ModelError(
      .badInput, at: "\(point.name), sequence \(slice.sequence), position \(slice.position)",
      "a row of the source run holds \(found) values\(what), here it holds \(expected)",
      advice: "Source and run must be of one model, and of prompts of one length")
  }
}
