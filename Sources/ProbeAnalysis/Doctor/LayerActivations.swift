import Foundation
import ProbeModel

/// The activations of one block at some sites, for a packed batch.
struct LayerActivations {
  let layer: Int
  let rowCount: Int
  var values: [HookPoint.Site: [Float]] = [:]
  /// Start of each row of ragged sites, and the end of the last.
  var rowOffsets: [Int] = []

  /// The values of one row.
  func row(_ row: Int, _ site: HookPoint.Site) -> ArraySlice<Float> {
    guard let values = values[site] else { return [] }
    if site.isRagged { return values[rowOffsets[row]..<rowOffsets[row + 1]] }
    let width = values.count / max(rowCount, 1)
    return values[row * width..<(row + 1) * width]
  }
}

extension HookedTransformer {
  /// Runs a batch and hands over the activations block by block: no more than one block's are held at a time.
  ///
  /// - Parameter sites: sites inside blocks; those that the model does not have are left out.
  func eachLayer(
    of batch: TokenBatch, at sites: [HookPoint.Site], _ body: (LayerActivations) throws -> Void
  ) throws {
    let points = (0..<config.nLayers).flatMap { layer in sites.map { HookPoint($0, layer: layer) } }
    var current: LayerActivations?
    try run(batch, observing: Set(points.filter { has($0) }), in: makeWorkspace()) { view in
      guard let layer = view.point.layer else { return }
      if let done = current, done.layer != layer {
        try body(done)
        current = nil
      }
      var held = current ?? LayerActivations(layer: layer, rowCount: batch.rowCount)
      current = nil
      held.values[view.point.site] = Array(view.values)
      if let offsets = view.rowOffsets { held.rowOffsets = offsets }
      current = held
    }
    if let current { try body(current) }
  }
}

/// Euclidean length.
func length(_ values: some Sequence<Double>) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// The largest value met, with where; NaN is larger than everything, since it is never what was expected.
struct Worst<Place> {
  private(set) var value = 0.0
  private(set) var place: Place?

  mutating func meet(_ candidate: Double, _ place: @autoclosure () -> Place) {
    guard self.place == nil || candidate > value || (candidate.isNaN && !value.isNaN) else { return }
    (value, self.place) = (candidate, place())
  }
}

extension Double {
  /// A number as a table shows it: whole ones as they are, others with two or three digits: `22712`, `5.5`, `0.52`,
  /// `3.1e-06`.
  package var brief: String {
    if isNaN { return "NaN" }
    let size = abs(self)
    if self == rounded(), size < 1e7 { return String(format: "%.0f", self) }
    guard size < 1e7, size >= 1e-3 else { return String(format: "%.1e", self) }
    return String(format: size >= 99.95 ? "%.0f" : size >= 1 ? "%.1f" : "%.2g", self)
  }
}
