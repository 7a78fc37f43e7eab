import ProbeMath

extension StoredTensor {
  /// The values as float32.
  public func tensor() -> Tensor {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { decode(into: base) }
    }
    return Tensor(shape, values)
  }

  /// The values of a tensor of integers, exactly; nil for other types.
  public func integers() -> [Int]? {
    switch format {
    case .i64: read(Int64.self)
    case .i32: read(Int32.self)
    case .i16: read(Int16.self)
    case .i8: read(Int8.self)
    case .u8: read(UInt8.self)
    default: nil
    }
  }

  private func read<I: FixedWidthInteger>(_ type: I.Type) -> [Int]? {
    guard strides == nil else { return nil }
    let bytes = bytes
    return (0..<count).map {
      Int(clamping: I(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<I>.size, as: type)))
    }
  }
}
