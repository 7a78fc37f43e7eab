import Foundation

/// How a corpus is written down.
public enum CorpusFormat: Sendable, Equatable {
  /// One JSON object a line.
  case jsonLines
  /// Comma-separated with a header line (RFC 4180).
  case csv
  /// Tab-separated with a header line.
  case tsv
}

extension Corpus {
  /// Reads a corpus file: JSONL (`.jsonl`, `.ndjson`, `.json`), `.csv` or `.tsv`; `-` is JSONL on standard input.
  ///
  /// Fields: `id` (numbered from 1 when absent), `text` or `token_ids`, `label` or `labels`, `spans`, `group`,
  /// `split`, `pair`, `role`; `meta` is the author's own. Other fields mean nothing and stand in
  /// ``ignoredFields``. A table's columns have the same names, with `labels.NAME` for a named label and
  /// `token_ids` separated by blanks; an empty cell is an absent field, and spans need JSONL.
  ///
  /// - Throws: `ModelError` that names the file, and line, field and reason where there is one.
  public static func read(_ path: String) throws(ModelError) -> Corpus {
    if path == "-" {
      let data = FileHandle.standardInput.readDataToEndOfFile()
      return try parse([UInt8](data), as: .jsonLines, path: "standard input")
    }
    let format: CorpusFormat
    switch (path as NSString).pathExtension.lowercased() {
    case "jsonl", "ndjson", "json": format = .jsonLines
    case "csv": format = .csv
    case "tsv": format = .tsv
    default:
      throw ModelError(
        .unsupported, at: path, "the file's ending does not say what it is",
        advice: "Expected .jsonl, .csv or .tsv, or - for JSONL on standard input")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw ModelError(.notFound, at: path, "there is no such file")
    }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw ModelError(.unreadable, at: path, "cannot be read: \(error.localizedDescription)")
    }
    return try parse([UInt8](data), as: format, path: path)
  }

  /// Reads a corpus from bytes; `path` is what errors and ``path`` say.
  ///
  /// - Throws: `ModelError` (`badInput`) that names `path`, line, field and reason.
  public static func parse(
    _ bytes: [UInt8], as format: CorpusFormat, path: String
  ) throws(ModelError) -> Corpus {
    let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    let body = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
    var ignored: Set<String> = []
    let entries =
      switch format {
      case .jsonLines: try JSONLinesReader.read(body, path: path, ignored: &ignored)
      case .csv: try TableReader.read(body, separator: ",", path: path, ignored: &ignored)
      case .tsv: try TableReader.read(body, separator: "\t", path: path, ignored: &ignored)
      }
    return try Corpus(entries, path: path, ignoredFields: ignored)
  }
}

/// Fields that a corpus knows, with their names in files.
enum CorpusField: String, CaseIterable {
  case id, text, label, labels, spans, group, split, pair, role, meta
  case tokenIDs = "token_ids"
}
