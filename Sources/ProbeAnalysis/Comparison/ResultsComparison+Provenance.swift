extension ResultsComparison {
  /// What decided the numbers and was not the same on both sides, in the order of importance.
  static func differences(_ a: Provenance, _ b: Provenance) -> [Difference] {
    var facts: [(String, String, String)] = [
      ("model", a.model, b.model), ("architecture", a.architecture, b.architecture),
      ("weights", a.weightsDigest, b.weightsDigest),
      ("tokenizer", a.tokenizerDigest ?? "none", b.tokenizerDigest ?? "none"),
      ("corpus", a.corpus, b.corpus), ("corpus content", a.corpusDigest, b.corpusDigest),
      ("spec", a.specDigest, b.specDigest), ("seed", "\(a.seed)", "\(b.seed)"),
    ]
    for key in Set(a.capture.keys).union(b.capture.keys).sorted() {
      facts.append(("capture, \(key)", a.capture[key] ?? "usual", b.capture[key] ?? "usual"))
    }
    facts += [
      ("numerics version", "\(a.numericsVersion)", "\(b.numericsVersion)"),
      ("BLAS kernels", a.kernels, b.kernels), ("probe", a.version, b.version),
    ]
    return facts.filter { $0.1 != $0.2 }.map { Difference(what: $0.0, a: $0.1, b: $0.2) }
  }

  /// What makes the comparison less than one of the same questions on the same items.
  static func warnings(_ a: Provenance, _ b: Provenance, _ questions: [QuestionComparison]) -> [String] {
    var warnings: [String] = []
    if a.corpusDigest != b.corpusDigest {
      warnings.append("The corpora differ: items are matched by their ids, and may have other texts")
    }
    if a.seed != b.seed {
      warnings.append(
        "The seeds differ (\(a.seed) and \(b.seed)): the sides were split, trained and tested differently, so a "
          + "difference is not of the models alone")
    }
    for question in questions where question.onlyInA + question.onlyInB > 0 {
      warnings.append(
        "\(question.name): the test sets differ. Of A \(question.onlyInA) items are left out, of B "
          + "\(question.onlyInB); \(question.items) are compared")
    }
    for question in questions where !question.groupsAgree {
      warnings.append(
        "\(question.name): the sides group the items differently; groups of either are kept together")
    }
    for question in questions where question.groups < 10 {
      warnings.append(
        "\(question.name): \(question.groups) group\(question.groups == 1 ? "" : "s") are few: little can be shown"
      )
    }
    return warnings
  }
}
