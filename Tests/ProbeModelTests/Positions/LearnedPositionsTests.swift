import Testing

@testable import ProbeModel

/// Rows of the table of positions.
@Suite struct LearnedPositionsTests {
  @Test func everySequenceBeginsAtTheFirstRow() {
    let batch = TokenBatch([[9, 9, 9], [], [9], [9, 9]])
    #expect(LearnedPositions().rows(of: batch) == [0, 1, 2, 0, 0, 1])
    #expect(LearnedPositions(firstRow: 2).rows(of: batch) == [2, 3, 4, 2, 2, 3])
  }

  /// `create_position_ids_from_input_ids` of Hugging Face's RoBERTa with padding id 1: cumulative sum of the other
  /// tokens, plus 1; padding itself gets 1.
  @Test func paddingInsideATextIsNotCounted() {
    let batch = TokenBatch([[0, 5, 1, 6, 1, 2], [1, 1, 7], [7, 1]])
    let positions = LearnedPositions(firstRow: 2, uncountedToken: 1)
    #expect(positions.rows(of: batch) == [2, 3, 1, 4, 1, 5, 1, 1, 2, 2, 1])
  }

  @Test func withoutPaddingItsIdChangesNothing() {
    let batch = TokenBatch([[3, 4, 5], [6]])
    #expect(
      LearnedPositions(firstRow: 2, uncountedToken: 1).rows(of: batch)
        == LearnedPositions(firstRow: 2).rows(of: batch))
  }

  /// The longest sequence of a model with a padding id other than RoBERTa's reaches the table's last row.
  @Test func theLongestSequenceEndsInTheLastRow() throws {
    let model = try Fixture(name: "roberta").model()
    guard case .learned(let positions) = model.config.positions else {
      Issue.record("learned positions")
      return
    }
    let table = try #require(model.weights.positionEmbedding)
    let batch = TokenBatch([[Int](repeating: 5, count: model.config.nContext)])
    #expect(positions.rows(of: batch).last == table.shape[0] - 1)
    #expect(positions.uncountedToken == 1 && model.config.nContext == 46)
  }
}
