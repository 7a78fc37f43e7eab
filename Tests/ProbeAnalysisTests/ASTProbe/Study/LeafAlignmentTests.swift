import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct LeafAlignmentTests {
  @Test func tokensBelongToTheLeavesWhoseBytesTheyShare() {
    // `f(x):` in leaves f ( x ) : and tokens f( x ):
    let alignment = LeafAlignment(
      leaves: [0..<1, 1..<2, 2..<3, 3..<4, 4..<5], spans: [nil, 0..<2, 2..<3, 3..<5])
    #expect(alignment.tokens == [1..<2, 1..<2, 2..<3, 3..<4, 3..<4])
    #expect(alignment.sharedGaps == [true, false, false, true])
    #expect(alignment.tokensAcrossLeaves == 2 && alignment.isComplete)
  }

  @Test func aLeafWithoutTokenIsSeen() {
    let alignment = LeafAlignment(leaves: [0..<2, 3..<4, 9..<12], spans: [0..<2, nil, 9..<10, 10..<12])
    #expect(alignment.tokens.map { $0.count } == [1, 0, 2])
    #expect(!alignment.isComplete && alignment.sharedGaps == [false, false])
    let audit = ASTProbeFindings.AlignmentAudit([alignment])
    #expect(audit.leaves == 3 && audit.leavesWithoutToken == 1 && audit.gaps == 2 && audit.sharedGaps == 0)
  }

  @Test func itIsWhatComparingEveryPairSays() {
    var stream = RandomStream(seed: 3, "alignment")
    for _ in 0..<300 {
      var (leaves, spans): ([Range<Int>], [Range<Int>?]) = ([], [])
      var place = 0
      while place < 40 {
        place += stream.index(below: 3)
        let end = place + 1 + stream.index(below: 4)
        leaves.append(place..<end)
        place = end
      }
      var start = 0
      while start < place {
        let end = start + 1 + stream.index(below: 5)
        spans.append(stream.index(below: 8) == 0 ? nil : start..<end)
        start = end
      }
      let alignment = LeafAlignment(leaves: leaves, spans: spans)
      for (leaf, tokens) in zip(leaves, alignment.tokens) {
        let expected = spans.indices.filter { spans[$0]?.overlaps(leaf) == true }
        #expect(tokens.filter { spans[$0] != nil } == expected)
      }
    }
  }

  @Test func vectorsOfLeavesAreMeansOfTheirTokens() {
    // Leaf 0 is rows 0 and 2, leaf 1 row 2 alone; row 1 is nobody's. Rows come in two parts.
    let pooling = LeafPooling(rows: [[0, 2], [2]], rowCount: 3)
    var vectors: [Float] = [0, 0, 0, 0]
    pooling.add([1, 2, 100, 100], rows: 0..<2, width: 2, to: &vectors)
    pooling.add([3, 6], rows: 2..<3, width: 2, to: &vectors)
    #expect(vectors == [2, 4, 3, 6])
  }
}

@Suite struct RankSearchTests {
  /// F1 that rises with the rank to a top and falls behind it.
  private func merit(_ rank: Int) -> Double { rank <= 64 ? 1 - 1 / Double(rank) : 0.98 - Double(rank) / 4000 }

  @Test func theLadderFindsTheTopWithoutTryingAll() {
    let ladder = [8, 16, 32, 64, 128, 256, 512]
    for start in ladder {
      var tried = [start: merit(start)]
      var search = RankLadder(ladder, start: start)
      while let rank = search.next(validation: { tried[$0] }) { tried[rank] = merit(rank) }
      #expect(tried.max { $0.value < $1.value }?.key == 64)
      if start == 128 { #expect(tried.count == 4, "\(tried.keys.sorted())") }
    }
  }

  @Test func theSmallestRankAboveTheThresholdIsFoundByHalving() {
    for threshold in [0.5, 0.8, 0.9, 0.95, 0.97] {
      let known = [(rank: 64, value: merit(64)), (rank: 128, value: merit(128))]
      var search = SmallestRank(known, below: 64, threshold: threshold)
      var count = 0
      while let rank = search.next() {
        search.note(rank, merit(rank))
        count += 1
      }
      let truth = (1...64).first { merit($0) >= threshold } ?? 64
      #expect(search.found >= truth && search.found - truth <= max(1, search.found / 8), "\(threshold)")
      #expect(count <= 7)
    }
  }
}
