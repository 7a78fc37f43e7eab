import Foundation

/// A checkpoint on disk, opened but not yet interpreted: its tensors, its configuration and where its tokenizer is.
///
/// Four layouts are recognised: a Hugging Face folder (`config.json` with, in this order of preference,
/// `model.safetensors`, `model.safetensors.index.json`, `pytorch_model.bin` or `pytorch_model.bin.index.json`), a single
/// `.safetensors` or PyTorch file (`.bin`, `.pt`, `.pth`) beside its `config.json`, and a `.gguf`.
public struct Checkpoint: Sendable {
  /// Which layout it is.
  public enum Layout: Sendable {
    /// Hugging Face `config.json`; the folder may hold a `tokenizer.json`.
    case huggingFace(config: JSONValue, folder: String)
    /// GGUF with everything in its metadata.
    case gguf(GGUF)
  }

  /// The path it was opened from.
  public let path: String
  /// Layout and configuration.
  public let layout: Layout
  /// Tensors under the names in the file.
  public let tensors: [String: StoredTensor]
  /// The mapped weight files, in the order of their names.
  public let files: [MappedFile]
  /// What decides the weights of a random-initialised twin; nil for a checkpoint whose weights are its files'.
  let twin: Twin?

  /// Opens what lies at `path`.
  ///
  /// - Throws: ``ModelError``.
  public init(path: String) throws(ModelError) {
    try self.init(path: path, needsWeights: true)
  }

  /// - Parameter needsWeights: whether a folder that holds a configuration only is an error.
  init(path: String, needsWeights: Bool) throws(ModelError) {
    self.path = path
    twin = nil
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelError(
        .notFound, at: path, "no model there", advice: "`probe models` lists the names that scripts know")
    }
    let contents: Contents
    if isFolder.boolValue {
      contents = try Self.open(folder: path, needsWeights: needsWeights)
    } else if path.hasSuffix(".gguf") {
      contents = try Self.open(gguf: path)
    } else if let read = Self.reader(of: path) {
      let folder = (path as NSString).deletingLastPathComponent
      let file = try MappedFile(path: path)
      contents = (try Self.config(folder: folder.isEmpty ? "." : folder), try read(file), [file])
    } else {
      throw ModelError(
        .unsupported, at: path, "not a model",
        advice:
          "Expected a Hugging Face directory, a .safetensors or PyTorch file (.bin, .pt, .pth) beside its "
          + "config.json, or a .gguf")
    }
    (layout, tensors, files) = contents
  }

  /// `original` with the twin's weights in place of its own.
  init(_ original: Checkpoint, twin: Twin) {
    (path, layout, tensors, files) = (original.path, original.layout, original.tensors, original.files)
    self.twin = twin
  }

  private typealias Contents = (Layout, [String: StoredTensor], [MappedFile])

  /// What reads the weights in a file of this name.
  private static func reader(of path: String) -> Shards.Reader? {
    if path.hasSuffix(".safetensors") { return Safetensors.tensors }
    for suffix in [".bin", ".pt", ".pth"] where path.hasSuffix(suffix) { return PyTorch.tensors }
    return nil
  }

  private static func open(gguf path: String) throws(ModelError) -> Contents {
    let file = try MappedFile(path: path)
    let gguf = try GGUF(file: file)
    return (.gguf(gguf), gguf.tensors, [file])
  }

  private static func open(folder: String, needsWeights: Bool) throws(ModelError) -> Contents {
    func inside(_ name: String) -> String { (folder as NSString).appendingPathComponent(name) }
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: inside(name)) }
    if !exists("config.json") {
      let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let ggufs = found.filter { $0.hasSuffix(".gguf") }.sorted()
      guard ggufs.count == 1 else {
        throw ModelError(
          .notFound, at: folder, "holds neither a config.json nor exactly one .gguf (found \(ggufs.count))",
          advice: ggufs.isEmpty
            ? "Expected a Hugging Face directory" : "Name one of: \(ggufs.joined(separator: ", "))")
      }
      return try open(gguf: inside(ggufs[0]))
    }
    let config = try config(folder: folder)
    for name in ["model.safetensors", "pytorch_model.bin"] {
      guard let read = reader(of: name) else { continue }
      if exists(name) {
        let file = try MappedFile(path: inside(name))
        return (config, try read(file), [file])
      }
      if exists("\(name).index.json") {
        let shards = try Shards.tensors(index: inside("\(name).index.json"), read: read)
        return (config, shards.tensors, shards.files)
      }
    }
    guard needsWeights else { return (config, [:], []) }
    throw ModelError(
      .notFound, at: folder, "holds no model.safetensors, no pytorch_model.bin and no index of either",
      advice: "Fetch the weights")
  }

  private static func config(folder: String) throws(ModelError) -> Layout {
    let path = (folder as NSString).appendingPathComponent("config.json")
    return .huggingFace(config: try JSONValue(parsing: readFile(path), path: path), folder: folder)
  }

  /// Whether the tensors follow GGUF's naming and orientation.
  var isGGUF: Bool {
    if case .gguf = layout { return true }
    return false
  }
}
