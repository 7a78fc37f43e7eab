/// Which hook points a pass must stop at: who observes, who intervenes, and where the pass may end.
struct Interest {
  let observed: Set<HookPoint>
  let hooks: [HookPoint: [Hook]]
  private var sitesByLayer: [UInt64]
  private var remaining: Int
  private let isFilling: Bool

  /// - Parameters:
  ///   - nLayers: blocks of the model.
  ///   - isFilling: whether a cache waits for the keys and values of all blocks.
  init(observed: Set<HookPoint>, hooks: [Hook], nLayers: Int, isFilling: Bool = false) {
    self.isFilling = isFilling
    self.observed = observed
    self.hooks = Dictionary(grouping: hooks) { $0.point }
    remaining = observed.count
    // One bit a site and one word a layer (the last word for what is outside the blocks): the pass asks several
    // hundred times a batch, and almost always hears no.
    sitesByLayer = Array(repeating: 0, count: nLayers + 1)
    for point in observed.union(self.hooks.keys) { sitesByLayer[point.layer ?? nLayers] |= point.site.bit }
  }

  /// Whether anybody observes or changes `site`.
  func wants(_ site: HookPoint.Site, layer: Int? = nil) -> Bool {
    sitesByLayer[layer ?? sitesByLayer.count - 1] & site.bit != 0
  }

  /// Whether nobody waits for anything further.
  var isDone: Bool { hasSeenAll && !isFilling }

  /// Whether all observed points have been passed.
  var hasSeenAll: Bool { remaining == 0 }

  mutating func passed() { remaining -= 1 }
}

extension HookPoint.Site {
  /// One bit a site.
  var bit: UInt64 { 1 << UInt64(order) }
}
