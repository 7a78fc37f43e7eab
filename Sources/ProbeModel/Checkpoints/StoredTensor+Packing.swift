import ProbeMath

extension StoredTensor {
  /// Packs a matrix that is stored `[outputs, inputs]`, on all processors when it is large.
  ///
  /// A few rows at a time are decoded to where the next step finds them in the cache: the matrix is never held unpacked.
  ///
  /// - Parameter rows: the rows that make it up; nil for all in their order.
  func pack(outputs: Int, inputs: Int, rows: StoredRows?, with packer: PackedMatrix.Packer) {
    let group = Self.rowsTogether
    let groups = (outputs + group - 1) / group
    let parts = outputs * inputs < 1 << 18 ? 1 : min(availableProcessors, groups)
    _ = concurrently(parts) { part in
      let scratch = FloatBuffer(count: group * inputs)
      for index in groups * part / parts..<groups * (part + 1) / parts {
        let range = index * group..<min((index + 1) * group, outputs)
        decode(range, of: rows?.row, into: scratch.pointer)
        packer.pack(outputs: scratch.pointer, stride: inputs, first: range.lowerBound, count: range.count)
      }
    }
  }

  /// Packs columns `columns` of a matrix that is stored `[inputs, outputs]`.
  func pack(columns: Range<Int>, with packer: PackedMatrix.Packer) {
    let width = shape.last ?? 1
    if let mapped = mappedInPlace {
      packer.pack(inputs: mapped.pointer + columns.lowerBound, stride: width)
    } else {
      let whole = FloatBuffer(count: count)
      decode(into: whole.pointer)
      packer.pack(inputs: whole.pointer + columns.lowerBound, stride: width)
    }
  }

  /// The width of a panel, so that no two groups write to one.
  private static var rowsTogether: Int { PackedMatrix.panelWidth }

  /// The values in the mapped file itself, when they are aligned float32 in row-major order.
  var mappedInPlace: Weight? {
    guard format == .f32, strides == nil, let base = bytes.baseAddress,
      Int(bitPattern: base).isMultiple(of: 4)
    else {
      return nil
    }
    return Weight(pointer: base.assumingMemoryBound(to: Float.self), shape: shape, owner: file)
  }
}
