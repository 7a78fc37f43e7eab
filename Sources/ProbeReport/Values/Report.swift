/// One question, its answer, and everything needed to believe or doubt it: a value that knows no ML.
///
/// Build one, then render it with ``html()``. The same value gives the same bytes, on every machine and in
/// every locale. All text in it may be hostile: it is escaped, and characters that could act unseen are made
/// visible.
public struct Report: Sendable, Codable, Equatable {
  /// The report's name, its first heading.
  public var title: String
  /// The question in one sentence.
  public var question: String
  /// The answer.
  public var verdict: Verdict
  /// What a reader must know before believing the answer.
  public var warnings: [Warning]
  /// The evidence, in reading order.
  public var sections: [Section]
  /// Where the numbers come from: digests, versions, seed, settings.
  public var provenance: [Fact]
  /// The shell commands that make this report again, one an element.
  public var reproduce: [String]

  /// - Parameters:
  ///   - title: the report's name.
  ///   - question: one sentence that ends in a question mark.
  ///   - verdict: the answer.
  ///   - warnings: shown right under the verdict.
  ///   - sections: the evidence.
  ///   - provenance: labelled facts, shown last.
  ///   - reproduce: shell commands, in order.
  public init(
    title: String, question: String, verdict: Verdict, warnings: [Warning] = [], sections: [Section] = [],
    provenance: [Fact] = [], reproduce: [String] = []
  ) {
    self.title = title
    self.question = question
    self.verdict = verdict
    self.warnings = warnings
    self.sections = sections
    self.provenance = provenance
    self.reproduce = reproduce
  }
}
