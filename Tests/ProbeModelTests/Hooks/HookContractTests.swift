import ProbeMath
import Testing

@testable import ProbeModel

/// What every architecture promises about its hook points.
@Suite struct HookContractTests {
  @Test func everyArchitectureHasAFixture() throws {
    let covered = Set(try Fixture.all.map { try $0.model().architecture })
    #expect(covered == Set(Architecture.all.map { $0.name }))
  }

  @Test(arguments: Fixture.all)
  func eachAdvertisedPointFiresOnceWithItsShape(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let seen = try Observations(model, batch, at: model.hookPoints)
    #expect(seen.order.count == Set(seen.order).count && seen.order.sorted() == model.hookPoints)
    for point in model.hookPoints {
      let shape = try #require(model.rowShape(of: point))
      #expect(seen.rowShapes[point] == shape && model.has(point))
      let count = try #require(seen[point]).count
      if point.site.isRagged {
        let offsets = try #require(seen.rowOffsets[point])
        #expect(offsets.count == batch.rowCount + 1 && offsets.first == 0 && offsets.last == count)
        for sequence in 0..<batch.sequenceCount {
          for (position, row) in batch.rows(of: sequence).enumerated() {
            let all = model.config.masking == .causal ? position + 1 : batch.rows(of: sequence).count
            let window = point.layer.flatMap { model.config.window(layer: $0) } ?? .max
            #expect(offsets[row + 1] - offsets[row] == model.config.nHeads * min(all, window))
          }
        }
      } else {
        #expect(seen.rowOffsets[point] == nil && count == batch.rowCount * shape.reduce(1, *), "\(point)")
      }
      #expect(try #require(seen[point]).allSatisfy { $0.isFinite }, "\(point)")
    }
  }

  @Test(arguments: Fixture.all)
  func preNormModelsFireInTheOrderOfThePoints(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let order = try Observations(model, fixture.batch(), at: model.hookPoints).order
    if model.config.blockOrder == .preNorm { #expect(order == order.sorted()) }
    // After a post-norm's branch come its norm and the stream; blocks follow each other everywhere.
    let layers = order.compactMap { $0.layer }
    #expect(layers == layers.sorted())
  }

  @Test func sitesThatAFamilyDoesNotHaveAreNotAdvertised() throws {
    func sites(_ name: String) throws -> Set<HookPoint.Site> {
      Set(try Fixture(name: name).model().hookPoints.map { $0.site })
    }
    let rare: Set<HookPoint.Site> = [
      .qNormalized, .kNormalized, .ln1PostInput, .ln1PostScale, .ln2PostInput, .ln2PostScale,
    ]
    let all = Set(HookPoint.Site.allCases).subtracting(rare)
    #expect(try sites("llama-gqa") == all.subtracting([.posEmbed, .tokenTypeEmbed]))
    #expect(try sites("gpt2") == all.subtracting([.tokenTypeEmbed, .rotQ, .rotK, .mlpPreLinear]))
    #expect(
      try sites("bert")
        == all.subtracting([.rotQ, .rotK, .mlpPreLinear, .finalScale, .finalNormalized, .logits]))
  }

  /// The pass stops after the last observed point, and what it showed until then is what a full pass shows.
  @Test(arguments: Fixture.all)
  func observingOnePointGivesTheBitsOfObservingAll(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let all = try Observations(model, batch, at: model.hookPoints)
    for point in model.hookPoints {
      let alone = try Observations(model, batch, at: [point])
      #expect(alone.order == [point])
      #expect(sameBits(alone[point], all[point]), "\(point)")
    }
  }

  @Test(arguments: Fixture.kinds)
  func identityHooksLeaveEveryBit(_ fixture: Fixture) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let expected = try Observations(model, batch, at: model.hookPoints)
    let hooks = model.hookPoints.filter { !$0.site.isScale }.flatMap {
      [Hook($0) { _ in }, Hook($0) { _ in }]
    }
    let found = try Observations(model, batch, at: model.hookPoints, hooks: hooks)
    #expect(found.order == expected.order)
    for point in model.hookPoints { #expect(sameBits(found[point], expected[point]), "\(point)") }
  }
}
