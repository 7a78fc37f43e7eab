import ProbeMath
import ProbeModel

/// A model under examination, with the inputs that every check uses.
public struct Patient: Sendable {
  /// The model.
  public let model: HookedTransformer
  /// Inputs of different lengths: built-in texts, or random ids where the model has no tokenizer that fits it.
  public let samples: [Sample]
  /// What another implementation computed; nil without one.
  public let reference: ReferenceActivations?

  /// One input.
  public struct Sample: Sendable {
    /// The text; nil for random ids.
    public let text: String?
    /// Its token ids.
    public let tokens: [Int]
  }

  /// Prepares the inputs.
  ///
  /// - Throws: ``TokenizerError`` for a tokenizer that cannot encode the texts.
  public init(_ model: HookedTransformer, reference: ReferenceActivations? = nil) throws {
    (self.model, self.reference) = (model, reference)
    samples = try Self.texts(model) ?? Self.random(model)
  }

  /// The samples as one batch.
  var batch: TokenBatch { TokenBatch(samples.map { $0.tokens }) }

  /// How a sample's token reads: its piece, or its id.
  func name(ofToken token: Int) -> String { model.tokenizer?.piece(token).map { "'\($0)'" } ?? "id \(token)" }

  // MARK: Inputs

  /// Prose, code, digits, another language: what differs in tokens and lengths.
  private static let builtIn = [
    "The capital of France is Paris, and the capital of Italy is Rome. Both cities lie on rivers.",
    "def mean(values):\n    total = sum(values)\n    return total / len(values)\n",
    "In 1969, 600 million people watched 2 men walk on the Moon; 384,400 km away.",
    "Die Königin öffnete früh am Morgen das Fenster.",
    "Yes",
  ]
  private static let longest = 48

  private static func texts(_ model: HookedTransformer) throws -> [Sample]? {
    guard let tokenizer = model.tokenizer else { return nil }
    let samples = try builtIn.map { text in
      let ids = try tokenizer.encode(text).ids
      return Sample(text: text, tokens: Array(ids.prefix(min(longest, model.config.nContext))))
    }
    let isSpelled = samples.allSatisfy {
      !$0.tokens.isEmpty && $0.tokens.allSatisfy { $0 < model.config.dVocab }
    }
    return isSpelled ? samples : nil
  }

  private static func random(_ model: HookedTransformer) -> [Sample] {
    var stream = RandomStream(seed: 0, "doctor", "samples")
    return [1, 2, 5, 17, longest].map { length in
      let count = min(length, model.config.nContext)
      return Sample(text: nil, tokens: (0..<count).map { _ in stream.index(below: model.config.dVocab) })
    }
  }
}
