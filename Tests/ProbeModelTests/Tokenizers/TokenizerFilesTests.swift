import Foundation
import Testing

@testable import ProbeModel

/// Tokenizers shipped without a `tokenizer.json`, against `transformers`' own conversion of the same files
/// (`make_file_digests.py`).
@Suite struct TokenizerFilesTests {
  struct Kind: Sendable, CustomStringConvertible {
    let name: String
    let fixture: String
    var config: String?
    var special: String?
    var description: String { name }
  }

  static let kinds = [
    Kind(name: "gpt2-files", fixture: "gpt2-style"),
    Kind(name: "roberta-files", fixture: "roberta-style"),
    Kind(
      name: "roberta-prefix-files", fixture: "roberta-style",
      config: #"{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}"#,
      special: #"{"mask_token": {"content": "<mask>", "lstrip": true, "normalized": false}}"#),
    Kind(name: "bert-files", fixture: "wordpiece-uncased"),
    Kind(
      name: "bert-cased-files", fixture: "wordpiece-cased",
      config:
        #"{"tokenizer_class": "BertTokenizer", "do_lower_case": false, "tokenize_chinese_chars": false, "#
        + #""strip_accents": true}"#,
      special: #"{"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}"#),
  ]

  /// Writes the vocabulary and the merges of a fixture as such files.
  private func files(_ kind: Kind) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let tokenizer = try TokenizerFixtures.tokenizer(kind.fixture)
    let pieces = tokenizer.vocabulary.pieces
    switch tokenizer.model {
    case .bytePair(let model):
      let vocabulary = Dictionary(uniqueKeysWithValues: pieces.enumerated().map { ($1, $0) })
      try folder.write("vocab.json", try JSONEncoder().encode(vocabulary))
      let merges = model.mergePairs.map { "\(pieces[Int($0.0)]) \(pieces[Int($0.1)])" }
      try folder.write("merges.txt", (["#version: 0.2"] + merges).joined(separator: "\n") + "\n")
    default:
      try folder.write("vocab.txt", model(tokenizer).joined(separator: "\n") + "\n")
    }
    if let config = kind.config { try folder.write("tokenizer_config.json", config) }
    if let special = kind.special { try folder.write("special_tokens_map.json", special) }
    return folder
  }

  private func model(_ tokenizer: Tokenizer) -> [String] { tokenizer.model.table.pieces }

  private func read(_ folder: TemporaryFolder) throws -> Tokenizer? {
    try TokenizerFiles(folder: folder.path).tokenizer()
  }

  @Test(arguments: kinds)
  func filesMakeTheTokenizerThatTransformersMakesOfThem(_ kind: Kind) throws {
    let folder = try files(kind)
    let tokenizer = try #require(try read(folder))
    try expectDigests(tokenizer, kind.name)
    let header = try GoldenDigests(kind.name).header
    let around = try tokenizer.encode("").ids.map { " \($0)" }.joined()
    #expect(header == "# 2000 strings; ids alone: 0; around:\(around)")
  }

  @Test func aFolderWithoutAVocabularyHasNoTokenizer() throws {
    let folder = try TemporaryFolder()
    #expect(try read(folder) == nil)
  }

  private func failure(_ folder: TemporaryFolder) throws -> String {
    "\(try #require(throws: TokenizerError.self) { try read(folder) })"
  }

  @Test func whatTheFilesLeaveOpenIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.json", #"{"a": 0, "b": 1, "ab": 2}"#)
    let merges = try failure(folder)
    #expect(merges.contains("/merges.txt: a key is missing: expected the merges that go with vocab.json"))
    try folder.write("merges.txt", "#version: 0.2\na b\n")
    let layout = try failure(folder)
    #expect(
      layout.contains("tokenizer_config.json: tokenizer_class: a key is missing: expected GPT2Tokenizer or"))
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "XLNetTokenizer"}"#)
    let foreign = try failure(folder)
    #expect(
      foreign.contains("tokenizer_class: unsupported component: expected one of GPT2Tokenizer, Roberta"))
    #expect(foreign.contains("found \"XLNetTokenizer\""))
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "BertTokenizerFast"}"#)
    #expect(try failure(folder).contains("found BertTokenizer, which reads vocab.txt"))
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "RobertaTokenizer"}"#)
    #expect(try failure(folder).contains("vocab.json: </s>: a key is missing: expected the id of the token"))
  }

  @Test func aDamagedMergeNamesItsLine() throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.json", #"{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}"#)
    try folder.write("merges.txt", "#version: 0.2\r\na b\r\nab\r\n")
    #expect(try failure(folder).contains("merges.txt: line 3: invalid value: expected two pieces"))
    try folder.write("merges.txt", "#version: 0.2\r\na b\r\n")
    #expect(try read(folder)?.encode("ab").ids == [2])
  }

  @Test func aCasedVocabularyWithoutSettingsIsNotLowerCasedSilently() throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\nParis\n")
    #expect(try failure(folder).contains("tokenizer_config.json: do_lower_case: a key is missing"))
    try folder.write("tokenizer_config.json", #"{"do_lower_case": false}"#)
    #expect(try read(folder)?.encode("Paris").ids == [1, 3, 2])
  }

  @Test func addedTokensOfTheSettingsAreFound() throws {
    let folder = try TemporaryFolder()
    try folder.write("vocab.json", #"{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}"#)
    try folder.write("merges.txt", "a b\n")
    try folder.write("added_tokens.json", #"{"<x>": 4, "<y>": 5}"#)
    try folder.write(
      "tokenizer_config.json",
      #"{"additional_special_tokens": ["<y>"], "pad_token": {"content": "<x>", "lstrip": true}}"#)
    let tokenizer = try #require(try read(folder))
    #expect(try tokenizer.encode("ab <x><y>").tokens.map { $0.id } == [2, 4, 5])
    #expect(tokenizer.padTokenID == 4)
    #expect(try tokenizer.decode([2, 4, 5], skipsSpecialTokens: true) == "ab")
  }

  @Test func aSentencePieceModelAloneIsRefusedWithTheWayOut() throws {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.model", Data([0x0A]))
    let text = try failure(folder)
    #expect(text.contains("/tokenizer.model: unsupported component: expected a tokenizer.json beside it"))
    #expect(text.contains("AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"))
  }
}
