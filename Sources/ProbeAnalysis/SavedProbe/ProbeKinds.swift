import ProbeMath
import ProbeModel

extension LinearReadOut {
  /// `linear`: `mean` and `scale` `[d]`, `weights` `[1 or K, d]`, `bias`, and for convenience `direction`, weights/scale.
  public static var kind: String { "linear" }

  /// Its tensors; λ and the features of a sparse probe as texts.
  public var parts: ProbeParts {
    var texts: [String: String] = [:]
    texts["strength"] = strength.map { "\($0)" }
    texts["dimensions"] = dimensions.map { "\($0)" }
    let weights = linear.weights
    let scale = linear.standardizer.scale
    let direction = Tensor(
      weights.shape, weights.elements.indices.map { weights.elements[$0] / scale[$0 % width] })
    return ProbeParts(
      tensors: standardizerTensors(linear.standardizer) + [
        ("weights", weights), ("bias", Tensor([linear.bias.count], linear.bias)), ("direction", direction),
      ], texts: texts)
  }

  /// The read-out that a file's parts hold.
  ///
  /// - Throws: ``ModelError`` when parts are missing or do not fit together.
  public init(_ parts: ProbeParts) throws(ModelError) {
    let (classes, standardizer) = (try parts.classes(), try parts.standardizer())
    let outputs = classes.count == 2 ? 1 : classes.count
    let dimensions = try parts.integers("dimensions")
    if let wrong = dimensions?.first(where: { !standardizer.mean.indices.contains($0) }) {
      throw parts.bad("dimensions", "\(wrong) is none of \(standardizer.width) features")
    }
    self.init(
      family: try parts.text("family"), classes: classes,
      linear: LinearMap(
        standardizer: standardizer, weights: try parts.tensor("weights", [outputs, standardizer.width]),
        bias: try parts.tensor("bias", [outputs]).elements),
      dimensions: dimensions, strength: try parts.number("strength"),
      diagnostics: try parts.strings("diagnostics"))
  }
}

extension PerceptronProbe {
  /// `perceptron`: `mean` and `scale` `[d]`; `layers.0.weights` `[out, in]`, `layers.0.bias` `[out]`, `layers.1.…`.
  public static var kind: String { "perceptron" }

  /// Its tensors, layer by layer.
  public var parts: ProbeParts {
    let shape = PerceptronShape(sizes)
    var tensors = standardizerTensors(standardizer)
    for layer in 0..<shape.layers {
      let (start, middle, end) = (shape.offset(layer), shape.biasOffset(layer), shape.offset(layer + 1))
      tensors += [
        (
          "layers.\(layer).weights",
          Tensor([sizes[layer + 1], sizes[layer]], Array(parameters[start..<middle]))
        ),
        ("layers.\(layer).bias", Tensor([sizes[layer + 1]], Array(parameters[middle..<end]))),
      ]
    }
    return ProbeParts(tensors: tensors)
  }

  /// The perceptron that a file's parts hold.
  ///
  /// - Throws: ``ModelError`` when parts are missing or do not fit together.
  public init(_ parts: ProbeParts) throws(ModelError) {
    let (classes, standardizer) = (try parts.classes(), try parts.standardizer())
    let layers = parts.tensors.count { $0.name.hasPrefix("layers.") && $0.name.hasSuffix(".weights") }
    let outputs = classes.count == 2 ? 1 : classes.count
    var (sizes, parameters): ([Int], [Float]) = ([standardizer.width], [])
    for layer in 0..<max(1, layers) {
      let size = layer + 1 < layers ? nil : outputs
      let weights = try parts.tensor("layers.\(layer).weights", [size, sizes[layer]])
      sizes.append(weights.rows)
      parameters += weights.elements
      parameters += try parts.tensor("layers.\(layer).bias", [weights.rows]).elements
    }
    self.init(
      family: try parts.text("family"), classes: classes, standardizer: standardizer, sizes: sizes,
      parameters: parameters, diagnostics: try parts.strings("diagnostics"))
  }
}

extension AttentionProbe {
  /// `attention`: `mean` and `scale` `[d]`, `query` `[H, d]`, `weights` `[H · (1 or K), d]`, `bias` `[1 or K]`.
  public static var kind: String { "attention" }

  /// Its tensors.
  public var parts: ProbeParts {
    let outputs = classes.count == 2 ? 1 : classes.count
    let (queries, end) = (heads * width, heads * (1 + outputs) * width)
    return ProbeParts(
      tensors: standardizerTensors(standardizer) + [
        ("query", Tensor([heads, width], Array(parameters[..<queries]))),
        ("weights", Tensor([heads * outputs, width], Array(parameters[queries..<end]))),
        ("bias", Tensor([outputs], Array(parameters[end...]))),
      ])
  }

  /// The probe that a file's parts hold.
  ///
  /// - Throws: ``ModelError`` when parts are missing or do not fit together.
  public init(_ parts: ProbeParts) throws(ModelError) {
    let (classes, standardizer) = (try parts.classes(), try parts.standardizer())
    let outputs = classes.count == 2 ? 1 : classes.count
    let query = try parts.tensor("query", [nil, standardizer.width])
    let (rows, overflow) = query.rows.multipliedReportingOverflow(by: outputs)
    let weights = try parts.tensor("weights", [overflow ? 0 : rows, standardizer.width])
    self.init(
      classes: classes, standardizer: standardizer, heads: query.rows,
      parameters: query.elements + weights.elements + (try parts.tensor("bias", [outputs])).elements,
      diagnostics: try parts.strings("diagnostics"))
  }
}

/// Shift and scale as tensors of a file.
private func standardizerTensors(_ standardizer: Standardizer) -> [(name: String, values: Tensor)] {
  [
    ("mean", Tensor([standardizer.width], standardizer.mean)),
    ("scale", Tensor([standardizer.width], standardizer.scale)),
  ]
}
