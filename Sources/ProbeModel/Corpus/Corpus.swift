import Foundation

/// The examples that a question is asked about, in the order of their file.
public struct Corpus: Sendable, Equatable {
  /// The examples.
  public let examples: [Example]
  /// Where they were read, `standard input`, or empty for a corpus made in memory.
  public let path: String
  /// SHA-256 of the content: of every example's fields in order, whatever the file format.
  public let digest: String
  /// Fields of the file that mean nothing here, sorted; `meta` is for the author and is not listed.
  public let ignoredFields: [String]

  /// A corpus made in memory.
  ///
  /// - Throws: `ModelError` (`badInput`) that names the example and field: see ``Example`` for what is checked.
  public init(_ examples: [Example], path: String = "") throws(ModelError) {
    try self.init(examples.map { (nil, $0) }, path: path, ignoredFields: [])
  }

  /// The corpus with other examples in place of its own.
  ///
  /// - Throws: as ``init(_:path:)``.
  public func replacingExamples(_ examples: [Example]) throws(ModelError) -> Corpus {
    try Corpus(examples.map { (nil, $0) }, path: path, ignoredFields: Set(ignoredFields))
  }

  /// Checks examples together with the lines that they were read from.
  init(_ entries: [(line: Int?, example: Example)], path: String, ignoredFields: Set<String>)
    throws(ModelError)
  {
    guard !entries.isEmpty else {
      throw ModelError(
        .badInput, at: path.isEmpty ? "corpus" : path, "the corpus has no examples",
        advice: "Expected one JSON object a line, or a header line and rows")
    }
    var seen: [String: Int] = [:]
    for (index, (line, example)) in entries.enumerated() {
      func place(_ field: String) -> String { Self.location(path, line, example.id, field) }
      do throws(FieldProblem) {
        try example.validate()
      } catch {
        throw ModelError(.badInput, at: place(error.field), error.problem, advice: error.advice)
      }
      if let first = seen.updateValue(index, forKey: example.id) {
        let earlier = entries[first].line.map { "line \($0)" } ?? "example \(first + 1)"
        throw ModelError(
          .badInput, at: place("id"), "the id \"\(example.id)\" is taken by \(earlier)",
          advice: "Ids are unique in a corpus; leave them out to have the examples numbered")
      }
    }
    examples = entries.map(\.example)
    self.path = path
    self.ignoredFields = ignoredFields.sorted()
    digest = Self.contentDigest(examples)
  }

  static func location(_ path: String, _ line: Int?, _ id: String?, _ field: String) -> String {
    var parts = [path.isEmpty ? "corpus" : path]
    if let line { parts.append("line \(line)") } else if let id { parts.append("example \"\(id)\"") }
    if !field.isEmpty { parts.append("field `\(field)`") }
    return parts.joined(separator: ", ")
  }

  // MARK: - Digest

  /// SHA-256 over every field in a fixed order, each as a tag, a length and its bytes, so that no two corpora
  /// share an encoding and the same content digests alike from JSONL, CSV and memory.
  private static func contentDigest(_ examples: [Example]) -> String {
    var digest = SHA256Digest()
    digest.update("probe corpus 1\n".utf8)
    for example in examples { digest.update(canonicalBytes(example)) }
    return digest.finish()
  }

  private static func canonicalBytes(_ example: Example) -> [UInt8] {
    var bytes: [UInt8] = []
    func put(_ tag: Character, _ text: String?) {
      guard let text else { return }
      bytes.append(contentsOf: "\(tag)\(text.utf8.count):".utf8)
      bytes.append(contentsOf: text.utf8)
    }
    func put(_ tag: Character, _ value: LabelValue) {
      switch value {
      case .string(let text): put(tag, "s" + text)
      case .number(let number): put(tag, "n\(number.bitPattern)")
      case .bool(let flag): put(tag, flag ? "b1" : "b0")
      }
    }
    put("i", example.id)
    put("t", example.text)
    put("k", example.tokenIDs.map { ids in ids.map(String.init).joined(separator: " ") })
    for (name, value) in example.labels.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      put("l", name)
      put("v", value)
    }
    for span in example.spans {
      put("s", "\(span.start) \(span.end) \(span.label)")
      put("v", span.value)
    }
    put("g", example.group)
    put("p", example.split)
    put("a", example.pair)
    put("r", example.role)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
