import Foundation
import ProbeAnalysis
import ProbeModel
import Testing

/// A safetensors file held in memory, to write references and to damage checkpoints.
struct TensorFile {
  /// Type, shape and little-endian bytes, by name.
  var tensors: [String: (dtype: String, shape: [Int], bytes: Data)] = [:]

  init() {}

  init(path: String) throws {
    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try #require(try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any])
    for (name, value) in header where name != "__metadata__" {
      let entry = try #require(value as? [String: Any])
      let (dtype, shape) = (try #require(entry["dtype"] as? String), try #require(entry["shape"] as? [Int]))
      let range = try #require(entry["data_offsets"] as? [Int])
      tensors[name] = (dtype, shape, Data(file[8 + length + range[0]..<8 + length + range[1]]))
    }
  }

  /// Changes one float32 value.
  mutating func set(_ name: String, _ index: Int, _ change: (Float) -> Float) throws {
    var tensor = try #require(tensors[name], "no tensor \(name)")
    #expect(tensor.dtype == "F32")
    tensor.bytes.withUnsafeMutableBytes { bytes in
      let value = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
      bytes.storeBytes(of: change(value), toByteOffset: 4 * index, as: Float.self)
    }
    tensors[name] = tensor
  }

  var encoded: Data {
    get throws {
      var (header, data) = ([String: Any](), Data())
      for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
        header[name] = [
          "dtype": tensor.dtype, "shape": tensor.shape,
          "data_offsets": [data.count, data.count + tensor.bytes.count],
        ]
        data += tensor.bytes
      }
      let text = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
      return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data
    }
  }
}

/// A folder of its own with a copy of a fixture's checkpoint and a reference in the doctor's format.
final class DoctorFixture {
  let folder: String
  var model: String { folder + "/model" }
  var referencePath: String { folder + "/reference.safetensors" }
  /// What the reference implementation computed for one sequence.
  var reference = TensorFile()

  /// - Parameter sequence: which of the fixture's sequences becomes the reference; that of 11 tokens has every point.
  init(_ name: String, sequence: Int = 3, batchAxis: Bool = false) throws {
    folder = NSTemporaryDirectory() + "probe-doctor-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = FixtureExperiment.model(name)
    try FileManager.default.copyItem(atPath: source, toPath: model)
    let stored = try TensorFile(path: source + "/reference.safetensors")
    func add(_ name: String, _ key: String) throws {
      let tensor = try #require(stored.tensors[key], "no \(key)")
      reference.tensors[name] = (tensor.dtype, (batchAxis ? [1] : []) + tensor.shape, tensor.bytes)
    }
    try add("tokens", "seq\(sequence).ids")
    for key in stored.tensors.keys where key.hasPrefix("seq\(sequence)/") {
      try add(String(key.dropFirst("seq\(sequence)/".count)), key)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Changes one weight of the copy.
  func damage(_ tensor: String, at index: Int = 0, _ change: (Float) -> Float) throws {
    let path = model + "/model.safetensors"
    var file = try TensorFile(path: path)
    try file.set(tensor, index, change)
    try file.encoded.write(to: URL(fileURLWithPath: path))
  }

  func open() throws -> HookedTransformer { try HookedTransformer.open(model) }

  /// Writes the reference and reads it for the model.
  func openReference(tolerance: Double = 5e-5) throws -> ReferenceActivations {
    try reference.encoded.write(to: URL(fileURLWithPath: referencePath))
    return try ReferenceActivations(path: referencePath, for: open(), tolerance: tolerance)
  }

}
