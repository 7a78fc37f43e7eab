import Foundation

/// A folder of its own with a results file by hand, as the schema describes it: nothing here depends on what the
/// library writes. Removed at the end.
final class ResultsFixture {
  let folder: String
  var file: String { folder + "/Reports/n.json" }

  init(specDigest: String = digest, corpusDigest: String = digest) throws {
    folder = NSTemporaryDirectory() + "expect-probe-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder + "/Reports", withIntermediateDirectories: true)
    try write("Reports/n.json", Self.text(specDigest: specDigest, corpusDigest: corpusDigest))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static let digest = String(repeating: "a", count: 64)

  func write(_ name: String, _ text: String) throws {
    let url = URL(fileURLWithPath: folder + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private static func text(specDigest: String, corpusDigest: String) -> String {
    """
    {"schemaVersion": 1, "name": "n", "title": "t",
     "provenance": {"version": "0.1.0", "model": "m", "architecture": "llama", "weightsDigest": "\(digest)",
       "corpus": "c.jsonl", "corpusDigest": "\(corpusDigest)", "specDigest": "\(specDigest)",
       "capture": {"positions": "last", "dtype": "float16", "sentinel": "bos", "overflow": "error"},
       "seed": 1, "numericsVersion": 1, "kernels": "k"},
     "analyses": [{"id": "p", "analysis": "linear-probe", "findings": {},
       "measurements": [{"label": "truth", "point": "blocks.1.hook_resid_post", "isBest": true,
         "metrics": {"accuracy": {"value": 0.8, "lower": 0.7, "upper": 0.9, "n": 40, "groups": 20, "chance": 0.5}},
         "notApplicable": {}}]}],
     "expectations": []}
    """
  }
}
