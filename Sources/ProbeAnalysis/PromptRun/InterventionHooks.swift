import ProbeMath
import ProbeModel

/// Makes interventions into hooks: runs what they need to take activations from.
struct InterventionHooks {
  let model: HookedTransformer
  /// The runs that they act in.
  let prompts: TokenBatch
  /// The runs that patched activations are taken from.
  let sources: TokenBatch
  /// The runs that means go over.
  let references: TokenBatch
  /// Tokens of a text, as prompts are put to the model.
  let encode: (String) throws -> [Int]

  /// The hooks, in the order of the interventions.
  ///
  /// - Throws: ``ModelError`` for a point that the model does not have, directions that do not fit or span nothing;
  ///   ``SpecError`` for a file of directions.
  func hooks(_ interventions: [Intervention]) throws -> [Hook] {
    let points = try interventions.map { try $0.target.points(of: model) }
    // One run for all that is taken from it, not one for each point.
    func needed(_ isNeeded: (Intervention) -> Bool) -> [HookPoint] {
      Set(zip(interventions, points).filter { isNeeded($0.0) }.flatMap { $0.1 }).sorted()
    }
    let (patched, averaged) = (needed { $0.needsSource }, needed { $0.kind == .mean })
    let source = patched.isEmpty ? nil : try model.activations(of: sources, at: patched)
    let reference = averaged.isEmpty ? nil : try model.activations(of: references, at: averaged)
    return try zip(interventions, points).flatMap { intervention, points in
      try hooks(intervention, points, source: source, reference: reference)
    }
  }

  private func hooks(
    _ intervention: Intervention, _ points: [HookPoint], source: ActivationCache?, reference: ActivationCache?
  ) throws -> [Hook] {
    let selection = intervention.target.selection
    switch intervention.kind {
    case .zero: return points.map { .zero($0, at: selection) }
    case .patch, .freezePatterns:
      return source.map { source in
        points.flatMap { point in
          withinPrompts(selection).map { .patch(point, from: source, at: $0) }
        }
      } ?? []
    case .mean:
      return try reference.map { run in try points.map { try .mean($0, of: run, at: selection) } } ?? []
    case .steer(let direction, let coefficient):
      return try vectors(direction, at: points).map { point, vectors in
        guard vectors.rows == 1 else {
          throw SpecError(
            .badValue, at: intervention.target.text, "steering adds one vector, found \(vectors.rows)")
        }
        return .add(point, vectors.reshaped([vectors.width]), coefficient: coefficient, at: selection)
      }
    case .projectOut(let direction):
      return try vectors(direction, at: points).flatMap { point, vectors in
        try projection(vectors, point, selection)
      }
    }
  }

  /// The selection without tokens that are generated: a source has none that correspond to them.
  private func withinPrompts(_ selection: Selection) -> [Selection] {
    let sequences = Dictionary(grouping: 0..<prompts.sequenceCount) { prompts.rows(of: $0).count }
    return sequences.sorted { $0.key < $1.key }.map { length, sequences in
      var part = selection
      part.sequences = .only(sequences)
      switch selection.positions {
      case .all: part.positions = .within(0..<length)
      case .within(let range): part.positions = .within(range.clamped(to: 0..<length))
      case .at(let indices):
        // One that lies outside stays as it is, and is an error where it acts.
        part.positions = .at(indices.map { (-length..<0).contains($0) ? length + $0 : $0 })
      }
      return part
    }
  }

  /// Directions as wide as the row lose, where single heads are selected, each head's own part.
  private func projection(_ directions: Tensor, _ point: HookPoint, _ selection: Selection) throws -> [Hook] {
    let (shape, name) = (model.rowShape(of: point) ?? [], point.name)
    guard case .only(let heads) = selection.heads, point.site.hasHeads,
      directions.width == shape.reduce(1, *), let count = shape.first, count > 1,
      heads.allSatisfy({ $0 >= 0 && $0 < count })
    else {
      return [.projectOut(point, try Subspace(spanning: directions, name: name), at: selection)]
    }
    let width = directions.width / count
    return try heads.map { head in
      let part = (0..<directions.rows).map { row in
        Array(directions[row: row].dropFirst(head * width).prefix(width))
      }
      var one = selection
      one.heads = .only([head])
      return .projectOut(point, try Subspace(spanning: Tensor(rows: part), name: name), at: one)
    }
  }

  /// The directions at each point, `[count, width]`.
  private func vectors(_ source: VectorSource, at points: [HookPoint]) throws -> [(HookPoint, Tensor)] {
    switch source {
    case .file(let path):
      let vectors = try VectorSource.vectors(inFile: path)
      return points.map { ($0, vectors) }
    case .texts(let text, let other):
      if let ragged = points.first(where: { $0.site.isRagged }) {
        throw ModelError(
          .unsupported, at: ragged.name, "rows differ in width, so texts give no direction here")
      }
      let batch = TokenBatch(try [text, other].compactMap { $0 }.map { try encode($0) })
      let cache = try model.activations(of: batch, at: points)
      return try points.map { point in
        var ends = try (0..<batch.sequenceCount).map { sequence in
          try cache.mean(at: point, of: Selection(positions: .at([-1]), sequences: .only([sequence])))
        }
        let less = ends.count > 1 ? ends.removeLast().elements : []
        var vector = ends[0].elements
        for index in less.indices { vector[index] -= less[index] }
        return (point, Tensor([1, vector.count], vector))
      }
    }
  }
}
