import CKernels

/// How a checkpoint stores the values of a tensor.
///
/// Integers occur as buffers in safetensors (position ids, masks). The block formats are ggml's: 32 values a block with a
/// half-precision scale (and minimum), or, in the K-quants, 256 values whose parts have scales of their own.
public enum StorageFormat: String, Sendable, CaseIterable {
  case f32 = "F32", f16 = "F16", bf16 = "BF16"
  case i64 = "I64", i32 = "I32", i16 = "I16", i8 = "I8", u8 = "U8", bool = "BOOL"
  case q8_0 = "Q8_0", q4_0 = "Q4_0", q4_1 = "Q4_1", q5_0 = "Q5_0", q5_1 = "Q5_1"
  case q2_k = "Q2_K", q3_k = "Q3_K", q4_k = "Q4_K", q5_k = "Q5_K", q6_k = "Q6_K"

  /// Values in the smallest addressable unit.
  var valuesPerBlock: Int {
    switch self {
    case .f32, .f16, .bf16, .i64, .i32, .i16, .i8, .u8, .bool: 1
    case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1: 32
    case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k: 256
    }
  }

  /// Bytes of that unit.
  var bytesPerBlock: Int {
    switch self {
    case .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16, .i16: 2
    case .i8, .u8, .bool: 1
    case .q8_0: 34
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q2_k: 84
    case .q3_k: 110
    case .q4_k: 144
    case .q5_k: 176
    case .q6_k: 210
    }
  }

  /// Converts `blocks` units at `source` to float32. `source` may be unaligned only for the block formats.
  func decode(_ source: UnsafeRawPointer, blocks: Int, into target: UnsafeMutablePointer<Float>) {
    let bytes = source.assumingMemoryBound(to: UInt8.self)
    switch self {
    case .f32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: blocks * 4)
    case .f16: probe_f16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, blocks)
    case .bf16: probe_bf16_to_f32(source.assumingMemoryBound(to: UInt16.self), target, blocks)
    case .i64: convert(source, as: Int64.self, blocks, target)
    case .i32: convert(source, as: Int32.self, blocks, target)
    case .i16: convert(source, as: Int16.self, blocks, target)
    case .i8: convert(source, as: Int8.self, blocks, target)
    case .u8, .bool: convert(source, as: UInt8.self, blocks, target)
    case .q8_0: probe_dequantize_q8_0(bytes, target, blocks)
    case .q4_0: probe_dequantize_q4_0(bytes, target, blocks)
    case .q4_1: probe_dequantize_q4_1(bytes, target, blocks)
    case .q5_0: probe_dequantize_q5_0(bytes, target, blocks)
    case .q5_1: probe_dequantize_q5_1(bytes, target, blocks)
    case .q2_k: probe_dequantize_q2_k(bytes, target, blocks)
    case .q3_k: probe_dequantize_q3_k(bytes, target, blocks)
    case .q4_k: probe_dequantize_q4_k(bytes, target, blocks)
    case .q5_k: probe_dequantize_q5_k(bytes, target, blocks)
    case .q6_k: probe_dequantize_q6_k(bytes, target, blocks)
    }
  }

  private func convert<I: FixedWidthInteger>(
    _ source: UnsafeRawPointer, as type: I.Type, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<count {
      target[index] = Float(source.loadUnaligned(fromByteOffset: index * MemoryLayout<I>.size, as: type))
    }
  }

  /// Whether the values are real numbers, as weights are; buffers such as position ids are integers.
  var isReal: Bool {
    switch self {
    case .i64, .i32, .i16, .i8, .u8, .bool: false
    case .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_k, .q3_k, .q4_k, .q5_k, .q6_k: true
    }
  }

  /// The formats that weights may have, for error texts.
  static var weightFormats: String {
    allCases.filter { $0.isReal }.map { $0.rawValue }.joined(separator: ", ")
  }
}
