import CKernels
import ProbeMath

extension Linear {
  /// The map as a factor of a product: out = xW + b, or out += that.
  func factor(into out: UnsafeMutablePointer<Float>, adds: Bool = false) -> Product.Factor {
    Product.Factor(packed, into: out, bias: bias?.pointer, adds: adds)
  }
}

extension TransformerConfig {
  /// Norms rows of the gain's width, which is dModel where there is no gain.
  func normalize(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>?, rows: Int
  ) {
    let width = norm.gain?.count ?? dModel
    let (gain, bias) = (norm.gain?.pointer, norm.bias?.pointer)
    switch normalization {
    case .layerNorm(let epsilon): probe_layer_norm(x, out, scale, gain, bias, rows, width, epsilon)
    case .rmsNorm(let epsilon): probe_rms_norm(x, out, scale, gain, rows, width, epsilon)
    case .none: preconditionFailure("a model without norms has weights of a norm")
    }
  }
}

extension TransformerConfig.Activation {
  /// x = act(x), or act(x) · other, value by value.
  func apply(
    _ x: UnsafeMutablePointer<Float>, gating other: UnsafePointer<Float>? = nil, count: Int
  ) {
    switch (self, other) {
    case (.silu, let other?): return probe_silu_multiply(x, other, x, count)
    case (.silu, nil): probe_silu(x, x, count)
    case (.relu, _): probe_relu(x, x, count)
    case (.gelu, _): probe_gelu_erf(x, x, count)
    case (.geluTanh, _): probe_gelu_tanh(x, x, count)
    }
    if let other { probe_multiply(x, other, x, count) }
  }
}
