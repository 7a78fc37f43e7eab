import ProbeModel
import Testing

@testable import ProbeAnalysis
@testable import ProbeStore

@Suite struct CausalItemTests {
  /// `<s> The cat sat.`, of which the row of the token at `captured` is kept.
  private func sequence(captured: Int?, id: Int = 7) -> [CapturedToken] {
    let spans: [Range<Int>?] = [nil, 0..<3, 3..<7, 7..<11, 11..<12]
    return spans.enumerated().map { index, span in
      CapturedToken(
        example: 0, position: index - 1, id: id + index, text: nil, span: span, isAdded: span == nil,
        row: index == captured ? 3 : nil)
    }
  }

  private func example(_ spans: [(String, Int, Int)]) -> Example {
    Example(
      id: "a", text: "The cat sat.",
      spans: spans.map { LabelledSpan(start: $0.1, end: $0.2, label: $0.0, value: .bool(true)) },
      group: "cats")
  }

  @Test func theLastSpanAnswers() throws {
    let example = example([("verb", 8, 11), ("noun", 4, 7)])
    let item = try #require(CausalItem(sequence(captured: 1), example: example))
    #expect(item == CausalItem(tokens: [7, 8, 9, 10, 11], positions: [1], answer: [3], group: "cats"))
    #expect(try #require(CausalItem(sequence(captured: 1), example: example, answer: "noun")).answer == [2])
    // The span is read where it stands: nothing of it is still to come.
    #expect(try #require(CausalItem(sequence(captured: 3), example: example)).answer == [])
  }

  @Test func withoutSpansTheLastTokenAnswers() throws {
    let example = example([])
    #expect(try #require(CausalItem(sequence(captured: 2), example: example)).answer == [4])
    #expect(try #require(CausalItem(sequence(captured: 4), example: example)).answer == [])
  }

  @Test func aMeanWasReadFromAllOfTheText() throws {
    let item = try #require(CausalItem(sequence(captured: nil), example: example([])))
    #expect(item.positions == [1, 2, 3, 4] && item.answer == [4])
  }

  @Test func whatWasNotReadIsNoItem() {
    #expect(CausalItem(sequence(captured: 2), rows: [9], example: example([])) == nil)
    #expect(CausalItem(sequence(captured: 2, id: CapturedToken.unknown), example: example([])) == nil)
  }
}
