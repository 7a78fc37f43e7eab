import ProbeMath
import Testing

@testable import ProbeModel

/// Patching a run with its own activations changes nothing.
@Suite struct SelfPatchTests {
  /// Changing these makes the pass take another way to the same numbers, whose last bits may differ.
  static let sitesNotYetBitForBit: [HookPoint.Site] = [.result, .attnOut, .mlpOut, .attnScores, .pattern]

  @Test(arguments: Fixture.blockKinds)
  func ownActivationsChangeNoBitAtAnyPoint(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let plain = try model.ending(cleanBatch)
    for point in model.hookPoints where !point.site.isScale {
      let own = try model.activations(of: cleanBatch, at: [point])
      let patched = try model.ending(cleanBatch, [.patch(point, from: own)])
      if Self.sitesNotYetBitForBit.contains(point.site) {
        // Sums in another order, through three blocks: a few ulp.
        #expect(largestDifference(patched, plain) <= 1e-5, "\(point)")
      } else {
        #expect(sameBits(patched, plain), "\(point)")
      }
    }
  }

  /// One run with everything observed and everything patched: the same way throughout, so every point has its bits.
  @Test(arguments: Fixture.blockKinds)
  func allPointsAtOnceChangeNoBit(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let own = try model.activations(of: cleanBatch, at: model.hookPoints)
    let hooks = model.hookPoints.filter { !$0.site.isScale }.map { Hook.patch($0, from: own) }
    let patched = try model.activations(of: cleanBatch, at: model.hookPoints, hooks: hooks)
    for point in model.hookPoints {
      #expect(sameBits(patched[point]?.elements, own[point]?.elements), "\(point)")
    }
  }

  @Test(.enabled(if: RealModel.smollm2.isTested))
  func ownActivationsChangeNoBitInARealModel() throws {
    let model = try HookedTransformer.open(RealModel.smollm2.path)
    let batch = TokenBatch([[504, 3575, 282, 4649, 314]])
    // Layer 12 alone, every site: the 30 layers are alike, and each run is a whole forward pass.
    let points = model.hookPoints.filter { !$0.site.isScale && ($0.layer ?? 12) == 12 }
    let own = try model.activations(of: batch, at: points + [model.lastPoint])
    let plain = try model.ending(batch)
    for point in points where !Self.sitesNotYetBitForBit.contains(point.site) {
      // Observing alone, as the plain run does: with all points observed the pass goes another way.
      let alone = try model.activations(of: batch, at: [point])
      #expect(sameBits(try model.ending(batch, [.patch(point, from: alone)]), plain), "\(point)")
    }
    let hooks = points.map { Hook.patch($0, from: own) }
    let patched = try model.activations(of: batch, at: points + [model.lastPoint], hooks: hooks)
    #expect(sameBits(patched[model.lastPoint]?.elements, own[model.lastPoint]?.elements))
  }
}
