/// The results that the paper reports: constituents counted by membership, means over 4,000 test snippets, rank 128,
/// each model at its best layer.
///
/// Reference: López, Weyssow, Cuadrado & Sahraoui, "AST-Probe: Recovering abstract syntax trees from hidden
/// representations of pre-trained language models", ASE 2022 (arXiv 2206.11719), Table 2.
struct PublishedASTProbe: Sendable, Equatable {
  /// The model, and the layer it was read at.
  let name: String
  /// Mean precision, recall and F1.
  let precision, recall, f1: Double

  /// Where the numbers are from.
  static let source =
    "López, Weyssow, Cuadrado and Sahraoui, AST-Probe, ASE 2022 (arXiv 2206.11719), Table 2, rank 128"

  /// The paper's rows of a language, named as grammars name it; none for one that it does not have.
  static func rows(_ language: String) -> [PublishedASTProbe] {
    let scores: [(Double, Double, Double)]
    let layers: [String]
    switch language {
    case "python":
      layers = ["layer 0", "layer 10", "layer 5", "layer 4", "layer 7", "layer 4", "layer 5"]
      scores = [
        (0.3262, 0.4003, 0.3573), (0.3383, 0.4167, 0.3710), (0.7398, 0.7657, 0.7513),
        (0.7468, 0.7647, 0.7545), (0.6957, 0.7097, 0.7016), (0.6620, 0.6760, 0.6679),
        (0.6724, 0.6993, 0.6841),
      ]
    case "javascript":
      layers = ["layer 0", "layer 11", "layer 5", "layer 4", "layer 6", "layer 5", "layer 8"]
      scores = [
        (0.3358, 0.4045, 0.3658), (0.3327, 0.4055, 0.3642), (0.7092, 0.7297, 0.7186),
        (0.7131, 0.7277, 0.7196), (0.6650, 0.6775, 0.6706), (0.6373, 0.6561, 0.6459),
        (0.6460, 0.6724, 0.6580),
      ]
    case "go":
      layers = ["layer 0", "layer 11", "layer 5", "layer 5", "layer 8", "layer 4", "layer 5"]
      scores = [
        (0.4337, 0.4932, 0.4589), (0.4403, 0.5071, 0.4692), (0.8029, 0.8254, 0.8134),
        (0.8135, 0.8314, 0.8218), (0.7710, 0.7889, 0.7792), (0.7762, 0.7944, 0.7846),
        (0.7513, 0.7819, 0.7653),
      ]
    default: return []
    }
    return names.indices.map { index in
      PublishedASTProbe(
        name: "\(names[index]), \(layers[index])", precision: scores[index].0, recall: scores[index].1,
        f1: scores[index].2)
    }
  }

  private static let names = [
    "CodeBERT embeddings", "CodeBERT, fresh blocks", "CodeBERT", "GraphCodeBERT", "CodeT5", "CodeBERTa",
    "RoBERTa",
  ]
}
