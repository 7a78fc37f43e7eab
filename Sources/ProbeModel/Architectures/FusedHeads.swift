extension WeightReader {
  /// The q, k and v of a matrix that GPT-NeoX and BLOOM fuse head by head: for every head its rows of q, of k, of v.
  /// GGUF's converter has put all rows of q first, then those of k, then those of v.
  mutating func attentionFusedByHead(
    _ fused: String, out: String, _ config: TransformerConfig
  ) throws(ModelError) -> AttentionWeights {
    let (dModel, hasBias) = (config.dModel, config.biases.contains(.queryKeyValue))
    func projection(_ part: Int, _ reader: inout WeightReader) throws(ModelError) -> Linear {
      let rows: StoredRows =
        reader.isGGUF
        ? .range(from: part * dModel, of: 3 * dModel)
        : .byHead(part: part, of: 3, nHeads: config.nHeads, dHead: config.dHead)
      return try reader.linear(fused, inputs: dModel, outputs: dModel, hasBias: hasBias, rows: rows)
    }
    return AttentionWeights(
      q: try projection(0, &self), k: try projection(1, &self), v: try projection(2, &self),
      o: try linear(
        out, inputs: dModel, outputs: dModel, hasBias: config.biases.contains(.attentionOut)))
  }
}
