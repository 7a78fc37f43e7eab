import Foundation
import ProbeAnalysis
import ProbeModel

/// Whether results still answer the question as it stands.
enum Staleness {
  /// What changed since the results were made, and what to run again; nil when nothing did.
  ///
  /// Compares digests of the spec and of the corpus that it names. Nothing is computed anew, and a model is not looked
  /// at: its weights would have to be read.
  ///
  /// - Parameters:
  ///   - spec: path of the spec.
  ///   - name: what messages call it.
  /// - Throws: ``SpecError`` when spec or corpus cannot be read.
  static func of(_ results: Results, file: String, spec: String, named name: String) throws(SpecError)
    -> String?
  {
    let current = try ExperimentSpec(file: spec)
    let isSameSpec = SHA256Digest.of(current.text) == results.provenance.specDigest
    var isSameCorpus = true
    if let corpus = current.corpus {
      do {
        isSameCorpus = try current.capture.read(corpus).digest == results.provenance.corpusDigest
      } catch {
        throw SpecError(.unreadable, at: name, "its corpus cannot be compared: \(error)")
      }
    }
    if isSameSpec && isSameCorpus { return nil }
    let changed = [isSameSpec ? nil : "the spec", isSameCorpus ? nil : "the corpus"].compactMap { $0 }
    return "\(file) is stale: \(changed.joined(separator: " and ")) changed since. Run "
      + "`probe capture \(name)` (which does nothing where it need not) and `probe analyze \(name)`"
  }
}
