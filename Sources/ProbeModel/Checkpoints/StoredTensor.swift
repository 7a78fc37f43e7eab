import ProbeMath

/// A tensor as it lies in a checkpoint file.
public struct StoredTensor: Sendable {
  /// The name in the file.
  public let name: String
  /// How the values are stored.
  public let format: StorageFormat
  /// Row-major shape, outermost axis first (GGUF writes it the other way round).
  public let shape: [Int]
  /// How many values apart neighbours along each axis lie, for a view that is not contiguous; nil for row-major order.
  public let strides: [Int]?
  let file: MappedFile
  let offset: Int

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }
  /// Bytes in the file from the first value to the last.
  public var byteCount: Int {
    guard let strides else { return count / format.valuesPerBlock * format.bytesPerBlock }
    return (1 + zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }) * format.bytesPerBlock
  }

  /// A row-major tensor; checks that it lies inside the file and divides into whole blocks.
  ///
  /// - Throws: ``ModelError`` `.corrupt`.
  init(name: String, format: StorageFormat, shape: [Int], file: MappedFile, offset: Int) throws(ModelError) {
    (self.name, self.format, self.shape, self.strides) = (name, format, shape, nil)
    (self.file, self.offset) = (file, offset)
    let location = "\(file.path): tensor \(name)"
    _ = try Self.count(shape, location)
    guard (shape.last ?? 1).isMultiple(of: format.valuesPerBlock) else {
      throw ModelError(
        .corrupt, at: location,
        "rows of \(shape.last ?? 1) values do not divide into \(format.rawValue) blocks "
          + "of \(format.valuesPerBlock)")
    }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard offset >= 0, !overflow, end <= file.bytes.count else {
      throw ModelError(
        .corrupt, at: location,
        "its \(byteCount) bytes at offset \(offset) reach beyond the end of the file (\(file.bytes.count) bytes)",
        advice: "The file is truncated or damaged: fetch it again")
    }
  }

  /// A view of the values of one storage, which lies at the bytes `storage` of the file.
  ///
  /// - Throws: ``ModelError`` `.corrupt` for a view beyond its storage.
  init(
    name: String, format: StorageFormat, shape: [Int], strides: [Int], file: MappedFile, storage: Range<Int>,
    firstValue: Int
  ) throws(ModelError) {
    precondition(format.valuesPerBlock == 1, "StoredTensor: a strided view of \(format)")
    let location = "\(file.path): tensor \(name)"
    let count = try Self.count(shape, location)
    let available = storage.count / format.bytesPerBlock
    guard shape.count == strides.count, firstValue >= 0, firstValue <= available,
      let span = count == 0 ? 0 : Self.span(shape, strides), span <= available - firstValue
    else {
      throw ModelError(
        .corrupt, at: location,
        "shape \(shape), strides \(strides) from value \(firstValue) on do not fit a storage of \(available) values"
      )
    }
    // A view may repeat values, as a mask expanded to all heads does. Far beyond what is stored, it would be a small file
    // that asks for any amount of memory.
    guard count <= max(available, 1 << 20) else {
      throw ModelError(.unsupported, at: location, "\(count) values expanded from \(available) stored ones")
    }
    (self.name, self.format, self.shape, self.file) = (name, format, shape, file)
    self.strides = count == 0 || Self.isRowMajor(shape, strides) ? nil : strides
    offset = storage.lowerBound + firstValue * format.bytesPerBlock
  }

  /// Whether the strides of a shape without zeros are those of row-major order; along an axis of size 1 any will do.
  private static func isRowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
    var next = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == next else { return false }
      next *= size
    }
    return true
  }

  /// Number of values of a shape that may come from anywhere.
  static func count(_ shape: [Int], _ location: String) throws(ModelError) -> Int {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, product < 1 << 48 else {
        throw ModelError(.corrupt, at: location, "the shape \(shape) is not a possible one")
      }
      count = product
    }
    return count
  }

  /// Values from the first to the last of a view that has any; nil when that is no number.
  private static func span(_ shape: [Int], _ strides: [Int]) -> Int? {
    var span = 1
    for (size, stride) in zip(shape, strides) {
      let (distance, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow) = span.addingReportingOverflow(distance)
      guard stride >= 0, !tooFar, !overflow else { return nil }
      span = sum
    }
    return span
  }

  /// The stored bytes.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + byteCount])
  }

  /// Writes the values as float32 to `target`, on all processors when there are many.
  ///
  /// - Parameter rows: the rows of a matrix to write, in their order; nil for everything as it is stored. Rows run along
  ///   the last axis.
  func decode(
    into target: UnsafeMutablePointer<Float>, rows selection: (count: Int, row: @Sendable (Int) -> Int)? = nil
  ) {
    guard count > 0 else { return }
    let width = shape.last ?? 1
    let rows = selection?.count ?? count / width
    let parts = rows * width < 1 << 18 ? 1 : availableProcessors
    nonisolated(unsafe) let target = target
    _ = concurrently(parts) { part in
      let range = rows * part / parts..<rows * (part + 1) / parts
      decode(range, of: selection?.row, into: target + range.lowerBound * width)
    }
  }

  /// Writes some rows as float32 to `target`.
  ///
  /// - Parameters:
  ///   - rows: which rows.
  ///   - selection: the stored row at a row; nil when they are the same.
  func decode(
    _ rows: Range<Int>, of selection: ((Int) -> Int)?, into target: UnsafeMutablePointer<Float>
  ) {
    guard count > 0, let source = bytes.baseAddress else { return }
    let width = shape.last ?? 1
    let blocksPerRow = width / format.valuesPerBlock
    guard selection != nil || strides != nil else {
      return format.decode(
        source + rows.lowerBound * blocksPerRow * format.bytesPerBlock, blocks: rows.count * blocksPerRow,
        into: target)
    }
    for (index, row) in rows.enumerated() {
      let stored = selection?(row) ?? row
      if let strides {
        decodeRow(
          source + start(ofRow: stored, strides) * format.bytesPerBlock, strides, into: target + index * width
        )
      } else {
        format.decode(
          source + stored * blocksPerRow * format.bytesPerBlock, blocks: blocksPerRow,
          into: target + index * width)
      }
    }
  }

  /// Where the first value of a row of a view lies, in values.
  private func start(ofRow row: Int, _ strides: [Int]) -> Int {
    var (rest, start) = (row, 0)
    for axis in shape.indices.dropLast().reversed() {
      start += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    return start
  }

  private func decodeRow(
    _ source: UnsafeRawPointer, _ strides: [Int], into target: UnsafeMutablePointer<Float>
  ) {
    let (width, stride) = (shape.last ?? 1, strides.last ?? 1)
    if stride == 1 { return format.decode(source, blocks: width, into: target) }
    for index in 0..<width {
      format.decode(source + index * stride * format.bytesPerBlock, blocks: 1, into: target + index)
    }
  }
}
