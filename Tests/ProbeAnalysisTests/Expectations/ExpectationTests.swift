import Testing

@testable import ProbeAnalysis

@Suite struct ExpectationParsingTests {
  @Test func thePartsOfTheFullFormAreRead() throws {
    let parsed = try Expectation("truth-probe.truth.best.accuracy.lower >= 0.60")
    #expect(parsed.text == "truth-probe.truth.best.accuracy.lower >= 0.60")
    #expect(parsed.id == "truth-probe")
    #expect(parsed.label == "truth")
    #expect(parsed.point == nil)
    #expect(parsed.metric == "accuracy")
    #expect(parsed.bound == .lower)
    #expect(parsed.comparison == .atLeast)
    #expect(parsed.threshold == 0.6)
  }

  @Test(arguments: [
    ("a.best.m > 1", "a", nil, nil, "m", nil),
    ("a.best.m.upper > 1", "a", nil, nil, "m", Expectation.Bound.upper),
    ("a.l.best.m > 1", "a", "l", nil, "m", nil),
    ("a.best.best.m > 1", "a", "best", nil, "m", nil),
    ("a[resid_post.3].m > 1", "a", nil, "resid_post.3", "m", nil),
    ("a.l[blocks.3.hook_resid_post].m.lower > 1", "a", "l", "blocks.3.hook_resid_post", "m", .lower),
    ("a_1.l-2[embed].m_3 > 1", "a_1", "l-2", "embed", "m_3", nil),
  ])
  func everyFormOfPathIsRead(
    text: String, id: String, label: String?, point: String?, metric: String, bound: Expectation.Bound?
  ) throws {
    let parsed = try Expectation(text)
    #expect(parsed.id == id)
    #expect(parsed.label == label)
    #expect(parsed.point == point)
    #expect(parsed.metric == metric)
    #expect(parsed.bound == bound)
  }

  @Test(arguments: [
    (">=", [false, true, true]), (">", [false, false, true]), ("<=", [true, true, false]),
    ("<", [true, false, false]),
  ])
  func everyOperatorComparesAsItReads(sign: String, holds: [Bool]) throws {
    let comparison = try Expectation("a.best.m \(sign) 0.5").comparison
    #expect(comparison.rawValue == sign)
    #expect([0.25, 0.5, 0.75].map { comparison.holds($0, 0.5) } == holds)
    #expect(!comparison.holds(.nan, 0.5))
  }

  @Test(arguments: [("0", 0.0), ("-1.5", -1.5), ("1e-3", 0.001), ("+2", 2)])
  func numbersAreReadAsPeopleWriteThem(text: String, value: Double) throws {
    #expect(try Expectation("a.best.m > \(text)").threshold == value)
  }

  @Test func blanksAroundTheOperatorDoNotMatter() throws {
    #expect(try Expectation("  a.best.m\t>=   1 ") == Expectation("a.best.m >= 1"))
  }

  @Test(arguments: [
    ("", "is not of the form PATH OPERATOR NUMBER"),
    ("a.best.m", "is not of the form PATH OPERATOR NUMBER"),
    ("a.best.m>=0.5", "is not of the form PATH OPERATOR NUMBER"),
    ("a.best.m >= 0.5 or so", "is not of the form PATH OPERATOR NUMBER"),
    ("a.best.m == 0.5", "compares with ==, expected one of >=, >, <=, <"),
    ("a.best.m => 0.5", "compares with =>, expected one of >=, >, <=, <"),
    ("a.best.m > half", "has no number at its end"),
    ("a.best.m > nan", "has no number at its end"),
    ("a.best.m > inf", "has no number at its end"),
    ("a.m > 0.5", "names neither best nor a [point]"),
    ("best.m > 0.5", "names neither best nor a [point]"),
    ("a.l[p.m > 0.5", "has a bracket without its pair"),
    ("a.l]p[.m > 0.5", "has a bracket without its pair"),
    ("a.l[].m > 0.5", "has nothing in its brackets"),
    ("a.l[p] > 0.5", "names no metric after the point"),
    ("a.l[p]m > 0.5", "names no metric after the point"),
    ("a.l.k.best.m > 0.5", "has too many or too few parts"),
    ("a.best > 0.5", "has too many or too few parts"),
    ("a.best.m.lower.x > 0.5", "has too many or too few parts"),
    ("a.best.m.middle > 0.5", "ends in .middle, expected .lower, .upper or the metric alone"),
    ("a.best.m.Lower > 0.5", "ends in .Lower, expected .lower, .upper or the metric alone"),
    (".l.best.m > 0.5", "has a name with characters other than letters, digits, _ and -"),
    ("a..best.m > 0.5", "has a name with characters other than letters, digits, _ and -"),
    ("a.l.best. > 0.5", "has a name with characters other than letters, digits, _ and -"),
    ("ä.best.m > 0.5", "has a name with characters other than letters, digits, _ and -"),
    ("a/b.best.m > 0.5", "has a name with characters other than letters, digits, _ and -"),
  ])
  func aMalformedExpectationSaysWhichPartDoesNotFit(text: String, problem: String) throws {
    let error = #expect(throws: SpecError.self) { try Expectation(text) }
    #expect(error?.reason == .badValue)
    #expect(error?.problem == "the expectation \"\(text)\" \(problem)")
    #expect(
      error?.advice.hasSuffix(
        "Write ID.LABEL.best.METRIC.lower >= NUMBER, or ID.LABEL[POINT].METRIC.lower >= NUMBER") == true)
  }

  /// Slips of the fixed words, and what was meant.
  @Test(arguments: [
    ("a.l.bets.m > 0.5", "best"), ("a.Best.m > 0.5", "best"), ("a.l.beset.m.lower > 0.5", "best"),
    ("a.best.m.Lower > 0.5", "lower"), ("a.best.m.lowr > 0.5", "lower"), ("a.best.m.uper > 0.5", "upper"),
    ("a.l[p].m.uppper > 0.5", "upper"),
  ])
  func aMisspeltWordOfTheLanguageIsRecognised(text: String, meant: String) {
    let error = #expect(throws: SpecError.self) { try Expectation(text) }
    #expect(error?.advice.hasPrefix("Did you mean \(meant)? Write ID.") == true, "\(error as Any)")
  }

  @Test(arguments: ["a.m > 0.5", "best.m > 0.5", "a.best.m.middle > 0.5", "a.l.layer.m > 0.5"])
  func whatIsNearNothingGetsNoGuess(text: String) {
    let error = #expect(throws: SpecError.self) { try Expectation(text) }
    #expect(error?.advice.hasPrefix("Write ID.") == true, "\(error as Any)")
  }
}

@Suite struct ExpectationEvaluationTests {
  private static func value(_ value: Double?, _ lower: Double? = nil, _ upper: Double? = nil)
    -> Measurement.Value
  {
    Measurement.Value(value: value, lower: lower, upper: upper, n: 40, groups: 20, chance: 0.5)
  }

  private static let measured: [String: [Measurement]] = [
    "p": [
      Measurement(
        label: "truth", point: "blocks.0.hook_resid_post", isBest: false,
        metrics: ["auroc": value(0.6, 0.5, 0.7)]),
      Measurement(
        label: "truth", point: "blocks.1.attn.hook_z", isBest: true,
        metrics: ["auroc": value(0.8, 0.7, 0.9), "brier": value(nil), "accuracy": value(.nan, nil, .nan)],
        notApplicable: ["selectivity": "sequences have no types that recur"]),
    ],
    "q": [Measurement(label: nil, point: nil, isBest: true, metrics: ["f1": value(0.4)])],
  ]

  private func outcome(_ text: String) throws -> Expectation.Outcome {
    try Expectation(text).evaluate(Self.measured)
  }

  @Test(arguments: [
    ("p.truth.best.auroc >= 0.8", true, 0.8), ("p.truth.best.auroc > 0.8", false, 0.8),
    ("p.truth.best.auroc.lower >= 0.7", true, 0.7), ("p.truth.best.auroc.upper < 0.9", false, 0.9),
    ("p.truth[blocks.0.hook_resid_post].auroc < 0.61", true, 0.6),
    ("p.truth[resid_post.0].auroc.lower > 0.6", false, 0.5), ("p.truth[attn.z.1].auroc <= 0.8", true, 0.8),
    ("q.best.f1 > 0.3", true, 0.4),
  ])
  func aPathFindsItsNumber(text: String, holds: Bool, found: Double) throws {
    let outcome = try outcome(text)
    #expect(outcome.holds == holds)
    #expect(outcome.found == found)
    #expect(outcome.text == text)
    #expect(outcome.value.n == 40)
  }

  @Test(arguments: [">=", ">", "<=", "<"], ["brier", "accuracy", "brier.lower", "accuracy.upper"])
  func anUndefinedNumberNeverHolds(sign: String, path: String) throws {
    #expect(try !outcome("p.truth.best.\(path) \(sign) 0.5").holds)
  }

  @Test(arguments: [
    ("x.truth.best.auroc > 0", "no analysis has the id x", "There is: p, q"),
    ("p.trust.best.auroc > 0", "p has no label trust", "Did you mean truth? There is: truth"),
    ("p.best.auroc > 0", "p needs a label", "There is: truth"),
    ("q.truth.best.f1 > 0", "q has no label truth", "There is none at all"),
    (
      "p.truth[resid_post.7].auroc > 0", "nothing was measured at resid_post.7",
      "There is: blocks.0.hook_resid_post, blocks.1.attn.hook_z"
    ),
    ("p.truth.best.recall > 0", "there is no metric recall", "There is: accuracy, auroc, brier"),
  ])
  func aPathToNothingListsWhatThereIs(text: String, problem: String, advice: String) {
    let error = #expect(throws: SpecError.self) { try outcome(text) }
    #expect(error == SpecError(.unknownPath, at: text, problem, advice: advice))
  }

  /// Ids, labels, points and metrics, each with a letter lost, doubled, exchanged, replaced, or in the wrong case.
  @Test(arguments: [
    ("truth-prob.is_true.best.accuracy > 0", "truth-probe"),
    ("truthprobe.is_true.best.accuracy > 0", "truth-probe"),
    ("Truth-Probe.is_true.best.accuracy > 0", "truth-probe"),
    ("truth-probe.istrue.best.accuracy > 0", "is_true"),
    ("truth-probe.is-true.best.accuracy > 0", "is_true"), ("truth-probe.true.best.accuracy > 0", "is_true"),
    ("truth-probe.is_true.best.acuracy > 0", "accuracy"),
    ("truth-probe.is_true.best.accuarcy > 0", "accuracy"),
    ("truth-probe.is_true.best.Accuracy > 0", "accuracy"), ("truth-probe.is_true.best.auc > 0", "auroc"),
    ("truth-probe.is_true.best.logloss > 0", "log_loss"), ("truth-probe.is_true.best.loss > 0", "log_loss"),
    ("truth-probe.is_true.best.selectivty > 0", "selectivity"),
    ("truth-probe.is_true[resid_pots.1].accuracy > 0", "resid_post.1"),
    ("truth-probe.is_true[residpost.1].accuracy > 0", "resid_post.1"),
    ("truth-probe.is_true[blocks.1.resid_post].accuracy > 0", "blocks.1.hook_resid_post"),
    ("truth-probe.is_true[block.1.hook_resid_post].accuracy > 0", "blocks.1.hook_resid_post"),
  ])
  func aMisspeltNameIsAnErrorThatSuggestsTheNearest(text: String, meant: String) throws {
    let place = Measurement(
      label: "is_true", point: "blocks.1.hook_resid_post", isBest: true,
      metrics: ["accuracy": Self.value(0.6), "auroc": Self.value(0.7), "log_loss": Self.value(0.5)],
      notApplicable: ["selectivity": "no types"])
    let measured = ["truth-probe": [place], "other": [place]]
    let error = #expect(throws: SpecError.self) { try Expectation(text).evaluate(measured) }
    #expect(error?.reason == .unknownPath)
    #expect(error?.location == text)
    #expect(error?.advice.hasPrefix("Did you mean \(meant)? There is: ") == true, "\(error as Any)")
  }

  @Test func aLayerThatWasNotMeasuredIsNoMisspellingOfItsNeighbour() {
    let error = #expect(throws: SpecError.self) { try outcome("p.truth[blocks.2.hook_resid_post].auroc > 0") }
    #expect(error?.advice == "There is: blocks.0.hook_resid_post, blocks.1.attn.hook_z")
  }

  @Test func aMetricThatCannotBeHadIsAnErrorWithTheReason() {
    let error = #expect(throws: SpecError.self) { try outcome("p.truth.best.selectivity > 0.1") }
    #expect(error?.reason == .notApplicable)
    #expect(error?.problem == "selectivity is not applicable: sequences have no types that recur")
  }
}
