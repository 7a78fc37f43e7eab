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

  /// Writes some rows of the first axis as float32 to `target`, `count / shape[0]` values each, and lets go of the
  /// memory of their bytes: a file larger than memory is read so.
  ///
  /// - Precondition: the tensor is row-major, as all of a safetensors file are, and has these rows.
  public func decodeRows(_ rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let (total, width) = (shape.first ?? 0, shape.dropFirst().reduce(1, *))
    precondition(
      strides == nil && format.valuesPerBlock == 1 && rows.lowerBound >= 0 && rows.upperBound <= total,
      "StoredTensor: rows \(rows) of \(name), \(shape) \(format.rawValue)")
    guard rows.count * width > 0, let source = bytes.baseAddress else { return }
    let rowBytes = width * format.bytesPerBlock
    format.decode(source + rows.lowerBound * rowBytes, blocks: rows.count * width, into: target)
    file.release(offset + rows.lowerBound * rowBytes..<offset + rows.upperBound * rowBytes)
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
