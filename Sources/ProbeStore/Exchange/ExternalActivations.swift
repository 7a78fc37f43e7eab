import Foundation
import ProbeMath
import ProbeModel

/// Activations that somebody computed elsewhere: an array `[rows, …rowShape]` in a `.npy` or `.safetensors` file, which
/// stays where it is and is read some rows at a time.
public struct ExternalActivations: Sendable {
  private enum Content {
    case array(NPYArray)
    case tensor(StoredTensor)
  }

  /// Where the file lies.
  public let path: String
  /// Number of rows.
  public let rowCount: Int
  /// Shape of a row.
  public let rowShape: [Int]
  /// The type that keeps every value: that of the file, float32 for float64.
  public let dtype: ScalarType
  /// The file's own row offsets: a tensor `offsets` beside the activations.
  public let offsets: [Int]?
  private let content: Content

  /// Values of a row.
  var width: Int { rowShape.reduce(1, *) }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: a file ending in `.npy` (float16, float32 or float64) or `.safetensors` (F16, BF16, F32).
  ///   - tensor: which tensor of a safetensors file; not needed when there is one of two axes or more.
  /// - Throws: ``ModelError`` naming file and tensor: `.notFound`, `.unreadable`, `.corrupt`, `.unsupported`,
  ///   `.missingTensor`, `.wrongShape`.
  public init(path: String, tensor: String? = nil) throws(ModelError) {
    switch (path as NSString).pathExtension.lowercased() {
    case "npy":
      guard tensor == nil else {
        throw ModelError(.badInput, at: path, "a .npy file holds one array and no tensor by name")
      }
      let array = try NPYArray(path: path, as: [.float16, .float32, .float64])
      try self.init(
        path: path, shape: array.shape, dtype: array.scalar == .float16 ? .float16 : .float32, offsets: nil,
        .array(array))
    case "safetensors":
      let tensors = try Safetensors.tensors(in: MappedFile(path: path))
      let chosen = try Self.choose(tensor, from: tensors, path)
      let offsets = try Self.offsets(tensors["offsets"], path)
      try self.init(
        path: path, shape: chosen.shape, dtype: Self.scalarTypes[chosen.format] ?? .float32, offsets: offsets,
        .tensor(chosen))
    default:
      throw ModelError(
        .unsupported, at: path, "the file's ending does not say what it is",
        advice: "Expected .npy (numpy.save) or .safetensors (safetensors.torch.save_file)")
    }
  }

  private init(path: String, shape: [Int], dtype: ScalarType, offsets: [Int]?, _ content: Content)
    throws(ModelError)
  {
    guard shape.count >= 2, shape.allSatisfy({ $0 > 0 }), shape.dropFirst().reduce(1, *) <= 1 << 26 else {
      throw ModelError(
        .wrongShape, at: path,
        "expected a row an example or position and at least one value in each, found "
          + "the shape \(shape)")
    }
    (self.path, self.dtype, self.offsets, self.content) = (path, dtype, offsets, content)
    (rowCount, rowShape) = (shape[0], Array(shape.dropFirst()))
  }

  private static let scalarTypes: [StorageFormat: ScalarType] = [
    .f32: .float32, .f16: .float16, .bf16: .bfloat16,
  ]

  private static func choose(
    _ name: String?, from tensors: [String: StoredTensor], _ path: String
  ) throws(ModelError) -> StoredTensor {
    let usable = tensors.filter { scalarTypes[$0.value.format] != nil && $0.value.shape.count >= 2 }
    let names = usable.keys.sorted()
    let found = names.isEmpty ? "There is none" : "There is: \(names.joined(separator: ", "))"
    guard let name = name ?? (names.count == 1 ? names[0] : nil) else {
      throw ModelError(
        .missingTensor, at: path, "\(names.count) tensors of numbers have two axes or more",
        advice: names.isEmpty
          ? "Expected one [rows, width] in F32, F16 or BF16" : "Choose with --tensor. \(found)")
    }
    guard let tensor = usable[name] else {
      throw ModelError(
        .missingTensor, at: path,
        tensors[name] == nil
          ? "no tensor is called \(name)" : "the tensor \(name) is no [rows, width] in F32, F16 or BF16",
        advice: found)
    }
    return tensor
  }

  private static func offsets(_ tensor: StoredTensor?, _ path: String) throws(ModelError) -> [Int]? {
    guard let tensor else { return nil }
    guard tensor.format == .i64, tensor.shape.count == 1, let offsets = tensor.integers() else {
      throw ModelError(
        .wrongType, at: "\(path): tensor offsets",
        "expected I64 of one axis, found \(tensor.format.rawValue) of shape \(tensor.shape)")
    }
    return offsets
  }

  /// Row offsets from a `.npy` file of int64.
  ///
  /// - Throws: ``ModelError`` as ``init(path:tensor:)``.
  public static func readOffsets(_ path: String) throws(ModelError) -> [Int] {
    let array = try NPYArray(path: path, as: [.int64])
    guard array.shape.count == 1 else {
      throw ModelError(.wrongShape, at: path, "expected one axis of offsets, found the shape \(array.shape)")
    }
    return array.integers()
  }

  /// Writes some rows as float32 to `target`, `width` values each. A float64 beyond float32 becomes infinite.
  func decodeRows(_ rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    switch content {
    case .array(let array): array.decodeRows(rows, into: target)
    case .tensor(let tensor): tensor.decodeRows(rows, into: target)
    }
  }

  /// One value as it stands in the file, for messages.
  func value(row: Int, column: Int) -> Double {
    switch content {
    case .array(let array): return array.value(row: row, column: column)
    case .tensor(let tensor):
      var values = [Float](repeating: 0, count: width)
      values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { tensor.decodeRows(row..<(row + 1), into: base) }
      }
      return Double(values[column])
    }
  }
}
