import Foundation
import GRDB
import ProbeModel

/// An example together with its rows in a capture.
public struct CapturedExample: Sendable, Equatable {
  /// The example as its corpus gave it.
  public let example: Example
  /// Its place in the corpus, from 0.
  public let ordinal: Int
  /// Its rows in every point of the capture, sentinels included.
  public let rows: Range<Int>
  /// Tokens that the model read, sentinels included.
  public let tokenCount: Int
  /// Tokens that did not fit into the context.
  public let droppedTokens: Int
}

/// A token of a captured sequence.
public struct CapturedToken: Sendable, Equatable {
  /// Index of its example in the list of captured examples.
  public let example: Int
  /// Position in the sequence; sentinels before the text have negative ones.
  public let position: Int
  /// The token's id; ``unknown`` where activations were imported by position and nobody said of which tokens.
  public let id: Int
  /// The token as the vocabulary spells it; nil where ids were given.
  public let text: String?
  /// UTF-8 bytes of the text that it stands for; nil for tokens that the tokenizer added and where ids were given.
  public let span: Range<Int>?
  /// Whether the tokenizer added it.
  public let isAdded: Bool
  /// Its row in every point of the capture; nil where its position was not captured.
  public let row: Int?

  /// The id of a token that nobody knows.
  public static let unknown = -1
}

extension ActivationStore {
  /// The examples of a capture in the order of their corpus; those that were skipped are not among them.
  public func examples(of capture: CaptureRecord) throws -> [CapturedExample] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT e.*, s.first_row, s.row_count, s.token_count, s.dropped_tokens
          FROM sequence s JOIN example e ON e.id = s.example_id WHERE s.capture_id = ? ORDER BY e.ordinal
          """, arguments: [capture.id])
      let decoder = JSONDecoder()
      var examples: [CapturedExample] = []
      while let row = try rows.next() { examples.append(try example(row, decoder)) }
      return examples
    }
  }

  private func example(_ row: Row, _ decoder: JSONDecoder) throws -> CapturedExample {
    let example = try Example(row, decoder, at: path)
    let place = "\(path), example \"\(example.id)\""
    let first = try row.count("first_row", at: place)
    return CapturedExample(
      example: example, ordinal: try row.count("ordinal", at: place),
      rows: first..<(first + (try row.count("row_count", at: place))),
      tokenCount: try row.count("token_count", at: place),
      droppedTokens: try row.count("dropped_tokens", at: place))
  }

  /// The tokens of a capture, in the order of examples and positions.
  public func tokens(of capture: CaptureRecord) throws -> [CapturedToken] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT t.example_id, t.position, t.token_id, t.token, t.start_byte, t.end_byte, t.is_added, t.row
          FROM token t JOIN example e ON e.id = t.example_id WHERE t.capture_id = ?
          ORDER BY e.ordinal, t.position
          """, arguments: [capture.id])
      var tokens: [CapturedToken] = []
      var lastExample: Int64?
      var example = -1
      while let row = try rows.next() {
        let id: Int64 = try row.required("example_id", at: path)
        if id != lastExample { example += 1 }
        lastExample = id
        tokens.append(try token(row, example: example))
      }
      return tokens
    }
  }

  /// −1 stands for a token that nobody knows.
  private func tokenID(_ row: Row) throws -> Int {
    let id: Int = try row.required("token_id", at: path)
    if id == CapturedToken.unknown { return id }
    return try row.count("token_id", at: path)
  }

  private func token(_ row: Row, example: Int) throws -> CapturedToken {
    let start: Int? = try row.optional("start_byte", at: path)
    let end: Int? = try row.optional("end_byte", at: path)
    return CapturedToken(
      example: example, position: try row.required("position", at: path),
      id: try tokenID(row),
      text: try row.optional("token", at: path),
      span: start.flatMap { start in end.flatMap { start <= $0 ? start..<$0 : nil } },
      isAdded: try row.required("is_added", at: path), row: try row.optional("row", at: path))
  }
}

extension Example {
  /// An example from its row of the table `example`.
  init(_ row: Row, _ decoder: JSONDecoder, at path: String) throws {
    let key: String = try row.required("key", at: path)
    let place = "\(path), example \"\(key)\""
    func json<T: Decodable>(_ type: T.Type, _ column: String) throws -> T? {
      guard let text: String = try row.optional(column, at: place) else { return nil }
      if let value = try? decoder.decode(type, from: Data(text.utf8)) { return value }
      throw StoreError(
        .corrupt, at: place, "\(column) is not the JSON that was written", advice: "Capture into a new store")
    }
    self.init(
      id: key, text: try row.optional("text", at: place), tokenIDs: try json([Int].self, "token_ids"),
      labels: try json([String: LabelValue].self, "labels") ?? [:],
      spans: try json([LabelledSpan].self, "spans") ?? [], group: try row.optional("group_key", at: place),
      split: try row.optional("split", at: place), pair: try row.optional("pair", at: place),
      role: try row.optional("role", at: place))
  }
}
