import CKernels

/// How a checkpoint stores the values of a tensor.
///
/// The block formats are ggml's: 32 values a block, with a half-precision scale (and minimum) each.
public enum StorageFormat: String, Sendable, CaseIterable {
  case f32 = "F32", f16 = "F16", bf16 = "BF16"
  case q8_0 = "Q8_0", q4_0 = "Q4_0", q4_1 = "Q4_1", q5_0 = "Q5_0", q5_1 = "Q5_1"

  /// Values in the smallest addressable unit.
  var valuesPerBlock: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1: 32
    }
  }

  /// Bytes of that unit.
  var bytesPerBlock: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 34
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    }
  }

  /// Converts `blocks` units at `source` to float32. `source` may be unaligned only for the block formats.
  func decode(_ source: UnsafeRawPointer, blocks: Int, into target: UnsafeMutablePointer<Float>) {
    let bytes = source.assumingMemoryBound(to: UInt8.self)
    switch self {
    case .f32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: blocks * 4)
    case .f16: probe_f16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, blocks)
    case .bf16: probe_bf16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, blocks)
    case .q8_0: probe_dequantize_q8_0(bytes, target, blocks)
    case .q4_0: probe_dequantize_q4_0(bytes, target, blocks)
    case .q4_1: probe_dequantize_q4_1(bytes, target, blocks)
    case .q5_0: probe_dequantize_q5_0(bytes, target, blocks)
    case .q5_1: probe_dequantize_q5_1(bytes, target, blocks)
    }
  }
}
