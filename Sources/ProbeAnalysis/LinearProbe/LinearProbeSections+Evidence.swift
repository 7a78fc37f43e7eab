import ProbeMath
import ProbeReport

/// How sure one can be: two estimands, a test of the null, and controls.
extension LinearProbeSections {
  var evidence: Section {
    Section(
      id: "\(prefix)-evidence", title: "\(label): how sure",
      summary: "What could make these numbers large without the label being there, and how large that is.",
      blocks: [.table(estimands)]
        + [procedureText, permutationText, shuffledText, controlText].map { .paragraph($0) })
  }

  /// The fixed probe and the procedure: two questions, each with its own interval.
  private var estimands: Table {
    let fixed = best.test.first { $0.metric == headline }
    let ofProcedure = question.procedure.value
    func cell(_ estimate: MetricEstimate?) -> Table.Cell {
      estimate.map { .estimate(Estimate($0)) } ?? .missing
    }
    return Table(
      "Two questions, two intervals",
      columns: [.init("What is measured"), .init(headline.title), .init(question.selection.title)],
      rows: [
        Table.Row([
          .text("this probe on new groups"), cell(fixed),
          cell(best.test.first { $0.metric == question.selection }),
        ]),
        Table.Row([
          .text("the procedure on data like these"),
          headline == ofProcedure?.headline.metric ? cell(ofProcedure?.headline) : .missing,
          cell(ofProcedure?.merit),
        ]),
      ],
      note: """
        The first is one fixed probe, its interval a cluster bootstrap over test groups. The second is what choosing and \
        fitting a probe yields in expectation, by nested cross-validation over all groups; its interval is an \
        approximation that allows for probes of different folds sharing training data.
        """)
  }

  private var procedureText: RichText {
    guard let procedure = question.procedure.value else {
      return "Cross-validation: \(question.procedure.reason ?? "not made")."
    }
    let choices = procedure.chosen.map { "\($0.point) (\($0.folds))" }.joined(separator: ", ")
    return
      "Points that the \(procedure.folds) outer folds chose by their inner ones: \(choices)."
  }

  private var permutationText: RichText {
    guard let test = question.permutation.value, let here = best.permutation else {
      return "Permutation test: not applicable: \(question.permutation.reason ?? "not made")."
    }
    let p = Quantity(test.best, digits: 3).text
    let questions = Quantity(test.acrossQuestions, digits: 3).text
    return """
      Permutation test: with labels exchanged \(test.scheme.phrase) \(test.permutations) times and ridge probes refitted \
      on every fold each time, p = \(strong: p) that any point carries the label, corrected for looking at all \
      \(question.layers.count) (max-T); \(questions) after correction for the questions of this analysis (Benjamini and \
      Hochberg). At the chosen point alone, p = \(Quantity(here.p, digits: 3).text).
      """
  }

  private var shuffledText: RichText {
    guard let shuffled = question.shuffled.value else {
      return "Shuffled labels: not applicable: \(question.shuffled.reason ?? "not made")."
    }
    let mean = Quantity(shuffled.mean[headline.rawValue] ?? .nan, unit: headline.unit).text
    return """
      Shuffled labels: with labels exchanged \(shuffled.scheme.phrase), the same procedure scores \(mean) in the mean of \
      \(shuffled.repetitions) repetitions.
      """
  }

  private var controlText: RichText {
    guard let control = question.control.value, let here = best.control else {
      return "Selectivity is not applicable: \(question.control.reason ?? "no control task was made")."
    }
    let recurring = Quantity(control.recurring, unit: .fraction).text
    return """
      Control task: \(control.types) types have labels drawn by lot; \(recurring) of the test items have a type that \
      training has. The probe reaches \(Estimate(here.test)) on them, \
      \(Quantity(here.trainScore, unit: headline.unit).text) on its own training items. Selectivity, the real task minus \
      the control task on the same items, is \(strong: Estimate(difference: here.selectivity).text).
      """
  }
}
