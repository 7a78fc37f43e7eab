import CKernels

/// Scalar types that activations and weights are stored in.
public enum ScalarType: String, Sendable, Codable, CaseIterable {
  case float32, float16, bfloat16

  /// Bytes of one value.
  public var byteCount: Int { self == .float32 ? 4 : 2 }
}

extension ScalarType {
  /// Writes `values` in this type, little-endian, to `target` (`values.count × byteCount` bytes).
  ///
  /// Rounds to nearest even. Returns how many finite values became infinite.
  public func encode(_ values: UnsafeBufferPointer<Float>, to target: UnsafeMutableRawPointer) -> Int {
    guard let source = values.baseAddress else { return 0 }
    switch self {
    case .float32:
      target.copyMemory(from: source, byteCount: values.count * 4)
      return 0
    case .float16:
      return probe_f32_to_f16(source, target.assumingMemoryBound(to: UInt16.self), values.count)
    case .bfloat16:
      return probe_f32_to_bf16(source, target.assumingMemoryBound(to: UInt16.self), values.count)
    }
  }

  /// Reads `count` values of this type from `source` into `target`.
  public func decode(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
    switch self {
    case .float32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * 4)
    case .float16: probe_f16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, count)
    case .bfloat16: probe_bf16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, count)
    }
  }
}

/// Index of the first NaN or infinity in `values`, or nil.
public func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
  guard let base = values.baseAddress else { return nil }
  let index = probe_first_non_finite(base, values.count)
  return index < values.count ? index : nil
}

/// Replaces `count` values by their exponentials; relative error below 2 ulp in [−87, 88], saturating outside.
public func exponential(_ values: UnsafeMutablePointer<Float>, count: Int) {
  probe_exp(values, values, count)
}
