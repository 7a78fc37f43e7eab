import Foundation
import Testing

@testable import ProbeModel

/// The real models that tests run on, from `scripts/fetch-model.sh`.
enum RealModel: String, CaseIterable {
  case smollm2 = "smollm2-135m.gguf"
  case minilm = "all-minilm-l6-v2"

  /// Where it lies: `$PROBE_MODELS`, else `.probe/models` of the package.
  var path: String {
    let package = Fixture.root.deletingLastPathComponent().deletingLastPathComponent()
    let folder = ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? package.path + "/.probe/models"
    return folder + "/" + rawValue
  }

  /// Whether its tests run: always in CI, where a missing model is a failure, else when it is there.
  var isTested: Bool {
    ProcessInfo.processInfo.environment["CI"] != nil || FileManager.default.fileExists(atPath: path)
  }
}
