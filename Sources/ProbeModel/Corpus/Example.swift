/// A stretch of an example's text that carries a label.
public struct LabelledSpan: Sendable, Hashable, Codable {
  /// First byte of the stretch in the text's UTF-8.
  public let start: Int
  /// One past its last byte.
  public let end: Int
  /// Name of the label.
  public let label: String
  /// What the label says about the stretch; `true` in files that do not say: the label then only marks it.
  public let value: LabelValue

  /// A labelled stretch of bytes `start..<end`.
  public init(start: Int, end: Int, label: String, value: LabelValue) {
    self.start = start
    self.end = end
    self.label = label
    self.value = value
  }
}

/// One sequence of a corpus, with what is known about it.
public struct Example: Sendable, Equatable {
  /// Name of the example, unique in its corpus; `example_key` in the store.
  public let id: String
  /// The text; nil where only token ids are given.
  public let text: String?
  /// Token ids to use as they are: no tokenizer runs and nothing is prepended. Nil where the text is tokenized.
  public let tokenIDs: [Int]?
  /// Labels of the whole sequence by name.
  public let labels: [String: LabelValue]
  /// Labels of stretches of the text.
  public let spans: [LabelledSpan]
  /// The leakage unit: examples of one group never stand on both sides of a split.
  public let group: String?
  /// A split fixed by the corpus's author, such as `train` or `test`.
  public let split: String?
  /// The contrast pair that the example belongs to.
  public let pair: String?
  /// The example's side in its pair.
  public let role: String?

  /// Makes an example; ``Corpus`` checks it.
  public init(
    id: String, text: String? = nil, tokenIDs: [Int]? = nil, labels: [String: LabelValue] = [:],
    spans: [LabelledSpan] = [], group: String? = nil, split: String? = nil, pair: String? = nil,
    role: String? = nil
  ) {
    self.id = id
    self.text = text
    self.tokenIDs = tokenIDs
    self.labels = labels
    self.spans = spans
    self.group = group
    self.split = split
    self.pair = pair
    self.role = role
  }
}

/// What is wrong with one field of an example; the reader adds the file and the line.
struct FieldProblem: Error {
  let field: String
  let problem: String
  var advice = ""
}

extension Example {
  /// Checks everything that can be checked on one example alone.
  func validate() throws(FieldProblem) {
    if id.isEmpty { throw FieldProblem(field: "id", problem: "is empty") }
    try checkContent()
    for name in labels.keys.sorted() { try Self.checkLabelName(name, field: "labels") }
    for (index, span) in spans.enumerated() { try check(span, field: "spans[\(index)]") }
    let texts = [
      ("id", id), ("text", text), ("group", group), ("split", split), ("pair", pair), ("role", role),
    ]
    for case (let field, let value?) in texts where value.utf8.contains(0) {
      throw FieldProblem(
        field: field, problem: "contains the character U+0000, which the store cannot keep",
        advice: "Remove it from the corpus")
    }
  }

  private func checkContent() throws(FieldProblem) {
    guard let tokenIDs else {
      if text == nil {
        throw FieldProblem(
          field: "text", problem: "is missing, and so is `token_ids`", advice: "Give the example one of them")
      }
      return
    }
    if tokenIDs.isEmpty { throw FieldProblem(field: "token_ids", problem: "is an empty list") }
    if let index = tokenIDs.firstIndex(where: { $0 < 0 || $0 > Int(Int32.max) }) {
      throw FieldProblem(
        field: "token_ids[\(index)]",
        problem: "expected an id from 0 to \(Int32.max), found \(tokenIDs[index])")
    }
    if !spans.isEmpty {
      throw FieldProblem(
        field: "spans",
        problem: "spans are bytes of a text that is tokenized here, and `token_ids` have none",
        advice: "Leave out `token_ids`, or the spans")
    }
  }

  private func check(_ span: LabelledSpan, field: String) throws(FieldProblem) {
    try Self.checkLabelName(span.label, field: field + ".label")
    guard let text else { throw FieldProblem(field: field, problem: "spans need a `text`") }
    let bytes = text.utf8
    guard span.start >= 0, span.start < span.end, span.end <= bytes.count else {
      throw FieldProblem(
        field: field,
        problem: "expected 0 ≤ start < end ≤ \(bytes.count) (the text's length in UTF-8 bytes), "
          + "found start \(span.start), end \(span.end)")
    }
    for (name, offset) in [("start", span.start), ("end", span.end)] {
      let index = bytes.index(bytes.startIndex, offsetBy: offset)
      // A byte 10xxxxxx goes on with a character that began before it.
      if index < bytes.endIndex, bytes[index] & 0xc0 == 0x80 {
        throw FieldProblem(
          field: "\(field).\(name)", problem: "\(offset) is inside a character of the text",
          advice: "Offsets count UTF-8 bytes, not characters")
      }
    }
  }

  private static func checkLabelName(_ name: String, field: String) throws(FieldProblem) {
    let isNamed =
      !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
    if !isNamed {
      throw FieldProblem(
        field: field, problem: "expected a label name of letters, digits, `_` and `-`, found \"\(name)\"")
    }
  }
}
