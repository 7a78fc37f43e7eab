import Foundation

extension Checkpoint {
  /// The tokenizer that comes with the weights: `tokenizer.json` in the folder, else `vocab.json` and
  /// `merges.txt` or `vocab.txt` there, or GGUF's metadata.
  ///
  /// - Returns: nil when the checkpoint has none. It can then run token ids, and no text.
  /// - Throws: ``TokenizerError`` for one that is there and cannot be read.
  func tokenizer() throws -> Tokenizer? {
    switch layout {
    case .gguf(let gguf):
      guard let vocabulary = GGUFVocabulary(gguf) else { return nil }
      return try Tokenizer(gguf: vocabulary)
    case .huggingFace(_, let folder):
      let path = (folder as NSString).appendingPathComponent("tokenizer.json")
      guard FileManager.default.fileExists(atPath: path) else {
        return try TokenizerFiles(folder: folder).tokenizer()
      }
      let settings = (folder as NSString).appendingPathComponent("tokenizer_config.json")
      let config = FileManager.default.fileExists(atPath: settings) ? try readFile(settings) : nil
      return try Tokenizer(tokenizerJSON: readFile(path), config: config, path: path)
    }
  }
}

extension GGUFVocabulary {
  /// The keys `tokenizer.ggml.*`; nil when the file has no tokens.
  init?(_ gguf: GGUF) {
    func key(_ name: String) -> GGUF.Value? { gguf.metadata["tokenizer.ggml.\(name)"] }
    func string(_ name: String) -> String? { if case .string(let value)? = key(name) { value } else { nil } }
    func integer(_ name: String) -> Int? { if case .integer(let value)? = key(name) { value } else { nil } }
    func flag(_ name: String) -> Bool? { if case .bool(let value)? = key(name) { value } else { nil } }
    func strings(_ name: String) -> [String] {
      if case .strings(let value)? = key(name) { value } else { [] }
    }
    let tokens = strings("tokens")
    guard !tokens.isEmpty else { return nil }
    var types: [Int32] = []
    if case .integers(let values)? = key("token_type") {
      types = values.map { Int32(truncatingIfNeeded: $0) }
    }
    self.init(
      model: string("model") ?? "", pre: string("pre"), tokens: tokens, tokenTypes: types,
      merges: strings("merges"),
      bosTokenID: integer("bos_token_id"), eosTokenID: integer("eos_token_id"),
      unknownTokenID: integer("unknown_token_id"), padTokenID: integer("padding_token_id"),
      addBOS: flag("add_bos_token"), addEOS: flag("add_eos_token"), path: gguf.path)
  }
}
