/// Reads PyTorch's zip checkpoints (`torch.save` since 1.6): a pickle that describes tensors, and a stored entry with the
/// values of each storage. Nothing in them is executed, see ``Unpickler``.
///
/// The archive holds one folder of any name: `data.pkl`, `data/<key>` for each storage, `byteorder`, `version`.
public enum PyTorch {
  /// The tensors of one file, by name: a dictionary of tensors, or one under `state_dict` or `model`.
  ///
  /// Values are used in place; views that are not contiguous are read through their strides.
  ///
  /// - Throws: ``ModelError``: `.corrupt` for what contradicts itself; `.unsupported` for anything that would have to be
  ///   executed (by name), for TorchScript, for the format before torch 1.6, for compressed or big-endian archives, and for
  ///   tensors of a type that is not read.
  public static func tensors(in file: MappedFile) throws(ModelError) -> [String: StoredTensor] {
    try refuseOtherFormats(file)
    let archive = try ZipArchive(file: file)
    let root = try root(of: archive, file: file)
    if archive.entries["\(root)/constants.pkl"] != nil
      || archive.entries.keys.contains(where: { $0.hasPrefix("\(root)/code/") })
    {
      throw ModelError(
        .unsupported, at: file.path, "a TorchScript archive, which holds a program",
        advice: "Save the model's state_dict() with torch.save, or as safetensors")
    }
    if let order = archive.bytes("\(root)/byteorder"), !order.elementsEqual("little".utf8) {
      throw ModelError(
        .unsupported, at: "\(file.path): entry \(root)/byteorder",
        "the byte order is \(String(decoding: order.prefix(16), as: UTF8.self)), expected little",
        advice: "Save the checkpoint on a little-endian machine")
    }
    guard let bytes = archive.bytes("\(root)/data.pkl") else { return [:] }
    let location = "\(file.path): entry \(root)/data.pkl"
    let (pickle, top) = try Unpickler.read(bytes, fileSize: file.bytes.count, location: location)
    let checkpoint = TorchCheckpoint(
      file: file, archive: archive, root: root, pickle: pickle, location: location)
    return try checkpoint.tensors(in: try checkpoint.stateDictionary(top))
  }

  private static func root(of archive: ZipArchive, file: MappedFile) throws(ModelError) -> String {
    let roots = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.count { $0 == "/" } == 1 }
      .sorted()
    guard roots.count == 1 else {
      throw ModelError(
        .unsupported, at: file.path,
        "a zip archive with \(roots.isEmpty ? "no" : "more than one") folder that holds a data.pkl: not a checkpoint of torch"
      )
    }
    return String(roots[0].dropLast("/data.pkl".count))
  }

  private static func refuseOtherFormats(_ file: MappedFile) throws(ModelError) {
    if file.bytes.starts(with: [0x50, 0x4b]) { return }
    let advice = "Load and save it with torch 1.6 or later, or save it as safetensors"
    // torch.save wrote its magic number as a pickle of its own: protocol 2, a LONG1 of ten bytes.
    let magic: [UInt8] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    if file.bytes.starts(with: magic) {
      throw ModelError(
        .unsupported, at: file.path, "a checkpoint in the format before torch 1.6", advice: advice)
    }
    if file.bytes.first == 0x80 {
      throw ModelError(
        .unsupported, at: file.path, "a pickle alone, expected the zip archive that torch.save writes",
        advice: advice)
    }
    throw ModelError(
      .corrupt, at: file.path, "not a zip archive, which PyTorch's checkpoints are", advice: advice)
  }
}

/// The pieces of one checkpoint while its tensors are looked up.
private struct TorchCheckpoint {
  let file: MappedFile
  let archive: ZipArchive
  let root: String
  let pickle: Pickle
  let location: String

  /// The keys and values of a dictionary with string keys.
  private func members(_ dictionary: Int32) throws(ModelError) -> [(key: String, value: Pickle.Value)] {
    var members: [(String, Pickle.Value)] = []
    var key: String?
    for item in pickle.items(dictionary) {
      if let name = key {
        members.append((name, item))
        key = nil
      } else if case .text(let text) = item {
        key = pickle.string(text)
      } else {
        throw ModelError(
          .unsupported, at: location,
          "a dictionary with \(pickle.kind(item)) as a key, expected names of tensors")
      }
    }
    return members
  }

  private func isTensor(_ value: Pickle.Value) -> Bool { if case .tensor = value { true } else { false } }

  /// The dictionary of tensors: the top one when it holds any, else the one under `state_dict` or `model`.
  func stateDictionary(_ top: Pickle.Value) throws(ModelError) -> [(key: String, value: Pickle.Value)] {
    guard case .dictionary(let dictionary) = top else {
      throw ModelError(
        .unsupported, at: location, "the file holds \(pickle.kind(top)), expected a dictionary of tensors")
    }
    let outer = try members(dictionary)
    if outer.contains(where: { isTensor($0.value) }) { return outer }
    let inner = outer.filter { ["state_dict", "model"].contains($0.key) }
    if inner.count == 1, case .dictionary(let dictionary) = inner[0].value {
      let state = try members(dictionary)
      if state.contains(where: { isTensor($0.value) }) { return state }
    }
    let keys = outer.prefix(20).map { $0.key }.joined(separator: ", ")
    throw ModelError(
      .unsupported, at: location,
      "expected a dictionary of tensors, or one under state_dict or model; the keys are: "
        + (outer.isEmpty ? "none" : keys) + (outer.count > 20 ? ", and \(outer.count - 20) more" : ""),
      advice: "Load it with torch and save the model's state_dict() alone")
  }

  func tensors(
    in members: [(key: String, value: Pickle.Value)]
  ) throws(ModelError) -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for (name, value) in members {
      guard case .tensor(let index) = value else {
        throw ModelError(
          .unsupported, at: "\(file.path): tensor \(name)", "expected a tensor, found \(pickle.kind(value))",
          advice: "Load it with torch and save the model's state_dict() alone")
      }
      let tensor = try tensor(name, pickle.tensors[Int(index)])
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw ModelError(.corrupt, at: "\(file.path): tensor \(name)", "the name occurs twice")
      }
    }
    return tensors
  }

  private func tensor(_ name: String, _ tensor: Pickle.Tensor) throws(ModelError) -> StoredTensor {
    let location = "\(file.path): tensor \(name)"
    let storage = pickle.storages[Int(tensor.storage)]
    guard let type = tensor.type, let format = type.format else {
      throw ModelError(
        .unsupported, at: location, "the type torch.\(tensor.type?.rawValue ?? "uint8") is not read",
        advice: "Weights may be float32, float16 or bfloat16: convert with model.float() and save again")
    }
    let key = "\(root)/data/\(pickle.string(storage.key))"
    guard let record = archive.entries[key] else {
      throw ModelError(
        .corrupt, at: location, "its values should lie in the entry \(key), which is not there")
    }
    let (size, overflow) = storage.count.multipliedReportingOverflow(
      by: storage.type == nil ? 1 : format.bytesPerBlock)
    guard !overflow, size == record.count else {
      throw ModelError(
        .corrupt, at: location,
        "its storage of \(storage.count) \(storage.type?.rawValue ?? "byte") values does not fit the \(record.count) bytes of the entry \(key)"
      )
    }
    return try StoredTensor(
      name: name, format: format, shape: try integers(tensor.sizes, location),
      strides: try integers(tensor.strides, location), file: file, storage: record, firstValue: tensor.offset)
  }

  private func integers(_ tuple: Int32, _ location: String) throws(ModelError) -> [Int] {
    var integers: [Int] = []
    // torch itself goes up to 64 axes.
    guard pickle.containers[Int(tuple)].count <= 64 else {
      throw ModelError(.corrupt, at: location, "more than 64 axes")
    }
    for item in pickle.items(tuple) {
      guard case .integer(let integer) = item, integer >= 0 else {
        throw ModelError(.corrupt, at: location, "sizes and strides must be integers from 0 on")
      }
      integers.append(integer)
    }
    return integers
  }
}
