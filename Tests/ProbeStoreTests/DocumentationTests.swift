import Foundation
import GRDB
import ProbeModel
import Testing

@testable import ProbeStore

/// The code in docs/store-format.md, run as it stands there.
@Suite struct DocumentationTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("docs/store-format.md")

  /// The page's code blocks in `language`.
  private func blocks(_ language: String) throws -> [String] {
    try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  /// A store as the page assumes it: an example `fr`, block 12, float16.
  private func store(
    _ folder: Folder, _ model: FormulaModel
  ) throws -> (capture: Capture, record: CaptureRecord, corpus: Corpus) {
    let words = try Corpora.words(9)
    let corpus = try Corpus(words.examples.dropLast() + [Example(id: "fr", text: "a b c d e f g h")])
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try model.capture(corpus, points: [.residPost(11), .residPost(12)])
    let record = try capture.run(into: store).capture
    try store.close()
    return (capture, record, corpus)
  }

  private func numbers(_ script: String, in folder: Folder) throws -> [[Double]] {
    try python(script, in: folder).map { $0.split(separator: " ").compactMap { Double($0) } }
  }

  @Test func pythonReadsVectorsAndChunks() throws {
    let folder = try Folder()
    // Thirds are not exact in float16: the store rounds them.
    let model = FormulaModel(replace: { _, token, column in column == 1 ? Float(token) / 3 : nil })
    let (capture, record, _) = try store(folder, model)
    let code = try blocks("python")
    try #require(code.count == 2)
    let vector = try numbers(code[0] + "\nprint(*values)", in: folder)
    let rows = try numbers(code[1] + "\nprint(len(rows))\nprint(*rows[700])", in: folder)
    try #require(vector.count == 1 && rows.count == 2)

    // float16 keeps 11 bits: half a unit in the last place is 2⁻¹¹ of the value, or of the smallest normal one.
    func agrees(_ read: [Double], _ shown: [Float]) -> Bool {
      read.count == shown.count
        && zip(read, shown).allSatisfy { abs($0 - Double($1)) <= 0x1p-11 * max(abs(Double($1)), 0x1p-14) }
    }
    let last = try #require(capture.plan.sequences.last)
    #expect(agrees(vector[0], model.row(.residPost(12), token: last.ids[6], position: 6)))
    #expect(rows[0] == [Double(record.rowCount)])
    let holder = try #require(capture.plan.sequences.last { $0.firstRow <= 700 })
    let index = 700 - holder.firstRow
    #expect(agrees(rows[1], model.row(.residPost(12), token: holder.ids[index], position: index)))
  }

  @Test func everyQueryFindsItsRows() throws {
    let folder = try Folder()
    let (capture, record, corpus) = try store(folder, FormulaModel())
    let store = try ActivationStore(folder.path("s.sqlite"), for: .reading)
    let found = try blocks("sql").map { query in
      try store.read { db in try Row.fetchAll(db, sql: query) }
    }
    // Two points; nine examples; BOS and eight words in `fr`.
    try #require(found.map(\.count) == [1, 1, 2, 9, 9, 2, 2, 0])
    #expect(found[2].allSatisfy { $0["is_complete"] == true && $0["rows_done"] == record.rowCount })
    #expect(found[3].map { $0["key"] } == corpus.examples.map(\.id))
    #expect(
      found[3].map { $0["odd"] as Bool? }
        == corpus.examples.map { $0.labels["odd"].map { $0 == .bool(true) } })
    #expect(found[3].map { $0["first_row"] } == capture.plan.sequences.map(\.firstRow))
    #expect(found[4].map { $0["position"] } == Array(-1...7))
    #expect(found[4].map { $0["start_byte"] as Int? } == [nil, 0, 2, 4, 6, 8, 10, 12, 14])
    #expect(found[5].map { $0["bytes"] } == [record.rowCount * 576, record.rowCount * 576])
    #expect(
      found[6].allSatisfy { $0["position"] == 7 && $0["width"] == 288 && ($0["vector"] as Data).count == 576 }
    )
  }
}
