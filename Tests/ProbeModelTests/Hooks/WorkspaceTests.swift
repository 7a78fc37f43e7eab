import ProbeMath
import Testing

@testable import ProbeModel

/// Scratch memory leaves no traces, and threads do not disturb each other.
@Suite struct WorkspaceTests {
  private func sequences(_ lengths: [Int], _ name: String) -> TokenBatch {
    var random = RandomStream(seed: 31, name)
    return TokenBatch(lengths.map { length in (0..<length).map { _ in random.index(below: 96) } })
  }

  /// Lengths on both sides of the crossover between plain loops and products, and single rows.
  private var batches: [TokenBatch] {
    [[1], [5, 30, 1], [64, 64], [2], [25], [24, 0, 3], [1, 1, 1], [60]].enumerated().map {
      sequences($1, "\($0)")
    }
  }

  @Test(arguments: Fixture.kinds)
  func aUsedWorkspaceGivesTheBitsOfAFreshOne(_ fixture: Fixture) throws {
    let model = try fixture.model()
    let shared = model.makeWorkspace()
    for points in [model.hookPoints, [HookPoint(.z, layer: 0)]] {
      for (index, batch) in (batches + batches.reversed()).enumerated() {
        let reused = try Observations(model, batch, at: points, in: shared)
        let fresh = try Observations(model, batch, at: points)
        for point in points where !sameBits(reused[point], fresh[point]) {
          Issue.record("\(point), batch \(index)")
        }
      }
    }
  }

  /// NaN left behind by one run must not leak into the next.
  @Test(arguments: Fixture.kinds)
  func aBrokenRunLeavesNothingBehind(_ fixture: Fixture) throws {
    let (model, shared) = (try fixture.model(), try fixture.model().makeWorkspace())
    let hooks = model.hookPoints.filter { !$0.site.isScale }.map {
      Hook($0) { $0.values.update(repeating: .nan) }
    }
    for batch in batches.prefix(4) {
      _ = try Observations(model, sequences([64, 64], "nan"), at: model.hookPoints, hooks: hooks, in: shared)
      let reused = try Observations(model, batch, at: model.hookPoints, in: shared)
      let fresh = try Observations(model, batch, at: model.hookPoints)
      for point in model.hookPoints where !sameBits(reused[point], fresh[point]) { Issue.record("\(point)") }
    }
  }

  /// Models of other shapes and angles may share a workspace.
  @Test func aWorkspaceServesAnyModel() throws {
    let models = try Fixture.kinds.map { try $0.model() }
    let shared = models[0].makeWorkspace()
    for model in models + models.reversed() {
      let point = HookPoint.residPost(model.config.nLayers - 1)
      let batch = sequences([30, 3], "shared")
      let (reused, fresh) = (
        try Observations(model, batch, at: [point], in: shared), try Observations(model, batch, at: [point])
      )
      #expect(sameBits(reused[point], fresh[point]), "\(model.path)")
    }
  }

  @Test(arguments: Fixture.kinds)
  func threadsGiveTheBitsOfOne(_ fixture: Fixture) throws {
    let (model, batches) = (try fixture.model(), batches)
    let points = model.hookPoints
    let expected = try batches.map { try Observations(model, $0, at: points) }
    let found = try concurrently(4 * batches.count) { index in
      try Observations(model, batches[index % batches.count], at: points)
    }
    for (index, seen) in found.enumerated() {
      let alone = expected[index % batches.count]
      for point in points where !sameBits(seen[point], alone[point]) {
        Issue.record("\(point), run \(index)")
      }
    }
  }

  /// Sequences around the width of a panel of keys and the height of a group of queries.
  @Test(arguments: Fixture.kinds)
  func observedAttentionHasTheBitsOfUnobserved(_ fixture: Fixture) throws {
    let model = try fixture.model()
    for length in [1, 2, 31, 32, 33, 56, 57, 63, 64] {
      let batch = sequences([length, 3], "ways \(length)")
      let z = (0..<model.config.nLayers).map { HookPoint(.z, layer: $0) }
      let plain = try Observations(model, batch, at: z)
      let seen = z + [HookPoint(.pattern, layer: 0), HookPoint(.attnScores, layer: 1)]
      let observed = try Observations(model, batch, at: seen)
      let hooked = try Observations(
        model, batch, at: seen,
        hooks: [
          Hook(HookPoint(.pattern, layer: 0)) { _ in }, Hook(HookPoint(.attnScores, layer: 1)) { _ in },
        ])
      for point in z {
        #expect(sameBits(plain[point], observed[point]), "\(point), \(length)")
        #expect(sameBits(plain[point], hooked[point]), "\(point), \(length), hooked")
      }
    }
  }

  /// The threads of one workspace divide a run among themselves without changing it.
  @Test(arguments: Fixture.all, [2, 3])
  func aTeamGivesTheBitsOfOneThread(_ fixture: Fixture, _ threads: Int) throws {
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let alone = try Observations(model, batch, at: model.hookPoints)
    let team = try Observations(
      model, batch, at: model.hookPoints, in: model.makeWorkspace(threads: threads))
    for point in model.hookPoints where !sameBits(alone[point], team[point]) {
      Issue.record("\(point)")
    }
  }
}
