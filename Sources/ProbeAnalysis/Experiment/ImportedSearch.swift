import ProbeModel
import ProbeStore

/// Finds what a spec without model and corpus is about: activations that are in a store already.
struct ImportedSearch {
  let spec: ExperimentSpec
  let store: ActivationStore

  /// The newest capture with the spec's name, else the only one there is.
  ///
  /// - Throws: ``SpecError`` `.missingData` that lists what there is; errors of the store.
  func capture() throws -> CaptureRecord {
    let all = try store.captures()
    if let named = all.last(where: { $0.name == spec.name }) { return named }
    if all.count == 1 { return all[0] }
    throw SpecError(
      .missingData, at: store.path,
      all.isEmpty
        ? "holds no capture" : "holds \(all.count) captures, and none is called \(spec.name) like the spec",
      advice: all.isEmpty
        ? "Put activations into it: probe store import \(store.path) --name \(spec.name) …"
        : "There is: \(all.map { $0.summary }.joined(separator: "; "))")
  }

  /// The points that the spec names, or all of the capture's.
  ///
  /// - Throws: ``SpecError`` `.missingData` for points that are not there, or not to the end.
  func points(in capture: CaptureRecord) throws(SpecError) -> [HookPoint] {
    let captured = capture.points.compactMap { HookPoint(name: $0.hook) }.sorted()
    var points = captured
    if !spec.capture.points.isEmpty {
      do {
        points = try PointSelector.select(spec.capture.points, from: captured)
      } catch {
        throw SpecError(
          .missingData, at: store.path, "holds no activations of \(error.location)", advice: error.advice)
      }
    }
    if let unfinished = points.first(where: { capture.point($0)?.isComplete == false }) {
      throw SpecError(
        .missingData, at: store.path, "\(unfinished.name) is not there to the end",
        advice: capture.isImported
          ? "Import it again: that goes on where it stopped"
          : "Capture it again: that goes on where it stopped")
    }
    return points
  }
}
