import Foundation

/// Weights spread over several files, with an index that says which tensor lies in which: `{"weight_map": {name: file}}`.
enum Shards {
  typealias Reader = (MappedFile) throws(ModelError) -> [String: StoredTensor]

  /// The tensors that the index at `path` names, each file read once by `read`.
  ///
  /// - Throws: ``ModelError``: of the files, and `.missingTensor` for one that is not where the index says.
  static func tensors(
    index path: String, read: Reader
  ) throws(ModelError) -> (tensors: [String: StoredTensor], files: [MappedFile]) {
    let index = try JSONValue(parsing: readFile(path), path: path)
    guard case .object(let map)? = index["weight_map"] else {
      throw ModelError(.missingKey, at: path, "expected an object weight_map")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var shards: [String: [String: StoredTensor]] = [:]
    var files: [MappedFile] = []
    var tensors: [String: StoredTensor] = [:]
    for (name, value) in map.sorted(by: { $0.key < $1.key }) {
      guard case .string(let shard) = value, !shard.contains("/"), shard != ".." else {
        throw ModelError(
          .badValue, at: "\(path): weight_map.\(name)", "expected a file name beside the index")
      }
      if shards[shard] == nil {
        let file = try MappedFile(path: (folder as NSString).appendingPathComponent(shard))
        files.append(file)
        shards[shard] = try read(file)
      }
      guard let tensor = shards[shard]?[name] else {
        throw ModelError(.missingTensor, at: "\(path): weight_map.\(name)", "\(shard) holds no such tensor")
      }
      tensors[name] = tensor
    }
    return (tensors, files.sorted { $0.path < $1.path })
  }
}
