import ProbeMath

/// A sweep over pairs that run side by side: what their unpatched runs left, and the patched runs that go on from it.
struct SweepPart {
  /// One patch of one pair.
  struct Patch {
    let pair: Int
    let place: Int
    /// First position at which it changes a value.
    let first: Int
  }

  private let sweep: PatchingSweep
  private let model: HookedTransformer
  private let pairs: [PatchingSweep.Pair]
  private let workspace: Workspace
  private let reader: VocabularyReader
  /// Where the score of a token stands among those that are read.
  private let places: [Int: Int]
  private let prompts: TokenBatch
  /// The stream entering each block, and the site, of the prompts.
  private var kept = ActivationCache()
  /// The site, of the sources.
  private var sources = ActivationCache()
  private let past: KeyValueCache?
  private(set) var promptDifferences: [Double] = []
  private(set) var sourceDifferences: [Double] = []

  /// Rows of patched runs that go together: a few blocks of rows of a product.
  private static let rowsTogether = 1024

  init(
    _ sweep: PatchingSweep, _ model: HookedTransformer, _ pairs: [PatchingSweep.Pair], _ layers: Range<Int>,
    in workspace: Workspace
  ) throws {
    (self.sweep, self.model, self.pairs, self.workspace) = (sweep, model, pairs, workspace)
    let tokens = Set(pairs.flatMap { [$0.answer, $0.against] }).sorted()
    reader = try VocabularyReader(model, tokens: tokens, in: workspace)
    places = Dictionary(uniqueKeysWithValues: zip(tokens, 0...))
    prompts = TokenBatch(pairs.map { $0.prompt })
    past = model.reasonAgainstCache == nil ? try model.makeCache(sequences: pairs.count) : nil
    let sites = Set(layers.map { HookPoint(sweep.site, layer: $0) })
    let starts = Set(layers.map { Self.start(of: $0, sweep, model) })
    (promptDifferences, kept) = try observe(prompts, sites.union(starts), filling: past)
    (sourceDifferences, sources) = try observe(TokenBatch(pairs.map { $0.source }), sites, filling: nil)
  }

  /// The stream that the patched runs of a block begin with: the one behind the block where that is what is patched, as
  /// long as something follows that reads it.
  private static func start(of layer: Int, _ sweep: PatchingSweep, _ model: HookedTransformer) -> HookPoint {
    let isRead = layer + 1 < model.config.nLayers || model.weights.finalNorm != nil
    return HookPoint(sweep.site == .residPost && isRead ? .residPost : .residPre, layer: layer)
  }

  private func observe(
    _ batch: TokenBatch, _ points: Set<HookPoint>, filling cache: KeyValueCache?
  ) throws -> ([Double], ActivationCache) {
    var (differences, kept) = ([Double](), ActivationCache())
    try model.run(batch, observing: points.union([model.pointBeforeHead]), continuing: cache, in: workspace) {
      view in
      if points.contains(view.point) { kept.record(view) }
      if view.point == model.pointBeforeHead {
        differences = self.differences(view, of: Array(pairs.indices))
      }
    }
    return (differences, kept)
  }

  /// answer − against at the last row of each sequence, which belongs to the pair of the same place in `owners`.
  private func differences(_ view: ActivationView, of owners: [Int]) -> [Double] {
    let stream = owners.indices.flatMap { view[view.batch.rows(of: $0).upperBound - 1] }
    var differences = [Double](repeating: 0, count: owners.count)
    reader.eachRow(stream, isNormalized: true) { index, scores in
      let pair = pairs[owners[index]]
      guard let answer = places[pair.answer], let against = places[pair.against] else { return }
      differences[index] = Double(scores[answer]) - Double(scores[against])
    }
    return differences
  }

  // MARK: Patched runs

  /// Every patch of a block, with the logit difference under it.
  func run(_ layer: Int) throws -> [(Patch, Double)] {
    let point = HookPoint(sweep.site, layer: layer)
    var (results, waiting, rows): ([(Patch, Double)], [Patch], Int) = ([], [], 0)
    for pair in pairs.indices {
      for place in 0..<places(of: pair) {
        guard let first = firstChange(point, pair, place) else {
          results.append((Patch(pair: pair, place: place, first: 0), promptDifferences[pair]))
          continue
        }
        let patch = Patch(pair: pair, place: place, first: past == nil ? 0 : first)
        let count = pairs[pair].prompt.count - patch.first
        if !waiting.isEmpty, rows + count > Self.rowsTogether {
          results += zip(waiting, try run(waiting, at: point))
          (waiting, rows) = ([], 0)
        }
        waiting.append(patch)
        rows += count
      }
    }
    return waiting.isEmpty ? results : results + zip(waiting, try run(waiting, at: point))
  }

  private func places(of pair: Int) -> Int {
    sweep.places == .heads ? model.config.headCount(of: sweep.site) : pairs[pair].prompt.count
  }

  /// The first position at which a patch differs from what is there; nil when it is the same everywhere.
  private func firstChange(_ point: HookPoint, _ pair: Int, _ place: Int) -> Int? {
    let positions = sweep.places == .heads ? 0..<pairs[pair].prompt.count : place..<place + 1
    return positions.first { position in
      let row = prompts.starts[pair] + position
      guard let old = part(kept, point, row, place), let new = part(sources, point, row, place) else {
        return false
      }
      return !old.elementsEqual(new) { $0.bitPattern == $1.bitPattern }
    }
  }

  /// What a patch replaces in a row.
  private func part(_ cache: ActivationCache, _ point: HookPoint, _ row: Int, _ place: Int) -> ArraySlice<
    Float
  >? {
    guard let values = cache.row(row, at: point) else { return nil }
    guard sweep.places == .heads else { return values }
    let width = values.count / model.config.headCount(of: sweep.site)
    return values.dropFirst(place * width).prefix(width)
  }

  /// The logit differences of several patches, run as the sequences of one batch from their first changes on.
  private func run(_ patches: [Patch], at point: HookPoint) throws -> [Double] {
    let batch = TokenBatch(
      patches.map { Array(pairs[$0.pair].prompt[$0.first...]) }, from: patches.map { $0.first })
    let context =
      past.map { AttentionContext.reading($0, sequences: patches.map { $0.pair }) } ?? .none
    let layer = point.layer ?? 0
    let startPoint = Self.start(of: layer, sweep, model)
    let stream = rows(startPoint, patches, in: .sweepStream)
    if startPoint == point { patch(stream, patches, at: point) }
    var start = ForwardPass.Start.block(layer, residual: UnsafePointer(stream))
    var hooks: [Hook] = []
    switch point {
    case startPoint:
      if sweep.site == .residPost { start = .block(layer + 1, residual: UnsafePointer(stream)) }
    case HookPoint(.z, layer: layer):
      let z = rows(point, patches, in: .sweepMixed)
      patch(z, patches, at: point)
      start = .mixed(layer, residual: UnsafePointer(stream), z: UnsafePointer(z))
    default: hooks = [hook(patches, at: point)]
    }
    var differences: [Double] = []
    try model.run(
      batch, from: start, context: context, observing: [model.pointBeforeHead], hooks: hooks, in: workspace
    ) { differences = self.differences($0, of: patches.map { $0.pair }) }
    return differences
  }

  /// The rows that patches compute, as the prompts had them, in memory of the workspace: fresh memory for every batch
  /// would cost more than the copy.
  private func rows(
    _ point: HookPoint, _ patches: [Patch], in slot: Workspace.Slot
  ) -> UnsafeMutablePointer<Float> {
    let width = kept[point]?.width ?? 0
    let count = patches.reduce(0) { $0 + pairs[$1.pair].prompt.count - $1.first }
    let values = workspace.buffer(slot, count * width)
    var next = values
    for patch in patches {
      for row in prompts.rows(of: patch.pair).dropFirst(patch.first) {
        kept.row(row, at: point)?.withUnsafeBufferPointer { row in
          if let base = row.baseAddress { next.update(from: base, count: width) }
        }
        next += width
      }
    }
    return values
  }

  /// Replaces what each patch replaces in the rows that it computes.
  private func patch(_ values: UnsafeMutablePointer<Float>, _ patches: [Patch], at point: HookPoint) {
    let width = kept[point]?.width ?? 0
    var next = values
    for patch in patches {
      for position in patch.first..<pairs[patch.pair].prompt.count {
        let row = prompts.starts[patch.pair] + position
        if sweep.places == .heads || position == patch.place,
          let new = part(sources, point, row, patch.place)
        {
          let first = sweep.places == .heads ? patch.place * new.count : 0
          new.withUnsafeBufferPointer { new in
            if let base = new.baseAddress { (next + first).update(from: base, count: new.count) }
          }
        }
        next += width
      }
    }
  }

  /// The patches as one intervention on their batch.
  private func hook(_ patches: [Patch], at point: HookPoint) -> Hook {
    let (sources, starts, places) = (sources, prompts.starts, sweep.places)
    return Hook(point) { view in
      for (sequence, patch) in patches.enumerated() {
        for (index, row) in view.batch.rows(of: sequence).enumerated() {
          let position = patch.first + index
          guard places == .heads || position == patch.place,
            let source = sources.row(starts[patch.pair] + position, at: point)
          else { continue }
          let target = view[row]
          let width = places == .heads ? target.count / view.rowShape[0] : target.count
          let first = places == .heads ? patch.place * width : 0
          for offset in first..<first + width { target[offset] = source[source.startIndex + offset] }
        }
      }
    }
  }
}
