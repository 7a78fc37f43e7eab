import Foundation
import Testing

@testable import ProbeModel

/// Golden ids of two published models. They lie outside of the repository: under `$PROBE_MODELS`, or
/// `.probe/models`. In CI a missing one is a failure; elsewhere its tests are skipped.
@Suite struct TokenizerRealModelTests {
  static let smollm2 = find(["smollm2-135m.gguf", "smollm2-135m"], suffix: ".gguf")
  static let minilm = find(
    ["all-minilm-l6-v2/tokenizer.json", "minilm/tokenizer.json", "minilm/model/tokenizer.json"],
    suffix: ".json")
  static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: smollm2 != nil || isCI))
  func smolLM2EqualsTheReference() throws {
    guard let url = Self.smollm2 else {
      Issue.record(
        "smollm2-135m.gguf is missing: run scripts/fetch-model.sh smollm2-135m, or set PROBE_MODELS")
      return
    }
    let tokenizer = try Tokenizer(gguf: try GGUFStrings(url).vocabulary())
    #expect(tokenizer.vocabularySize == 49152 && tokenizer.bosTokenID == 1 && tokenizer.eosTokenID == 2)
    try compare(tokenizer, "smollm2-135m")
  }

  @Test(.enabled(if: minilm != nil || isCI))
  func miniLMEqualsTheReference() throws {
    guard let url = Self.minilm else {
      Issue.record(
        "MiniLM's tokenizer.json is missing: run scripts/fetch-model.sh minilm, or set PROBE_MODELS")
      return
    }
    let tokenizer = try Tokenizer(tokenizerJSON: try Data(contentsOf: url), config: nil, path: url.path)
    #expect(tokenizer.vocabularySize == 30522 && tokenizer.padTokenID == 0)
    try compare(tokenizer, "all-minilm-l6-v2")
  }

  private func compare(_ tokenizer: Tokenizer, _ name: String) throws {
    for golden in try TokenizerFixtures.golden(name) {
      try expectIDs(tokenizer, golden)
      try expectSpans(tokenizer, golden)
      expectText(tokenizer, golden)
    }
  }

  /// The first of `names` under the models folder: a file, or a folder with one file of that suffix.
  private static func find(_ names: [String], suffix: String) -> URL? {
    let manager = FileManager.default
    let folder =
      ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? manager.currentDirectoryPath + "/.probe/models"
    for name in names {
      let url = URL(filePath: folder).appending(path: name)
      if name.hasSuffix(suffix), manager.fileExists(atPath: url.path) { return url }
      let files =
        (try? manager.contentsOfDirectory(atPath: url.path))?.filter { $0.hasSuffix(suffix) }.sorted() ?? []
      if let file = files.first { return url.appending(path: file) }
    }
    return nil
  }
}

/// Just enough of GGUF v3 to get at a tokenizer. Replace by ProbeModel's GGUF reader once that is in.
private struct GGUFStrings {
  private var values: [String: Value] = [:]

  enum Value {
    case integer(Int)
    case string(String)
    case strings([String])
    case integers([Int32])
    case other
  }

  init(_ url: URL) throws {
    let data = try Data(contentsOf: url, options: .alwaysMapped)
    var index = 4 + 4 + 8
    func read<T: FixedWidthInteger>(_: T.Type) -> T {
      defer { index += MemoryLayout<T>.size }
      return data.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: index, as: T.self)) }
    }
    func string() -> String {
      let count = Int(read(UInt64.self))
      defer { index += count }
      return String(decoding: data[index..<index + count], as: UTF8.self)
    }
    let sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
    func value(_ type: UInt32) -> Value {
      switch type {
      case 4, 5: return .integer(Int(read(UInt32.self)))
      case 7: return .integer(Int(read(UInt8.self)))
      case 8: return .string(string())
      case 9:
        let element = read(UInt32.self)
        let count = Int(read(UInt64.self))
        if element == 8 { return .strings((0..<count).map { _ in string() }) }
        if element == 5 { return .integers((0..<count).map { _ in read(Int32.self) }) }
        index += count * sizes[Int(element)]
        return .other
      default:
        index += sizes[Int(type)]
        return .other
      }
    }
    for _ in 0..<Int(read(UInt64.self)) {
      let key = string()
      values[key] = value(read(UInt32.self))
    }
  }

  func vocabulary() throws -> GGUFVocabulary {
    func integer(_ key: String) -> Int? {
      if case .integer(let number)? = values["tokenizer.ggml.\(key)"] { number } else { nil }
    }
    func string(_ key: String) -> String? {
      if case .string(let text)? = values["tokenizer.ggml.\(key)"] { text } else { nil }
    }
    func strings(_ key: String) -> [String] {
      if case .strings(let texts)? = values["tokenizer.ggml.\(key)"] { texts } else { [] }
    }
    guard case .integers(let types)? = values["tokenizer.ggml.token_type"] else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return GGUFVocabulary(
      model: string("model") ?? "", pre: string("pre"), tokens: strings("tokens"), tokenTypes: types,
      merges: strings("merges"), bosTokenID: integer("bos_token_id"), eosTokenID: integer("eos_token_id"),
      unknownTokenID: integer("unknown_token_id"), padTokenID: integer("padding_token_id"),
      addBOS: integer("add_bos_token").map { $0 != 0 }, addEOS: integer("add_eos_token").map { $0 != 0 },
      path: "smollm2-135m.gguf")
  }
}
