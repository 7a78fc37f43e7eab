import Foundation
import ProbeMath
import ProbeModel

/// A fit, and what it scores on the snippets that it was not trained on.
struct FitRecord: Sendable, Codable, Equatable {
  /// The fit.
  let fit: SyntacticFit
  /// Scores by snippet; those of validation and test.
  let scores: [Int: SnippetScores]

  /// Scores of the given snippets, in their order; snippets without one are left out.
  func scores(_ snippets: [Int]) -> [SnippetScores] { snippets.compactMap { scores[$0] } }
}

/// Everything that decides a fit and its scores.
struct FitKey: Codable {
  /// Raised whenever fits or scores would come out otherwise.
  static let version = 1

  var version = Self.version
  /// ``LeafVectors/source``.
  let source: String
  /// SHA-256 over the snippets: rows, targets, split.
  let task: String
  let rank: Int
  let scale, rate, decay, penalty: Float
  let patience, maximumEpochs, batchSize: Int
  let seed: UInt64
  /// SHA-256 over a transferred subspace; nil where B is fitted.
  let transfer: String?
  /// OpenBLAS rounds by its kernels.
  let kernels: String

  /// SHA-256 over all of it.
  var digest: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return SHA256Digest.of(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
  }
}

/// Fits that were made, in files beside the store: a sweep that is stopped goes on where it was.
///
/// A record is found by the digest of all it follows from, so that a stale one cannot be taken for another. Files are
/// moved into place when they are whole. One that cannot be read is made anew. Deleting the folder costs time only.
struct FitArchive: Sendable {
  /// `NAME.sqlite` keeps its fits in `NAME.fits`.
  let folder: String

  init(besides store: String) {
    folder = ((store as NSString).deletingPathExtension) + ".fits"
  }

  /// The record of `key`, made by `make` where there is none.
  ///
  /// - Throws: errors of `make`; ``SpecError`` `.cannotWrite` when the record cannot be kept.
  func record(_ key: FitKey, make: () throws -> FitRecord) throws -> FitRecord {
    let path = "\(folder)/\(try key.digest).json"
    if let data = FileManager.default.contents(atPath: path),
      let record = try? JSONDecoder().decode(FitRecord.self, from: data)
    {
      return record
    }
    let record = try make()
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // Atomic: a name that exists is a record that is whole.
      try JSONEncoder().encode(record).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw SpecError(
        .cannotWrite, at: path, "the fit cannot be kept: \(error.localizedDescription)",
        advice: "Fits are kept beside the store, so that a sweep can go on: make the folder writable")
    }
    return record
  }
}
