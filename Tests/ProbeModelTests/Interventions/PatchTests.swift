import ProbeMath
import Testing

@testable import ProbeModel

/// Activations of one run in another.
@Suite struct PatchTests {
  /// Every position of a stream replaced: from there on it is the other run.
  @Test(arguments: Fixture.blockKinds)
  func aWhollyPatchedStreamEndsAsTheOtherRun(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let corrupted = try model.ending(corruptedBatch)
    for layer in 0..<model.config.nLayers {
      let point = HookPoint.residPost(layer)
      let source = try model.activations(of: corruptedBatch, at: [point])
      let patched = try model.ending(cleanBatch, [.patch(point, from: source)])
      #expect(sameBits(patched, corrupted), "\(point)")
    }
  }

  /// In a causal model a change at position p leaves all before it, and only its own sequence changes.
  @Test(arguments: ["llama-gqa", "gpt2", "gptj", "bloom"])
  func aPatchReachesOnlyWhatComesAfterIt(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let point = HookPoint.residPost(0)
    let source = try model.activations(of: corruptedBatch, at: [point])
    let plain = try model.values(model.lastPoint, cleanBatch)
    let selection = Selection(positions: .at([-2]), sequences: .only([0]))
    let patched = try model.values(
      model.lastPoint, cleanBatch, [.patch(point, from: source, at: selection)])
    for row in 0..<cleanBatch.rowCount {
      // Sequence 0 has the rows 0 to 4; −2 is row 3.
      let differs = plain[row: row].elementsEqual(patched[row: row]) == false
      #expect(differs == (row == 3 || row == 4), "row \(row)")
    }
  }

  /// One head's z, and at k and v one key–value head, which several query heads read.
  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func aHeadIsPatchedAndItsNeighboursAreNot(_ name: String) throws {
    let model = try Fixture(name: name).model()
    for site in [HookPoint.Site.q, .k, .v, .z, .result, .attnScores, .pattern] {
      let point = HookPoint(site, layer: 1)
      let source = try model.activations(of: corruptedBatch, at: [point])
      let own = try model.activations(of: cleanBatch, at: [point])
      let selection = Selection(heads: .only([1]))
      let patched = try model.activations(
        of: cleanBatch, at: [point], hooks: [.patch(point, from: source, at: selection)])
      let heads = try #require(model.rowShape(of: point))[0]
      for row in 0..<cleanBatch.rowCount {
        let (new, old) = (try #require(patched.row(row, at: point)), try #require(own.row(row, at: point)))
        let other = try #require(source.row(row, at: point))
        let width = new.count / heads
        for head in 0..<heads {
          func part(_ values: ArraySlice<Float>) -> ArraySlice<Float> {
            values.dropFirst(head * width).prefix(width)
          }
          #expect(sameBits(Array(part(new)), Array(part(head == 1 ? other : old))), "\(point), head \(head)")
        }
      }
    }
  }

  @Test func oneSourceServesAllSequences() throws {
    let model = try Fixture(name: "gpt2").model()
    let point = HookPoint.residPost(1)
    let source = try model.activations(of: TokenBatch([[9, 8, 7]]), at: [point])
    let patched = try model.values(
      model.lastPoint, TokenBatch([[1, 2, 3], [4, 5, 6]]), [.patch(point, from: source)])
    let alone = try model.ending(TokenBatch([[9, 8, 7], [9, 8, 7]]))
    #expect(sameBits(patched.elements, alone))
  }

  /// Frozen patterns of the own run fix nothing; those of another run are what attention then uses.
  @Test(arguments: ["llama-gqa", "gpt2", "bert", "mistral"])
  func aFrozenPatternIsTheOtherRuns(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let patterns = (0..<model.config.nLayers).map { HookPoint(.pattern, layer: $0) }
    let source = try model.activations(of: corruptedBatch, at: patterns)
    let hooks = (0..<model.config.nLayers).map { Hook.freezePattern(layer: $0, from: source) }
    let frozen = try model.activations(of: cleanBatch, at: patterns, hooks: hooks)
    for point in patterns { #expect(sameBits(frozen[point]?.elements, source[point]?.elements)) }
  }

  /// The prompt is patched while it is read; behind it there is nothing to take.
  @Test func aPatchOfThePromptHoldsDuringGeneration() throws {
    let model = try Fixture(name: "gpt2").model()
    let (point, pattern) = (HookPoint.residPost(0), HookPoint(.pattern, layer: 1))
    let source = try model.activations(of: TokenBatch([[9, 8, 7]]), at: [point, pattern])
    func next(_ selection: Selection) throws -> [Float] {
      let hooks = [point, pattern].map { Hook.patch($0, from: source, at: selection) }
      let (cache, workspace) = (try model.makeCache(sequences: 1), model.makeWorkspace())
      var logits: [Float] = []
      for part in [[1, 2, 3], [4]] {
        try model.run(
          TokenBatch([part], from: cache.lengths), observing: [HookPoint(.logits)], hooks: hooks,
          continuing: cache, in: workspace
        ) { logits = Array($0[$0.batch.rowCount - 1]) }
      }
      return logits
    }
    // Keys and values of block 1 on are those of the other prompt.
    let prompt = Selection(positions: .within(0..<3))
    let patched = try next(prompt)
    #expect(patched.allSatisfy { $0.isFinite })
    #expect(patched != (try model.values(HookPoint(.logits), TokenBatch([[1, 2, 3, 4]]))[row: 3].map { $0 }))
    let error = try modelError { try next(.all) }
    #expect(error.location == "\(point.name), sequence 0")
    #expect(
      error.problem == "the source run's sequence ends after 3 tokens, this one after 4: "
        + "their positions do not correspond")
  }

  // MARK: What does not fit

  @Test func sequencesOfAnotherLengthAreRefusedWithBothLengths() throws {
    let model = try Fixture(name: "gpt2").model()
    for point in [HookPoint.residPost(0), HookPoint(.pattern, layer: 0)] {
      let source = try model.activations(of: TokenBatch([[1, 2, 3, 4, 5, 6], [7, 8, 9]]), at: [point])
      for selection in [Selection.all, Selection(positions: .at([0]))] {
        let error = try modelError {
          try model.ending(cleanBatch, [.patch(point, from: source, at: selection)])
        }
        #expect(error.reason == .badInput && error.location == "\(point.name), sequence 0")
        #expect(
          error.problem == "the source run's sequence ends after 6 tokens, this one after 5: "
            + "their positions do not correspond")
      }
      // The second sequence alone fits.
      _ = try model.ending(
        cleanBatch, [.patch(point, from: source, at: Selection(sequences: .only([1])))])
    }
  }

  @Test func aSourceThatDoesNotFitIsRefused() throws {
    let model = try Fixture(name: "gpt2").model()
    let point = HookPoint.residPost(0)
    let unobserved = try model.activations(of: cleanBatch, at: [.residPost(1)])
    let none = try modelError { try model.ending(cleanBatch, [.patch(point, from: unobserved)]) }
    #expect(none.location == point.name)
    #expect(none.problem == "the reference run was not observed at this point")
    let three = try model.activations(of: TokenBatch([[1], [2], [3]]), at: [point])
    let count = try modelError { try model.ending(cleanBatch, [.patch(point, from: three)]) }
    #expect(count.problem == "the source run has 3 sequences, this one has 2")
    let wide = HookPoint(.z, layer: 0)
    let other = try Fixture(name: "phi").model()
    let source = try other.activations(of: cleanBatch, at: [wide])
    let (here, there) = (
      model.config.nHeads * model.config.dHead, other.config.nHeads * other.config.dHead
    )
    guard here != there else { return }
    let width = try modelError { try model.ending(cleanBatch, [.patch(wide, from: source)]) }
    #expect(width.location == "\(wide.name), sequence 0, position 0")
    #expect(width.problem == "a row of the source run holds \(there) values, here it holds \(here)")
  }
}
