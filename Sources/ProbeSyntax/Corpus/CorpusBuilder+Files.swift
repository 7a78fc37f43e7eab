import Foundation

extension CorpusBuilder.Outcome {
  /// The corpus as a file: a JSON object a line, its keys sorted.
  ///
  /// - Throws: an encoding error, which no text causes.
  public func jsonLines() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for function in functions {
      lines += try encoder.encode(function)
      lines.append(0x0a)
    }
    return lines
  }

  /// The licences' texts under the files that they stand in; a text that stands in several files once.
  public var notices: String {
    var order: [String] = []
    var files: [String: [String]] = [:]
    for (file, text) in licenses {
      let text = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .map { $0.reversed().drop(while: \.isWhitespace).reversed().map(String.init).joined() }
        .joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
      if files[text] == nil { order.append(text) }
      files[text, default: []].append(file)
    }
    return order.map { "=== \((files[$0] ?? []).joined(separator: ", "))\n\n\($0)\n" }.joined(separator: "\n")
  }
}
