import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis
@testable import ProbeStore

/// Control tasks after Hewitt and Liang: labels by type, by lot.
@Suite struct ControlTaskTests {
  /// Two labelled words a sentence out of `words` words, each in either role equally often.
  private func items(
    sentences: Int, words: Int, prefix: String = "w", labels: [String: LabelValue] = [:]
  ) throws -> (LabelledItems, ProbeDesign) {
    var examples: [CapturedExample] = []
    var tokens: [Int: [CapturedToken]] = [:]
    var stream = RandomStream(seed: 1, "roles")
    for index in 0..<sentences {
      let names = [index % words, (index * 7 + 3) % words].map { "\(prefix)\($0)" }
      let text = names.map { $0.padding(5) }.joined()
      let subject = stream.index(below: 2)
      let spans = [0, 1].map { side in
        LabelledSpan(
          start: 5 * side, end: 5 * side + 5, label: "role",
          value: .string(side == subject ? "subject" : "object"))
      }
      examples.append(
        CapturedExample(
          example: Example(id: "\(index)", text: text, labels: labels, spans: spans, group: "g\(index)"),
          ordinal: index, rows: 2 * index..<2 * index + 2, tokenCount: 2, droppedTokens: 0))
      tokens[index] = [0, 1].map { side in
        CapturedToken(
          example: index, position: side, id: side, text: names[side], span: 5 * side..<5 * side + 5,
          isAdded: false,
          row: 2 * index + side)
      }
    }
    let items = try LabelledItems(
      LabelRequest(label: "role"), examples: examples, tokens: tokens, store: "s.sqlite")
    return (items, try ProbeDesign(target: items.target, groups: items.groups, seed: 5))
  }

  @Test func everyTypeHasOneLabel() throws {
    let (items, design) = try items(sentences: 200, words: 40)
    let task = try ControlTask(.token, items, design)
    let labels = try #require(task.target.labels)
    for (_, places) in Dictionary(grouping: labels.indices, by: { items.ownTexts[$0] }) {
      #expect(Set(places.map { labels[$0] }).count == 1)
    }
    #expect(task.types == 40 && task.recurring == 1)
    #expect(task.target != items.target)
    #expect(task.target.classes == items.target.classes)
    // Another seed draws other labels.
    let other = try ProbeDesign(target: items.target, groups: items.groups, seed: 6)
    #expect(try ControlTask(.token, items, other).target != task.target)
  }

  @Test func typesThatDoNotRecurHaveNoSelectivity() throws {
    let (items, design) = try items(sentences: 60, words: 100_000)
    let error = #expect(throws: Inapplicable.self) { try ControlTask(.token, items, design) }
    #expect(error?.description.hasPrefix("types do not recur: ") == true)
  }

  @Test func oneTypeIsNoTask() throws {
    let (items, design) = try items(sentences: 60, words: 1)
    let error = #expect(throws: Inapplicable.self) { try ControlTask(.token, items, design) }
    #expect(error?.description == "all items are of one type")
  }

  @Test func aFieldCanBeTheType() throws {
    let (items, design) = try items(sentences: 60, words: 9, labels: ["topic": .string("x")])
    #expect(throws: Inapplicable.self) { try ControlTask(.field("topic"), items, design) }
    let error = #expect(throws: Inapplicable.self) { try ControlTask(.field("nothing"), items, design) }
    #expect(error?.description == "120 items have no label nothing to be the type")
  }

  @Test func memorisedTypesHaveNoSelectivity() throws {
    // Features that say nothing but the type: what they know of the real task is what types know, and the control
    // task is learned by heart.
    let (items, design) = try items(sentences: 200, words: 12)
    var features = Tensor([items.places.count, 12])
    for (item, text) in items.ownTexts.enumerated() { features[item, Int(text.dropFirst()) ?? 0] = 1 }
    let study = ProbeStudy(design)
    let task = try ControlTask(.token, items, design)
    let control = try study.evaluate(features, for: task.target, named: "control")
    #expect(control.trainScore == 1)
    #expect(control.test(.accuracy)?.value == 1)
    let real = try study.evaluate(features, named: "real")
    let selectivity = study.selectivity(real, control: control, of: task.target, .accuracy)
    // Each against its own labels: the control's is 1.
    #expect(abs((selectivity.value ?? 0) - ((real.test(.accuracy)?.value ?? 0) - 1)) < 1e-12)
    #expect((selectivity.interval?.upper ?? 1) < 0)
  }
}

extension String {
  fileprivate func padding(_ count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }
}
