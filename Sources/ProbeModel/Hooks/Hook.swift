/// An intervention: changes activations in place at one hook point, before anybody records them.
///
/// The body gets the activations of the whole packed batch and may overwrite them; everything computed later reads
/// the changed values. Observing is separate (the `observe` argument of
/// ``HookedTransformer/run(_:observing:hooks:continuing:in:_:)``), so a body needs no mutable state. Those that the field
/// uses are made by ``zero(_:at:)``, ``replace(_:with:at:)``, ``mean(_:of:over:at:)``, ``patch(_:from:at:)``,
/// ``add(_:_:coefficient:at:)``, ``projectOut(_:_:at:)`` and ``freezePattern(layer:from:at:)``.
public struct Hook: Sendable {
  /// Where it acts.
  public let point: HookPoint
  let body: @Sendable (ActivationView) throws -> Void

  /// An intervention at `point`. Several at one point run in the order given.
  public init(_ point: HookPoint, _ body: @escaping @Sendable (ActivationView) throws -> Void) {
    self.point = point
    self.body = body
  }
}
