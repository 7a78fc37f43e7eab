import Foundation
import GRDB
import Testing

/// Bad input from outside: its exit code, a text that names the place, and a store that is as it was.
@Suite struct BadInputTests {
  /// Runs in a folder with a good corpus, spec and store; the store's bytes must not change.
  private func expectFailure(
    _ code: Int32, _ arguments: [String], says texts: [String], prepare: (Folder) throws -> Void = { _ in },
    location: SourceLocation = #_sourceLocation
  ) throws {
    let folder = try CommandTests.captured()
    try prepare(folder)
    let before = try folder.read(".probe/first.sqlite")
    let outcome = try Probe.run(arguments, in: folder)
    #expect(outcome.code == code && !outcome.wasKilled, "\(outcome)", sourceLocation: location)
    #expect(outcome.output == "", sourceLocation: location)
    for text in texts {
      #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
    }
    #expect(try folder.read(".probe/first.sqlite") == before, sourceLocation: location)
    #expect(!folder.has("Reports/first.json"), sourceLocation: location)
  }

  /// Captures into the store that is there, with one thing changed.
  private static func capture(_ changes: [String: String]) -> [String] {
    let usual = [
      "--model": FixtureModel.llama, "--corpus": "corpus.jsonl", "--points": "resid_post.1",
      "--store": ".probe/first.sqlite",
    ]
    return ["capture"]
      + usual.merging(changes) { $1 }.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
  }

  @Test(arguments: [
    ["nonsense"], ["capture"], ["capture", "--model", "m", "--corpus", "c.jsonl"],
    ["capture", "first.yaml", "--positions", "first"], ["capture", "first.yaml", "--dtype", "float8"],
    ["capture", "first.yaml", "--name", "../outside"], ["capture", "first.yaml", "--nonsense"], ["analyze"],
    ["check"], ["hooks"], ["models", "extra"],
  ])
  func usageIs64(arguments: [String]) throws {
    try expectFailure(64, arguments, says: ["Error: ", "Usage: "])
  }

  // MARK: Corpus

  @Test(arguments: [
    ("{\"token_ids\": [1, 2]}\n{\"token_ids\": [1,\n", "bad.jsonl, line 2: ", "not JSON"),
    ("", "bad.jsonl: ", "no examples"),
    ("\n\n", "bad.jsonl: ", "no examples"),
    ("{\"token_ids\": [1, 96]}\n", "bad.jsonl, example \"1\": ", "token 1 has the id 96"),
    ("{\"label\": \"x\"}\n", "bad.jsonl, line 1, field `text`: ", "is missing"),
    (
      "{\"id\": \"a\", \"token_ids\": [\(Array(repeating: "1", count: 65).joined(separator: ", "))]}\n",
      "bad.jsonl, example \"a\": ", "65 tokens, the context of llama-gqa holds 64"
    ),
    ("{\"id\": \"a\", \"text\": \"hello\"}\n", "bad.jsonl, example \"a\": ", "llama-gqa has no tokenizer"),
  ])
  func aBadCorpusIs65(text: String, place: String, problem: String) throws {
    try expectFailure(65, Self.capture(["--corpus": "bad.jsonl"]), says: ["probe: " + place, problem]) {
      try $0.write("bad.jsonl", text)
    }
  }

  @Test func aCorpusOfAnotherKindIs65() throws {
    try expectFailure(
      65, Self.capture(["--corpus": "c.txt"]), says: ["c.txt: the file's ending", ".jsonl, .csv or .tsv"]
    ) {
      try $0.write("c.txt", "hello\n")
    }
  }

  // MARK: Model

  private func copyModel(to folder: Folder) throws {
    for file in ["config.json", "model.safetensors"] {
      try folder.write("m/" + file, Data(contentsOf: URL(fileURLWithPath: FixtureModel.llama + "/" + file)))
    }
  }

  @Test(arguments: ["hidden_size", "num_attention_heads", "vocab_size"])
  func aConfigWithoutAKeyIs65(key: String) throws {
    try expectFailure(65, Self.capture(["--model": "m"]), says: ["probe: m/config.json", key]) { folder in
      try copyModel(to: folder)
      let text = String(decoding: try folder.read("m/config.json"), as: UTF8.self)
      try folder.write("m/config.json", text.replacing("\"\(key)\"", with: "\"other\""))
    }
  }

  @Test(arguments: [0, 4, 100, 5_000, 126_719])
  func aTruncatedCheckpointIs65(bytes: Int) throws {
    try expectFailure(65, Self.capture(["--model": "m"]), says: ["probe: m/model.safetensors"]) { folder in
      try copyModel(to: folder)
      try folder.write("m/model.safetensors", folder.read("m/model.safetensors").prefix(bytes))
    }
  }

  @Test func anUnknownHookIs65WithTheNearestNames() throws {
    try expectFailure(
      65, Self.capture(["--points": "blocks.1.hook_resid_pos"]),
      says: ["blocks.1.hook_resid_pos: the model has no such hook point. Nearest: blocks.1.hook_resid_pos"])
  }

  // MARK: What is not there

  @Test func whatIsNotThereIs66() throws {
    try expectFailure(66, Self.capture(["--model": "no/model"]), says: ["no/model: no model lies there"])
    try expectFailure(
      66, Self.capture(["--model": "gpt9"]),
      says: ["gpt9: no model of this name", "scripts/fetch-model.sh gpt9"])
    try expectFailure(66, Self.capture(["--corpus": "no.jsonl"]), says: ["no.jsonl: there is no such file"])
    try expectFailure(66, ["capture", "no.yaml"], says: ["no.yaml: no such file"])
    try expectFailure(66, ["analyze", "no.yaml"], says: ["no.yaml: no such file"])
    try expectFailure(66, ["check", "no.json"], says: ["no.json: no such file. `probe analyze` writes it"])
    try expectFailure(
      66, ["analyze", "first.yaml", "--store", "no.sqlite"],
      says: ["no.sqlite: there is no store", "probe capture"])
    try expectFailure(66, ["hooks", "--model", "no/model"], says: ["no/model: no model lies there"])
  }

  // MARK: Outputs

  @Test func whatCannotBeWrittenIs73() throws {
    try expectFailure(
      73, Self.capture(["--store": "corpus.jsonl/s.sqlite"]),
      says: ["corpus.jsonl: the folder cannot be made"])
    try expectFailure(73, ["analyze", "first.yaml", "--out", "corpus.jsonl"], says: ["corpus.jsonl"])
    try expectFailure(
      73, ["analyze", "first.yaml", "--junit", "corpus.jsonl/j.xml"],
      says: ["corpus.jsonl: the folder cannot be made"])
  }

  // MARK: Spec and results

  @Test(arguments: [
    ("expects: []\n", "first.yaml:10: expects: the key expects is not known. Did you mean expect?"),
    ("seed: 4\n", "first.yaml:9: the key seed occurs twice"),
    ("  - [\n", "first.yaml:"),
  ])
  func aBadSpecIs65(line: String, text: String) throws {
    for command in ["capture", "analyze"] {
      try expectFailure(65, [command, "first.yaml"], says: ["probe: " + text]) {
        try $0.write("first.yaml", CommandTests.spec() + line)
      }
    }
  }

  @Test func anExpectationThatAddressesNothingIs65() throws {
    try expectFailure(
      65, ["analyze", "first.yaml"], says: ["p.lie.best.accuracy > 0: p has no label lie. There is: label"]
    ) {
      try $0.write("first.yaml", CommandTests.spec(expect: "p.lie.best.accuracy > 0"))
    }
  }

  @Test func aChangedCorpusIs65() throws {
    try expectFailure(
      65, ["analyze", "first.yaml"],
      says: [
        "first.sqlite: holds no capture of corpus.jsonl as it is now",
        "Capture it with: probe capture first.yaml",
      ]
    ) { try $0.write("corpus.jsonl", pairs(29)) }
  }

  @Test(arguments: [
    ("{\"schemaVersion\": 9}", "schemaVersion: 9 is newer than 2"), ("<html>", "not a results file"),
    ("{\"schemaVersion\": 1}", "name is missing at the top"),
  ])
  func badResultsAre65(text: String, problem: String) throws {
    try expectFailure(65, ["check", "r.json"], says: ["probe: r.json: ", problem]) {
      try $0.write("r.json", text)
    }
  }

  // MARK: Store

  @Test func aStoreFromANewerVersionIs65() throws {
    for arguments in [Self.capture([:]), ["capture", "first.yaml"], ["analyze", "first.yaml"]] {
      try expectFailure(
        65, arguments, says: ["first.sqlite: the store has format version 99", "Update the program"]
      ) {
        let queue = try DatabaseQueue(path: $0.path + "/.probe/first.sqlite")
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
      }
    }
  }

  @Test func aFileThatIsNoStoreIs65() throws {
    for arguments in [Self.capture([:]), ["analyze", "first.yaml"]] {
      try expectFailure(65, arguments, says: ["first.sqlite: is not an SQLite database", "left as it is"]) {
        try $0.write(".probe/first.sqlite", String(repeating: "These are my notes. ", count: 100))
      }
      try expectFailure(65, arguments, says: ["first.sqlite: is a database of another application"]) {
        try FileManager.default.removeItem(atPath: $0.path + "/.probe/first.sqlite")
        let queue = try DatabaseQueue(path: $0.path + "/.probe/first.sqlite")
        try queue.write { try $0.execute(sql: "CREATE TABLE addresses (name TEXT)") }
        try queue.close()
      }
    }
  }
}
