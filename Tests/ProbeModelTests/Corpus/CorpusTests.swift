import Foundation
import ProbeModel
import Testing

@Suite struct CorpusTests {
  private func jsonl(_ text: String) throws -> Corpus {
    try Corpus.parse(Array(text.utf8), as: .jsonLines, path: "c.jsonl")
  }

  @Test func everyFieldIsRead() throws {
    let corpus = try jsonl(
      #"{"id": "fr", "text": "Paris é", "labels": {"truth": true, "n": 2, "kind": "city"}, "#
        + #""spans": [{"start": 6, "end": 8, "label": "accent", "value": "acute"}], "group": "eu", "split": "test", "#
        + #""pair": "p1", "role": "pos", "meta": {"any": [1]}}"# + "\n\n"
        + #"{"token_ids": [5, 6], "label": 0.5, "group": 7}"# + "\r\n")
    #expect(
      corpus.examples == [
        Example(
          id: "fr", text: "Paris é",
          labels: ["truth": .bool(true), "n": .number(2), "kind": .string("city")],
          spans: [LabelledSpan(start: 6, end: 8, label: "accent", value: .string("acute"))], group: "eu",
          split: "test", pair: "p1", role: "pos"),
        Example(id: "2", tokenIDs: [5, 6], labels: ["label": .number(0.5)], group: "7"),
      ])
    #expect(corpus.ignoredFields == [])
  }

  @Test func aSpanWithoutValueOnlyMarks() throws {
    let corpus = try jsonl(#"{"text": "ab", "spans": [{"start": 0, "end": 1, "label": "l"}]}"#)
    #expect(corpus.examples[0].spans == [LabelledSpan(start: 0, end: 1, label: "l", value: .bool(true))])
  }

  @Test func unknownFieldsAreListedOnce() throws {
    let corpus = try jsonl(
      #"{"text": "a", "zeta": 1, "colour": 2}"# + "\n" + #"{"text": "b", "colour": null}"#)
    #expect(corpus.ignoredFields == ["colour", "zeta"])
  }

  @Test(arguments: [
    (
      #"{"text": "a"} tail"#,
      "c.jsonl, line 1: expected a JSON object, found text that is not JSON. A JSONL "
        + "corpus has one complete object a line"
    ),
    (#"[1]"#, "c.jsonl, line 1: expected a JSON object, found another JSON value"),
    (
      #"{"id": "x"}"#,
      "c.jsonl, line 1, field `text`: is missing, and so is `token_ids`. Give the example one of them"
    ),
    (#"{"text": 3}"#, "c.jsonl, line 1, field `text`: expected a string, found 3"),
    (#"{"text": ["a"]}"#, "c.jsonl, line 1, field `text`: expected a string, found a list"),
    (
      #"{"token_ids": "1 2"}"#,
      #"c.jsonl, line 1, field `token_ids`: expected a list of whole numbers, found "1 2""#
    ),
    (#"{"token_ids": []}"#, "c.jsonl, line 1, field `token_ids`: is an empty list"),
    (
      #"{"token_ids": [1, -2]}"#,
      "c.jsonl, line 1, field `token_ids[1]`: expected an id from 0 to 2147483647, found -2"
    ),
    (
      #"{"text": "a", "label": 1, "labels": {"b": 2}}"#,
      "c.jsonl, line 1, field `label`: stands beside `labels`. `label` is short for `labels`: {\"label\": …}"
    ),
    (
      #"{"text": "a", "labels": {"b": {}}}"#,
      "c.jsonl, line 1, field `labels.b`: expected a string, a number or a boolean, found an object"
    ),
    (
      #"{"text": "a", "labels": {"b c": 1}}"#,
      "c.jsonl, line 1, field `labels`: expected a label name of letters, digits, `_` and `-`, found \"b c\""
    ),
    (
      #"{"text": "é", "spans": [{"start": 0, "end": 3, "label": "l", "value": 1}]}"#,
      "c.jsonl, line 1, field `spans[0]`: expected 0 ≤ start < end ≤ 2 (the text's length in UTF-8 bytes), found "
        + "start 0, end 3"
    ),
    (
      #"{"text": "é", "spans": [{"start": 0, "end": 1, "label": "l", "value": 1}]}"#,
      "c.jsonl, line 1, field `spans[0].end`: 1 is inside a character of the text. Offsets count UTF-8 bytes, not "
        + "characters"
    ),
    (
      #"{"text": "ab", "spans": [{"start": 1, "end": 1, "label": "l", "value": 1}]}"#,
      "c.jsonl, line 1, field `spans[0]`: expected 0 ≤ start < end ≤ 2 (the text's length in UTF-8 bytes), found "
        + "start 1, end 1"
    ),
    (
      #"{"text": "ab", "spans": [{"start": 0, "end": 1, "value": 1}]}"#,
      "c.jsonl, line 1, field `spans[0].label`: is missing: expected a label's name"
    ),
    (
      #"{"text": "ab", "spans": [{"start": 0, "end": 1, "label": "l", "value": 1, "val": 2}]}"#,
      "c.jsonl, line 1, field `spans[0].val`: is not known. A span has start, end, label and perhaps value"
    ),
    (
      #"{"token_ids": [1], "spans": [{"start": 0, "end": 1, "label": "l", "value": 1}]}"#,
      "c.jsonl, line 1, field `spans`: spans are bytes of a text that is tokenized here, and `token_ids` have none. "
        + "Leave out `token_ids`, or the spans"
    ),
    (
      #"{"text": "a\u0000b"}"#,
      "c.jsonl, line 1, field `text`: contains the character U+0000, which the store cannot keep. Remove it from "
        + "the corpus"
    ),
    (
      #"{"id": "x", "text": "a"}"# + "\n" + #"{"id": "x", "text": "b"}"#,
      "c.jsonl, line 2, field `id`: the id \"x\" is taken by line 1. Ids are unique in a corpus; leave them out to "
        + "have the examples numbered"
    ),
    (
      "\n  \n",
      "c.jsonl: the corpus has no examples. Expected one JSON object a line, or a header line and rows"
    ),
  ])
  func badLinesNameFileLineFieldAndReason(text: String, message: String) {
    let error = #expect(throws: ModelError.self) { try jsonl(text) }
    #expect(error?.reason == .badInput)
    #expect(error?.description == message)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    let bytes =
      Array(#"{"text": "a"}"#.utf8) + [10] + Array(#"{"text": ""#.utf8) + [0xff] + Array(#""}"#.utf8)
    let error = #expect(throws: ModelError.self) { try Corpus.parse(bytes, as: .jsonLines, path: "c.jsonl") }
    #expect(error?.description == "c.jsonl, line 2: the line is not UTF-8")
  }

  @Test func aCorpusMadeInMemoryIsCheckedToo() {
    let error = #expect(throws: ModelError.self) { try Corpus([Example(id: "a")]) }
    #expect(error?.location == "corpus, example \"a\", field `text`")
  }

  // MARK: Digest

  @Test func formatAndPathDoNotChangeTheDigest() throws {
    let fromJSON = try jsonl(#"{"id":"a","text":"x, \"y\"","label":true,"group":"g"}"#)
    let table = "group,label,id,text,notes\r\ng,true,a,\"x, \"\"y\"\"\",n\r\n"
    let fromCSV = try Corpus.parse(Array(table.utf8), as: .csv, path: "other.csv")
    let inMemory = try Corpus([Example(id: "a", text: "x, \"y\"", labels: ["label": .bool(true)], group: "g")]
    )
    #expect(fromJSON.digest == fromCSV.digest)
    #expect(fromJSON.digest == inMemory.digest)
    #expect(fromCSV.ignoredFields == ["notes"])
  }

  @Test func everyFieldChangesTheDigest() throws {
    let span = LabelledSpan(start: 0, end: 1, label: "l", value: .number(1))
    let variants = [
      Example(id: "a", text: "xy"), Example(id: "b", text: "xy"), Example(id: "a", text: "xz"),
      Example(id: "a", text: "xy", tokenIDs: [1]), Example(id: "a", text: "xy", labels: ["l": .number(1)]),
      Example(id: "a", text: "xy", labels: ["l": .string("1")]),
      Example(id: "a", text: "xy", labels: ["m": .number(1)]), Example(id: "a", text: "xy", spans: [span]),
      Example(id: "a", text: "xy", group: "g"), Example(id: "a", text: "xy", split: "g"),
      Example(id: "a", text: "xy", pair: "g"), Example(id: "a", text: "xy", role: "g"),
    ]
    let digests = try variants.map { try Corpus([$0]).digest }
    #expect(Set(digests).count == variants.count)
    let ordered = try Corpus([variants[0], variants[1]]).digest
    #expect(try Corpus([variants[1], variants[0]]).digest != ordered)
  }
}
