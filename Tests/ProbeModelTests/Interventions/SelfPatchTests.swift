import ProbeMath
import Testing

@testable import ProbeModel

/// Patching a run with its own activations changes nothing.
@Suite struct SelfPatchTests {
  @Test(arguments: Fixture.blockKinds)
  func ownActivationsChangeNoBitAtAnyPoint(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let plain = try model.ending(cleanBatch)
    for point in model.hookPoints where !point.site.isScale {
      let own = try model.activations(of: cleanBatch, at: [point])
      let patched = try model.ending(cleanBatch, [.patch(point, from: own)])
      #expect(sameBits(patched, plain), "\(point)")
    }
  }

  /// One run with everything observed and everything patched.
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
    for point in points {
      #expect(sameBits(try model.ending(batch, [.patch(point, from: own)]), plain), "\(point)")
    }
    let hooks = points.map { Hook.patch($0, from: own) }
    let patched = try model.activations(of: batch, at: points + [model.lastPoint], hooks: hooks)
    #expect(sameBits(patched[model.lastPoint]?.elements, plain))
  }
}
