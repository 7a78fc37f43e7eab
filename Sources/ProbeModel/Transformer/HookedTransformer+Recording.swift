extension HookedTransformer {
  /// The activations of a packed batch at `points`, computed with the threads of a workspace, and behind what a cache
  /// holds.
  ///
  /// - Parameters: as of ``run(_:observing:hooks:continuing:in:_:)``.
  public func activations(
    of batch: TokenBatch, at points: [HookPoint], hooks: [Hook] = [], continuing cache: KeyValueCache? = nil,
    in workspace: Workspace
  ) throws -> ActivationCache {
    var recorded = ActivationCache()
    try run(batch, observing: Set(points), hooks: hooks, continuing: cache, in: workspace) {
      recorded.record($0)
    }
    return recorded
  }
}
