import ProbeModel

extension Example {
  /// Label of the spans that a text is cut around (``Pieces``).
  public static let leafLabel = "leaf"

  /// The bytes of the spans labelled `leaf`, in the order of the text.
  ///
  /// - Throws: ``StoreError`` `badInput` when a text has none, or two of them share a byte.
  func leaves(for pieces: Pieces, at place: String) throws(StoreError) -> [Range<Int>] {
    let leaves = spans.filter { $0.label == Self.leafLabel }.map { $0.start..<$0.end }
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    guard !leaves.isEmpty || text?.isEmpty == true else {
      throw StoreError(
        .badInput, at: place,
        "pieces \(pieces.rawValue) needs spans labelled `\(Self.leafLabel)`, and the example has none",
        advice: "Add `parse:` to the capture, give the example such spans, or use pieces `whole`")
    }
    for (leaf, next) in zip(leaves, leaves.dropFirst()) where next.lowerBound < leaf.upperBound {
      throw StoreError(
        .badInput, at: place,
        "the spans \(leaf.lowerBound)..<\(leaf.upperBound) and \(next.lowerBound)..<\(next.upperBound) share a byte, "
          + "and both are labelled `\(Self.leafLabel)`",
        advice: "Leaves must lie apart: remove one of them")
    }
    return leaves
  }
}
