/// Reads examples from a table with a header line.
enum TableReader {
  static func read(
    _ bytes: ArraySlice<UInt8>, separator: Character, path: String, ignored: inout Set<String>
  ) throws(ModelError) -> [(line: Int?, example: Example)] {
    var text = DelimitedText(bytes, separator: separator)
    guard let header = try next(&text, path) else { return [] }
    let columns = try columns(header, path: path, ignored: &ignored)
    var entries: [(line: Int?, example: Example)] = []
    while let record = try next(&text, path) {
      guard record.fields.count == columns.count else {
        throw ModelError(
          .badInput, at: Corpus.location(path, record.line, nil, ""),
          "expected \(columns.count) fields as in the header, found \(record.fields.count)",
          advice: "Quote fields that contain the separator")
      }
      do throws(FieldProblem) {
        entries.append((record.line, try example(record, columns, number: entries.count + 1)))
      } catch {
        throw ModelError(
          .badInput, at: Corpus.location(path, record.line, nil, error.field), error.problem,
          advice: error.advice)
      }
    }
    return entries
  }

  private static func next(
    _ text: inout DelimitedText, _ path: String
  ) throws(ModelError) -> DelimitedText.Record? {
    do throws(MalformedRecord) {
      return try text.next()
    } catch {
      throw ModelError(.badInput, at: Corpus.location(path, error.line, nil, ""), error.problem)
    }
  }

  // MARK: Header

  private enum Column: Equatable {
    case field(CorpusField)
    case label(String)
    case ignored
  }

  private static func columns(
    _ header: DelimitedText.Record, path: String, ignored: inout Set<String>
  ) throws(ModelError) -> [Column] {
    func problem(_ name: String, _ text: String, _ advice: String = "") -> ModelError {
      ModelError(.badInput, at: Corpus.location(path, header.line, nil, name), text, advice: advice)
    }
    var columns: [Column] = []
    for name in header.fields {
      let column: Column
      if name.hasPrefix("labels.") {
        column = .label(String(name.dropFirst("labels.".count)))
      } else if name == "spans" || name == "labels" {
        throw problem(
          name, "cannot be a column of a table",
          name == "spans" ? "Use JSONL for spans" : "Name each label's column labels.NAME")
      } else if let field = CorpusField(rawValue: name) {
        column = field == .label ? .label("label") : .field(field)
      } else {
        column = .ignored
        ignored.insert(name)
      }
      if column != .ignored, columns.contains(column) { throw problem(name, "the column occurs twice") }
      columns.append(column)
    }
    if header.fields.contains("label"), let named = header.fields.first(where: { $0.hasPrefix("labels.") }) {
      throw problem("label", "stands beside `\(named)`", "`label` is short for `labels.label`")
    }
    if !columns.contains(.field(.text)), !columns.contains(.field(.tokenIDs)) {
      throw problem(
        "text",
        "the header has neither `text` nor `token_ids`: found \(header.fields.joined(separator: ", "))",
        "The first line of a table names its columns")
    }
    return columns
  }

  // MARK: Rows

  private static func example(
    _ record: DelimitedText.Record, _ columns: [Column], number: Int
  ) throws(FieldProblem) -> Example {
    var cells: [CorpusField: String] = [:]
    var labels: [String: LabelValue] = [:]
    for (column, cell) in zip(columns, record.fields) where !cell.isEmpty {
      switch column {
      case .field(let field): cells[field] = cell
      case .label(let name): labels[name] = labelValue(cell)
      case .ignored: break
      }
    }
    var tokenIDs: [Int]?
    if let list = cells[.tokenIDs] { tokenIDs = try integers(list) }
    return Example(
      id: cells[.id] ?? String(number), text: cells[.text], tokenIDs: tokenIDs, labels: labels,
      group: cells[.group], split: cells[.split], pair: cells[.pair], role: cells[.role])
  }

  private static func integers(_ list: String) throws(FieldProblem) -> [Int] {
    var numbers: [Int] = []
    for word in list.split(whereSeparator: { $0 == " " || $0 == "," }) {
      guard let number = Int(word) else {
        throw FieldProblem(field: "token_ids", problem: "expected whole numbers, found \"\(word)\"")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// A table has no types: `true` and `false` are booleans, what reads as a finite number is one, the rest text.
  private static func labelValue(_ cell: String) -> LabelValue {
    if cell == "true" || cell == "false" { return .bool(cell == "true") }
    if cell.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(cell),
      number.isFinite
    {
      return .number(number)
    }
    return .string(cell)
  }
}
