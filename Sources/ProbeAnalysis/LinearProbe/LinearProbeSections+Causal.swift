import ProbeReport

/// Whether the model uses what the probe reads.
extension LinearProbeSections {
  var causal: Section? { nil }
}
