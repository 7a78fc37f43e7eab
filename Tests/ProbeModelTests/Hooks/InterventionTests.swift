import ProbeMath
import Testing

@testable import ProbeModel

/// Hooks that change activations.
@Suite struct InterventionTests {
  private func noise(_ point: HookPoint, size: Float = 0.5) -> Hook {
    Hook(point) { view in
      var random = RandomStream(seed: 17, point.name)
      for index in view.values.indices { view.values[index] += size * Float(random.normal()) }
    }
  }

  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func nothingBeforeAnInterventionChanges(_ name: String) throws {
    let fixture = Fixture(name: name)
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let before = try Observations(model, batch, at: model.hookPoints)
    let last = try #require(before.order.last)
    for (index, point) in before.order.enumerated() where !point.site.isScale {
      let after = try Observations(model, batch, at: model.hookPoints, hooks: [noise(point)])
      #expect(after.order == before.order)
      for earlier in before.order[..<index] {
        #expect(sameBits(after[earlier], before[earlier]), "\(point) changed \(earlier)")
      }
      #expect(!sameBits(after[point], before[point]), "\(point) shows what was there before the hook")
      // Everything computed later reads the changed values, so the end of the stream changes.
      #expect(!sameBits(after[last], before[last]), "\(point) did not reach \(last)")
    }
  }

  /// No attention: the stream passes it unchanged.
  @Test(arguments: ["llama-gqa", "gpt2"])
  func withoutAttentionTheStreamStays(_ name: String) throws {
    let fixture = Fixture(name: name)
    let (model, batch) = (try fixture.model(), try fixture.batch())
    for layer in 0..<model.config.nLayers {
      let hook = Hook(HookPoint(.attnOut, layer: layer)) { $0.values.update(repeating: 0) }
      let seen = try Observations(model, batch, at: model.hookPoints, hooks: [hook])
      // x + 0 is x, but for −0.
      #expect(try seen.at(.residMid, layer) == seen.at(.residPre, layer))
      #expect(try seen.at(.residPost, layer) != seen.at(.residMid, layer))
    }
  }

  /// Replacing the stream by another run's makes everything after it that run's.
  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func aPatchedStreamIsTheOtherRun(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let (clean, corrupted) = (TokenBatch([[1, 2, 3, 4], [7, 8]]), TokenBatch([[5, 6, 7, 8], [9, 1]]))
    let plain = model.hookPoints
    let other = try Observations(model, corrupted, at: plain)
    for layer in 0..<model.config.nLayers {
      let point = HookPoint(.residPre, layer: layer)
      let stream = try #require(other[point])
      let hook = Hook(point) { view in
        for index in view.values.indices { view.values[index] = stream[index] }
      }
      let patched = try Observations(model, clean, at: plain, hooks: [hook])
      for later in plain where later.layer.map({ $0 >= layer }) ?? (later > point) {
        #expect(sameBits(patched[later], other[later]), "\(later) after patching \(point)")
      }
    }
  }

  /// The pattern is what attention uses: all weight on the query's own key gives its own value.
  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func attentionReadsTheChangedPattern(_ name: String) throws {
    let fixture = Fixture(name: name)
    let (model, batch) = (try fixture.model(), try fixture.batch())
    let (config, causal) = (model.config, model.config.masking == .causal)
    let positions = batch.positions
    let hook = Hook(HookPoint(.pattern, layer: 1)) { view in
      for row in 0..<view.batch.rowCount {
        let shares = view[row]
        let visible = shares.count / config.nHeads
        for index in shares.indices {
          shares[index] = index % visible == (causal ? visible - 1 : Int(positions[row])) ? 1 : 0
        }
      }
    }
    let seen = try Observations(
      model, batch, at: [HookPoint(.v, layer: 1), HookPoint(.z, layer: 1)], hooks: [hook])
    let (v, z) = (try seen.at(.v, 1), try seen.at(.z, 1))
    for row in 0..<batch.rowCount {
      for head in 0..<config.nHeads {
        for column in 0..<config.dHead {
          let value = v[(row * config.nKeyValueHeads + head / config.headsPerGroup) * config.dHead + column]
          // 1 · v and zeros: exact.
          #expect(z[(row * config.nHeads + head) * config.dHead + column] == value)
        }
      }
    }
  }

  @Test func hooksRunInOrderAndBeforeObservers() throws {
    let model = try Fixture(name: "gpt2").model()
    let point = HookPoint.residPost(0)
    let hooks = [
      Hook(point) { $0.values.update(repeating: 2) },
      Hook(point) { view in for i in view.values.indices { view.values[i] *= 3 } },
    ]
    let seen = try Observations(
      model, TokenBatch([[1, 2]]), at: [point, HookPoint(.residPre, layer: 1)], hooks: hooks)
    #expect(try #require(seen[point]).allSatisfy { $0 == 6 })
    #expect(try seen.at(.residPre, 1).allSatisfy { $0 == 6 })
  }

  @Test func whatAHookOrAnObserverThrowsComesOut() throws {
    struct Stop: Error {}
    let model = try Fixture(name: "gpt2").model()
    let batch = TokenBatch([[1, 2]])
    #expect(throws: Stop.self) {
      try model.run(
        batch, observing: [.residPost(1)], hooks: [Hook(.residPost(0)) { _ in throw Stop() }],
        in: model.makeWorkspace()
      ) { _ in Issue.record("the pass went on") }
    }
    #expect(throws: Stop.self) {
      try model.run(batch, observing: [.residPost(0), .residPost(1)], in: model.makeWorkspace()) { _ in
        throw Stop()
      }
    }
    // Beyond the last observed point nothing is computed, and no hook runs.
    try model.run(
      batch, observing: [.residPost(0)], hooks: [Hook(.residPost(1)) { _ in throw Stop() }],
      in: model.makeWorkspace()
    ) { _ in }
  }

  @Test(arguments: ["llama-gqa", "bert"])
  func aNormsScaleCannotBeChanged(_ name: String) throws {
    let model = try Fixture(name: name).model()
    for point in model.hookPoints where point.site.isScale {
      let error = try modelError {
        try Observations(model, TokenBatch([[1]]), at: [point], hooks: [Hook(point) { _ in }])
      }
      #expect(error.reason == .unsupported && error.location == point.name)
      #expect(error.problem == "a norm's scale can be observed, not changed")
    }
  }

  /// A cache that is filled again holds nothing of the batch before.
  @Test func aCacheHoldsOneBatch() throws {
    let model = try Fixture(name: "llama-gqa").model()
    var cache = ActivationCache()
    let workspace = model.makeWorkspace()
    func fill(_ tokens: [Int], _ points: Set<HookPoint>) throws {
      try model.run(TokenBatch([tokens]), observing: points, in: workspace) { cache.record($0) }
    }
    try fill([1, 2, 3], [.residPost(0), .residPost(1)])
    try fill([4, 5, 6], [.residPost(0)])
    #expect(cache.points == [.residPost(0)] && cache[.residPost(1)] == nil)
    #expect(try cache[.residPost(0)] == model.activations(of: [4, 5, 6], at: [.residPost(0)])[.residPost(0)])
  }
}
