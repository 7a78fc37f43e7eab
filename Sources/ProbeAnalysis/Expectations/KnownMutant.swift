/// The mutants that a results file may hold: what takes the place of the activations or the labels.
///
/// Each knows less than the model at the chosen place, so an assertion that it meets as well says nothing about the
/// model. The neighbouring layer is none: it knows nearly as much, and an assertion should not tell it apart.
public enum KnownMutant: String, Sendable, CaseIterable {
  /// The embeddings, where they were captured: what the tokens say before any block.
  case embeddings
  /// Labels exchanged as the design allows: nothing can be learned.
  case shuffledLabels = "shuffled-labels"
  /// The text's log-probability as the only feature.
  case logProbability = "log-probability"
  /// Counts of tokens, without any model.
  case bagOfTokens = "bag-of-tokens"
  /// The same architecture with random weights.
  case randomModel = "random-model"
}
