import ProbeMath

/// Logits of a few tokens at a few rows, without those of the rest of the vocabulary.
///
/// Each is the same, bit for bit, as in the whole: a column of a product does not depend on its neighbours.
struct LogitReadout {
  /// What it reads: the last thing before the head.
  let point: HookPoint
  private let model: HookedTransformer
  private let workspace: Workspace
  private let unembedding: Unembedding
  /// Where a token's logit stands among those that are computed.
  private let places: [Int: Int]

  /// - Throws: ``ModelError`` `.unsupported` for a model without a head.
  init(_ model: HookedTransformer, tokens: [Int], in workspace: Workspace) throws(ModelError) {
    let wanted = Set(tokens).sorted()
    guard let unembedding = Unembedding(model.config, model.weights, in: workspace, tokens: wanted) else {
      throw ModelError(.unsupported, at: model.name, "the model has no head over the vocabulary")
    }
    (self.model, self.workspace, self.unembedding) = (model, workspace, unembedding)
    places = Dictionary(uniqueKeysWithValues: zip(wanted, 0...))
    point = model.pointBeforeHead
  }

  /// The logits of `tokens[i]` at row `rows[i]` of what ``point`` shows.
  func logits(of view: ActivationView, rows: [Int], tokens: [[Int]]) -> [[Float]] {
    let width = model.config.dModel
    let gathered = workspace.buffer(.branch, rows.count * width)
    for (index, row) in rows.enumerated() {
      if let values = view[row].baseAddress { (gathered + index * width).update(from: values, count: width) }
    }
    let logits = unembedding.logits(of: gathered, rows: rows.count)
    return tokens.enumerated().map { index, tokens in
      tokens.compactMap { places[$0] }.map { logits[index * unembedding.width + $0] }
    }
  }
}
