import Foundation
import ProbeModel

/// Finds models by the names that `scripts/fetch-model.sh` uses.
public enum ModelLocator {
  /// Where fetched models lie: `$PROBE_MODELS`, else `.probe/models` below the working directory.
  public static var folder: String {
    ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? ".probe/models"
  }

  /// The path of a model given by path or by name.
  ///
  /// - Throws: ``SpecError`` `.notFound` that says how to get it.
  public static func path(of model: String) throws(SpecError) -> String {
    if FileManager.default.fileExists(atPath: model) { return model }
    for candidate in candidates(model) where FileManager.default.fileExists(atPath: candidate) {
      return candidate
    }
    guard !model.contains("/") else { throw SpecError(.notFound, at: model, "no model lies there") }
    throw SpecError(
      .notFound, at: model, "no model of this name in \(folder)",
      advice: "Get it with scripts/fetch-model.sh \(model), or give a path")
  }

  /// The models in ``folder``, by name.
  public static var found: [(name: String, path: String)] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.sorted().compactMap { entry in
      let path = (folder as NSString).appendingPathComponent(entry)
      if entry.hasSuffix(".gguf") { return (String(entry.dropLast(5)), path) }
      return FileManager.default.fileExists(atPath: path + "/config.json") ? (entry, path) : nil
    }
  }

  private static func candidates(_ name: String) -> [String] {
    ["", ".gguf"].map { (folder as NSString).appendingPathComponent(name + $0) }
  }
}
