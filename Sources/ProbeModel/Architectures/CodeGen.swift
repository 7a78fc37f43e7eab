extension Architecture {
  /// CodeGen: GPT-J with q, k and v fused.
  static let codeGen = Architecture(
    name: "CodeGen",
    modelTypes: ["codegen"],
    config: codeGenConfig,
    naming: GPTJShape.naming,
    gguf: nil,
    weights: GPTJShape(isFused: true).weights)
}

private func codeGenConfig(_ reader: ConfigReader) throws(ModelError) -> TransformerConfig {
  let config = try GPTJShape.config(reader)
  guard config.nHeads.isMultiple(of: GPTJShape.blocks) else {
    let key = reader.has("n_head") ? "n_head" : "num_attention_heads"
    throw ModelError(
      .badValue, at: "\(reader.path): \(key)",
      "expected a multiple of \(GPTJShape.blocks), the blocks of the fused projection, found \(config.nHeads)"
    )
  }
  return config
}
