import Foundation

/// Reads examples from JSON objects, one a line.
enum JSONLinesReader {
  static func read(
    _ bytes: ArraySlice<UInt8>, path: String, ignored: inout Set<String>
  ) throws(ModelError) -> [(line: Int?, example: Example)] {
    var entries: [(line: Int?, example: Example)] = []
    let decoder = JSONDecoder()
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") })
      {
        continue
      }
      do throws(FieldProblem) {
        let object = try parse(line, with: decoder)
        ignored.formUnion(object.unknown)
        entries.append((index + 1, object.example(number: entries.count + 1)))
      } catch {
        throw ModelError(
          .badInput, at: Corpus.location(path, index + 1, nil, error.field), error.problem,
          advice: error.advice)
      }
    }
    return entries
  }

  private static func parse(
    _ line: ArraySlice<UInt8>, with decoder: JSONDecoder
  ) throws(FieldProblem) -> JSONExample {
    guard String(validating: line, as: UTF8.self) != nil else {
      throw FieldProblem(field: "", problem: "the line is not UTF-8")
    }
    do {
      return try decoder.decode(JSONExample.self, from: Data(line))
    } catch let problem as FieldProblem {
      throw problem
    } catch DecodingError.dataCorrupted {
      throw FieldProblem(
        field: "", problem: "expected a JSON object, found text that is not JSON",
        advice: "A JSONL corpus has one complete object a line")
    } catch {
      throw FieldProblem(field: "", problem: "expected a JSON object, found another JSON value")
    }
  }
}

/// One line's object, its fields typed but not yet checked against each other.
private struct JSONExample: Decodable {
  var id: String?
  var text: String?
  var tokenIDs: [Int]?
  var labels: [String: LabelValue] = [:]
  var spans: [LabelledSpan] = []
  var group: String?
  var split: String?
  var pair: String?
  var role: String?
  var unknown: [String] = []

  init(from decoder: any Decoder) throws {
    let fields = JSONFields(try decoder.container(keyedBy: AnyKey.self), prefix: "")
    id = try fields.name("id")
    text = try fields.value(String.self, "text", "a string")
    tokenIDs = try fields.value([Int].self, "token_ids", "a list of whole numbers")
    labels = try Self.labels(fields)
    spans = try Self.spans(fields)
    group = try fields.name("group")
    split = try fields.name("split")
    pair = try fields.name("pair")
    role = try fields.name("role")
    unknown = fields.container.allKeys.map(\.stringValue).filter { CorpusField(rawValue: $0) == nil }
  }

  private static func labels(_ fields: JSONFields) throws -> [String: LabelValue] {
    let single = try fields.value(LabelValue.self, "label", "a string, a number or a boolean")
    guard let named = try fields.object("labels") else { return single.map { ["label": $0] } ?? [:] }
    if single != nil {
      throw FieldProblem(
        field: "label", problem: "stands beside `labels`",
        advice: "`label` is short for `labels`: {\"label\": …}")
    }
    var labels: [String: LabelValue] = [:]
    for key in named.container.allKeys {
      labels[key.stringValue] = try named.value(
        LabelValue.self, key.stringValue, "a string, a number or a boolean")
    }
    return labels
  }

  private static func spans(_ fields: JSONFields) throws -> [LabelledSpan] {
    guard var list = try fields.list("spans") else { return [] }
    var spans: [LabelledSpan] = []
    while !list.isAtEnd {
      let place = "spans[\(spans.count)]"
      guard let container = try? list.nestedContainer(keyedBy: AnyKey.self) else {
        throw FieldProblem(
          field: place, problem: "expected an object with `start`, `end`, `label` and perhaps `value`")
      }
      let span = JSONFields(container, prefix: place + ".")
      let known: Set = ["start", "end", "label", "value"]
      if let stray = container.allKeys.map(\.stringValue).filter({ !known.contains($0) }).sorted().first {
        throw FieldProblem(
          field: "\(place).\(stray)", problem: "is not known",
          advice: "A span has start, end, label and perhaps value")
      }
      spans.append(
        LabelledSpan(
          start: try span.required(Int.self, "start", "a whole number"),
          end: try span.required(Int.self, "end", "a whole number"),
          label: try span.required(String.self, "label", "a label's name"),
          // A span without a value only marks a stretch of text.
          value: try span.value(LabelValue.self, "value", "a string, a number or a boolean") ?? .bool(true)))
    }
    return spans
  }

  func example(number: Int) -> Example {
    Example(
      id: id ?? String(number), text: text, tokenIDs: tokenIDs, labels: labels, spans: spans, group: group,
      split: split, pair: pair, role: role)
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// Typed access to an object's fields; what does not fit is a `FieldProblem` that says what stands there.
private struct JSONFields {
  let container: KeyedDecodingContainer<AnyKey>
  let prefix: String

  init(_ container: KeyedDecodingContainer<AnyKey>, prefix: String) {
    self.container = container
    self.prefix = prefix
  }

  /// The field's value; nil where it is absent or null.
  func value<T: Decodable>(_ type: T.Type, _ name: String, _ expected: String) throws -> T? {
    do {
      return try container.decodeIfPresent(type, forKey: AnyKey(stringValue: name))
    } catch {
      throw wrongType(name, expected)
    }
  }

  func required<T: Decodable>(_ type: T.Type, _ name: String, _ expected: String) throws -> T {
    if let value = try value(type, name, expected) { return value }
    throw FieldProblem(field: prefix + name, problem: "is missing: expected \(expected)")
  }

  /// A field that names something: a string, or a number or boolean as people write it.
  func name(_ name: String) throws -> String? {
    try value(LabelValue.self, name, "a string or a number")?.description
  }

  func object(_ name: String) throws -> JSONFields? {
    let key = AnyKey(stringValue: name)
    guard container.contains(key), try !container.decodeNil(forKey: key) else { return nil }
    guard let nested = try? container.nestedContainer(keyedBy: AnyKey.self, forKey: key) else {
      throw wrongType(name, "an object")
    }
    return JSONFields(nested, prefix: "\(prefix)\(name).")
  }

  func list(_ name: String) throws -> (any UnkeyedDecodingContainer)? {
    let key = AnyKey(stringValue: name)
    guard container.contains(key), try !container.decodeNil(forKey: key) else { return nil }
    guard let nested = try? container.nestedUnkeyedContainer(forKey: key) else {
      throw wrongType(name, "a list")
    }
    return nested
  }

  private func wrongType(_ name: String, _ expected: String) -> FieldProblem {
    FieldProblem(
      field: prefix + name, problem: "expected \(expected), found \(found(AnyKey(stringValue: name)))")
  }

  private func found(_ key: AnyKey) -> String {
    if let value = try? container.decode(LabelValue.self, forKey: key) {
      switch value {
      case .string(let text): return "\"\(text.count > 40 ? text.prefix(40) + "…" : text)\""
      case .number, .bool: return value.description
      }
    }
    if (try? container.nestedUnkeyedContainer(forKey: key)) != nil { return "a list" }
    return "an object"
  }
}
