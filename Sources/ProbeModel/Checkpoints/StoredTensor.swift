import ProbeMath

/// A tensor as it lies in a checkpoint file.
public struct StoredTensor: Sendable {
  /// The name in the file.
  public let name: String
  /// How the values are stored.
  public let format: StorageFormat
  /// Row-major shape, outermost axis first (GGUF writes it the other way round).
  public let shape: [Int]
  let file: MappedFile
  let offset: Int

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }
  /// Bytes in the file.
  public var byteCount: Int { count / format.valuesPerBlock * format.bytesPerBlock }

  /// Checks that the tensor lies inside the file and divides into whole blocks.
  ///
  /// - Throws: ``ModelError`` `.corrupt`.
  init(name: String, format: StorageFormat, shape: [Int], file: MappedFile, offset: Int) throws(ModelError) {
    (self.name, self.format, self.shape, self.file, self.offset) = (name, format, shape, file, offset)
    let location = "\(file.path): tensor \(name)"
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, product < 1 << 48 else {
        throw ModelError(.corrupt, at: location, "the shape \(shape) is not a possible one")
      }
      count = product
    }
    guard (shape.last ?? 1).isMultiple(of: format.valuesPerBlock) else {
      throw ModelError(
        .corrupt, at: location,
        "rows of \(shape.last ?? 1) values do not divide into \(format.rawValue) blocks of 32")
    }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard offset >= 0, !overflow, end <= file.bytes.count else {
      throw ModelError(
        .corrupt, at: location,
        "its \(byteCount) bytes at offset \(offset) reach beyond the end of the file (\(file.bytes.count) bytes)",
        advice: "The file is truncated or damaged: fetch it again")
    }
  }

  /// The stored bytes.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + byteCount])
  }

  /// Writes the values as float32 to `target`, on all processors when there are many.
  ///
  /// - Parameter rows: the rows of a matrix to write, in their order; nil for everything as it is stored.
  func decode(
    into target: UnsafeMutablePointer<Float>, rows selection: (count: Int, row: @Sendable (Int) -> Int)? = nil
  ) {
    guard count > 0, let base = bytes.baseAddress else { return }
    let width = shape.last ?? 1
    let rows = selection?.count ?? count / width
    let blocksPerRow = width / format.valuesPerBlock
    let parts = rows * width < 1 << 18 ? 1 : availableProcessors
    nonisolated(unsafe) let (source, target) = (base, target)
    let format = format
    _ = concurrently(parts) { part in
      let range = rows * part / parts..<rows * (part + 1) / parts
      guard let order = selection?.row else {
        format.decode(
          source + range.lowerBound * blocksPerRow * format.bytesPerBlock, blocks: range.count * blocksPerRow,
          into: target + range.lowerBound * width)
        return
      }
      for row in range {
        format.decode(
          source + order(row) * blocksPerRow * format.bytesPerBlock, blocks: blocksPerRow,
          into: target + row * width)
      }
    }
  }
}
