import Foundation

extension HookedTransformer {
  /// The tokens after which the checkpoint says that a text is over.
  ///
  /// `eos_token_id` of `generation_config.json`, else of `config.json`; of GGUF the end of sequence and the end of a
  /// turn; where none is named, the tokenizer's end of sequence.
  ///
  /// - Throws: ``ModelError`` for a file that is there and cannot be read, or a value that is no token id.
  public func stopTokens() throws(ModelError) -> Set<Int> {
    var found: Set<Int> = []
    switch checkpoint.layout {
    case .gguf(let gguf):
      for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
        if case .integer(let id)? = gguf.metadata[key] { found.insert(id) }
      }
    case .huggingFace(let config, let folder):
      let file = (folder as NSString).appendingPathComponent("generation_config.json")
      if FileManager.default.fileExists(atPath: file) {
        found = try Self.endTokens(of: JSONValue(parsing: readFile(file), path: file), at: file)
      }
      if found.isEmpty { found = try Self.endTokens(of: config, at: "\(folder)/config.json") }
    }
    if found.isEmpty, let end = tokenizer?.eosTokenID { found = [end] }
    return found
  }

  private static func endTokens(of json: JSONValue, at path: String) throws(ModelError) -> Set<Int> {
    guard let value = json["eos_token_id"] else { return [] }
    let list = if case .array(let values) = value { values } else { [value] }
    var ids: Set<Int> = []
    for item in list {
      guard case .integer(let id) = item else {
        throw ModelError(
          .wrongType, at: "\(path): eos_token_id", "expected a token id or a list of them, found \(item.kind)"
        )
      }
      ids.insert(id)
    }
    return ids
  }
}
