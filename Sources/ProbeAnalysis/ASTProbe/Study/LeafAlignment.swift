/// Which tokens each leaf of a text is made of, by shared bytes.
struct LeafAlignment: Sendable {
  /// For each leaf, indices of its tokens; empty when no token shares a byte with it.
  let tokens: [Range<Int>]
  /// Tokens that share bytes with more than one leaf.
  let tokensAcrossLeaves: Int

  /// Aligns leaves with tokens.
  ///
  /// - Parameters:
  ///   - leaves: bytes of the leaves, in order, apart.
  ///   - spans: bytes of the tokens in the order of the text; nil for one that stands for no text.
  init(leaves: [Range<Int>], spans: [Range<Int>?]) {
    var tokens: [Range<Int>] = []
    var owners = [Int](repeating: 0, count: spans.count)
    var start = 0
    for leaf in leaves {
      // What ends before this leaf ends before all that follow.
      while start < spans.count, (spans[start]?.upperBound ?? 0) <= leaf.lowerBound { start += 1 }
      var end = start
      var index = start
      while index < spans.count {
        if let span = spans[index] {
          if span.lowerBound >= leaf.upperBound { break }
          if span.overlaps(leaf) {
            owners[index] += 1
            end = index + 1
          }
        }
        index += 1
      }
      tokens.append(start..<end)
    }
    self.tokens = tokens
    tokensAcrossLeaves = owners.count { $0 > 1 }
  }

  /// Whether every leaf has a token.
  var isComplete: Bool { tokens.allSatisfy { !$0.isEmpty } }

  /// For each gap, whether its two leaves have the very same tokens: the same vector, so distance 0.
  var sharedGaps: [Bool] { zip(tokens, tokens.dropFirst()).map { $0 == $1 && !$0.isEmpty } }
}

extension ASTProbeFindings.AlignmentAudit {
  /// The sums over several texts.
  init(_ alignments: some Sequence<LeafAlignment>) {
    var (leaves, without, across, shared, gaps) = (0, 0, 0, 0, 0)
    for alignment in alignments {
      leaves += alignment.tokens.count
      without += alignment.tokens.count { $0.isEmpty }
      across += alignment.tokensAcrossLeaves
      shared += alignment.sharedGaps.count { $0 }
      gaps += max(alignment.tokens.count - 1, 0)
    }
    self.init(
      leaves: leaves, leavesWithoutToken: without, tokensAcrossLeaves: across, sharedGaps: shared, gaps: gaps)
  }
}
