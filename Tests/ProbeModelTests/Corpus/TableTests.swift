import Foundation
import ProbeModel
import Testing

@Suite struct TableTests {
  private func csv(_ text: String) throws -> Corpus {
    try Corpus.parse(Array(text.utf8), as: .csv, path: "c.csv")
  }

  @Test func quotedFieldsHoldSeparatorsQuotesAndLineBreaks() throws {
    let corpus = try csv(
      "id,text,labels.a,labels.b,labels.c\n1,\"x,\"\"y\"\"\nz\",2.5,true,7th\n2,plain,,,\n")
    #expect(
      corpus.examples == [
        Example(
          id: "1", text: "x,\"y\"\nz", labels: ["a": .number(2.5), "b": .bool(true), "c": .string("7th")]),
        Example(id: "2", text: "plain"),
      ])
  }

  @Test func aByteOrderMarkAndTabsAreUnderstood() throws {
    let corpus = try Corpus.parse(
      [0xef, 0xbb, 0xbf] + Array("token_ids\tlabel\r\n1 2 3\tnan\r\n".utf8), as: .tsv, path: "c.tsv")
    // "nan" is a word, not a number that compares with nothing.
    #expect(corpus.examples == [Example(id: "1", tokenIDs: [1, 2, 3], labels: ["label": .string("nan")])])
  }

  @Test(arguments: [
    (
      "id,text\n1,a\n2,b,c\n",
      "c.csv, line 3: expected 2 fields as in the header, found 3. Quote fields that contain the separator"
    ),
    ("id,text\n1,\"a\nb\n", "c.csv, line 2: a quoted field that begins here never ends"),
    ("id,text\n1,\"a\"b\n", "c.csv, line 2: text follows the closing quote of a field"),
    (
      "id,text\n1,\n",
      "c.csv, line 2, field `text`: is missing, and so is `token_ids`. Give the example one of them"
    ),
    (
      "id,label\n1,2\n",
      "c.csv, line 1, field `text`: the header has neither `text` nor `token_ids`: found id, label. The first line of a table names its columns"
    ),
    ("text,text\n1,2\n", "c.csv, line 1, field `text`: the column occurs twice"),
    ("text,spans\n1,2\n", "c.csv, line 1, field `spans`: cannot be a column of a table. Use JSONL for spans"),
    (
      "text,label,labels.b\n1,2,3\n",
      "c.csv, line 1, field `label`: stands beside `labels.b`. `label` is short for `labels.label`"
    ),
    ("token_ids\n1 x\n", "c.csv, line 2, field `token_ids`: expected whole numbers, found \"x\""),
    ("text\n\"a\nb\"\n\"c\n\nid\"x", "c.csv, line 6: text follows the closing quote of a field"),
    (
      "id,text\n",
      "c.csv: the corpus has no examples. Expected one JSON object a line, or a header line and rows"
    ),
  ])
  func badTablesNameFileLineFieldAndReason(text: String, message: String) {
    let error = #expect(throws: ModelError.self) { try csv(text) }
    #expect(error?.description == message)
  }

  @Test func filesAreReadByTheirEnding() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("corpus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("c.csv").path
    try Data("text\nhello\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try Corpus.read(path).examples == [Example(id: "1", text: "hello")])
    #expect(throws: ModelError(.notFound, at: "none.jsonl", "there is no such file")) {
      try Corpus.read("none.jsonl")
    }
    #expect(throws: ModelError.self) { try Corpus.read("corpus.xlsx") }
  }
}
