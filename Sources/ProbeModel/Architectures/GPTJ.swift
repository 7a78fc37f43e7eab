extension Architecture {
  /// GPT-J: attention and MLP side by side behind one norm, rotary positions with neighbours as pairs.
  static let gptJ = Architecture(
    name: "GPT-J",
    modelTypes: ["gptj"],
    config: GPTJShape.config,
    naming: GPTJShape.naming,
    gguf: nil,
    weights: GPTJShape().weights)
}
