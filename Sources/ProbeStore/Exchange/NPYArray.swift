import ProbeMath
import ProbeModel

/// An array in a `.npy` file, read where it lies: little-endian, in C order.
struct NPYArray: Sendable {
  /// Types that are read.
  enum Scalar: String, CaseIterable {
    case float16 = "<f2", float32 = "<f4", float64 = "<f8", int64 = "<i8"

    var byteCount: Int {
      switch self {
      case .float16: 2
      case .float32: 4
      case .float64, .int64: 8
      }
    }
  }

  let scalar: Scalar
  let shape: [Int]
  private let file: MappedFile
  private let dataStart: Int

  /// Where the file lies.
  var path: String { file.path }
  /// Number of values.
  var count: Int { shape.reduce(1, *) }

  /// Opens a file whose array has one of the types of `scalars`.
  ///
  /// - Throws: ``ModelError``: `.notFound`, `.unreadable`; `.corrupt` for a header that is none, and for a file that is
  ///   shorter or longer than its header says; `.unsupported` for other types, big-endian and Fortran order.
  init(path: String, as scalars: [Scalar]) throws(ModelError) {
    let file = try MappedFile(path: path)
    let header = try NPYHeader(file.bytes, path: path)
    guard let scalar = scalars.first(where: { $0.rawValue == header.descr }) else {
      throw Self.unsupported(header.descr, scalars, path)
    }
    // An array of one row, or one column, has both orders.
    guard !header.isFortran || header.shape.count(where: { $0 != 1 }) < 2 else {
      throw ModelError(
        .unsupported, at: path, "the array is in Fortran order (the first axis varies fastest)",
        advice: "Convert it: numpy.save(FILE, numpy.ascontiguousarray(array))")
    }
    var size = scalar.byteCount
    for axis in header.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: axis)
      guard !overflow, product < 1 << 48 else {
        throw ModelError(.corrupt, at: path, "the shape \(header.shape) is not a possible one")
      }
      size = product
    }
    guard size == file.bytes.count - header.dataStart else {
      throw ModelError(
        .corrupt, at: path,
        "shape \(header.shape) of \(scalar) takes \(size) bytes, behind the header are "
          + "\(file.bytes.count - header.dataStart)", advice: "The file is truncated, or holds several arrays"
      )
    }
    (self.scalar, shape, self.file, dataStart) = (scalar, header.shape, file, header.dataStart)
  }

  private static func unsupported(_ descr: String, _ scalars: [Scalar], _ path: String) -> ModelError {
    let wanted = scalars.map { "\($0)" }.joined(separator: ", ")
    if descr.hasPrefix(">") {
      return ModelError(
        .unsupported, at: path, "the array is big-endian (\(descr))",
        advice: "Convert it: numpy.save(FILE, array.astype('<\(descr.dropFirst())'))")
    }
    return ModelError(
      .unsupported, at: path, "the array's type is \(descr), expected \(wanted), little-endian",
      advice: "Convert it: numpy.save(FILE, array.astype('\(scalars.last == .int64 ? "<i8" : "<f4")'))")
  }

  /// Writes some rows of the first axis as float32 to `target`, and lets go of the memory of their bytes. A float64
  /// beyond float32 becomes infinite.
  func decodeRows(_ rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let count = rows.count * shape.dropFirst().reduce(1, *)
    guard count > 0, let source = source(ofRow: rows.lowerBound) else { return }
    switch scalar {
    case .float16: ScalarType.float16.decode(source, count: count, into: target)
    case .float32: ScalarType.float32.decode(source, count: count, into: target)
    case .float64:
      for index in 0..<count {
        target[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
      }
    case .int64: preconditionFailure("NPYArray: integers are no activations")
    }
    let rowBytes = count / rows.count * scalar.byteCount
    file.release(dataStart + rows.lowerBound * rowBytes..<dataStart + rows.upperBound * rowBytes)
  }

  /// One value of a row as it stands in the file.
  func value(row: Int, column: Int) -> Double {
    guard let source = source(ofRow: row) else { return .nan }
    if scalar == .float64 { return source.loadUnaligned(fromByteOffset: column * 8, as: Double.self) }
    var value: Float = 0
    let type: ScalarType = scalar == .float16 ? .float16 : .float32
    type.decode(source + column * type.byteCount, count: 1, into: &value)
    return Double(value)
  }

  /// All values of an array of integers.
  func integers() -> [Int] {
    precondition(scalar == .int64, "NPYArray: \(scalar) is no integer")
    return (0..<count).map {
      Int(Int64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: dataStart + $0 * 8, as: Int64.self)))
    }
  }

  private func source(ofRow row: Int) -> UnsafeRawPointer? {
    let rowBytes = shape.dropFirst().reduce(scalar.byteCount, *)
    return file.bytes.baseAddress.map { $0 + dataStart + row * rowBytes }
  }
}
