/// What a checkpoint's pickle may name and call: each is rebuilt here, and nothing is imported.
extension Unpickler {
  func global(module: Pickle.Text, name: Pickle.Text) throws(ModelError) -> Pickle.Value {
    let (module, name) = (printable(module), printable(name))
    guard let known = Pickle.Global(module: module, name: name) else {
      throw ModelError(
        .unsupported, at: cursor.location,
        "\(module).\(name) is not something a checkpoint of tensors needs: refused, nothing was executed",
        advice: "If you trust the file, load it with torch and save the model's state_dict() alone")
    }
    return .global(known)
  }

  mutating func storage(_ id: Pickle.Value) throws(ModelError) -> Pickle.Value {
    guard let parts = tuple(id), parts.count == 5, case .text(let tag) = parts[0],
      pickle.string(tag) == "storage", case .text(let key) = parts[2], case .text = parts[3],
      case .integer(let count) = parts[4], count >= 0
    else { throw cursor.corrupt("a reference that is not to a storage, at byte \(cursor.offset - 1)") }
    try spend(1)
    switch parts[1] {
    case .global(.storage(let type)): return pickle.add(Pickle.Storage(key: key, type: type, count: count))
    case .global(.untypedStorage): return pickle.add(Pickle.Storage(key: key, type: nil, count: count))
    default: throw cursor.corrupt("a storage of no known class, at byte \(cursor.offset - 1)")
    }
  }

  /// What the call of a known name gives.
  mutating func rebuild(
    _ callable: Pickle.Value, _ arguments: Pickle.Value
  ) throws(ModelError) -> Pickle.Value {
    guard case .global(let global) = callable, let parts = tuple(arguments) else {
      throw ModelError(
        .unsupported, at: cursor.location,
        "\(pickle.kind(callable)) is called at byte \(cursor.offset - 1): refused, nothing was executed")
    }
    switch global {
    case .orderedDict where parts.isEmpty:
      try spend(1)
      return .dictionary(pickle.addContainer())
    case .size where parts.count == 1:
      if case .tuple = parts[0] { return parts[0] }
    case .device: return .device
    case .rebuildParameter where parts.count == 3:
      if case .tensor = parts[0] { return parts[0] }
    case .rebuildTensor2, .rebuildTensor3:
      if let tensor = tensor(parts, typed: global == .rebuildTensor3) {
        try spend(1)
        return pickle.add(tensor)
      }
    default: break
    }
    throw cursor.corrupt(
      "a call of \(global.name) with \(parts.count) arguments that do not fit, at byte \(cursor.offset - 1)")
  }

  /// (storage, offset, sizes, strides, requires_grad, hooks[, dtype][, metadata])
  private func tensor(_ parts: [Pickle.Value], typed: Bool) -> Pickle.Tensor? {
    let expected = typed ? 7 : 6
    guard parts.count == expected || parts.count == expected + 1, case .storage(let storage) = parts[0],
      case .integer(let offset) = parts[1], case .tuple(let sizes) = parts[2],
      case .tuple(let strides) = parts[3]
    else { return nil }
    // Metadata say that values are to be negated or conjugated when they are read.
    if parts.count > expected {
      switch parts[expected] {
      case .none: break
      case .dictionary(let members) where pickle.containers[Int(members)].count == 0: break
      default: return nil
      }
    }
    var type = pickle.storages[Int(storage)].type
    if typed {
      guard case .global(.type(let given)) = parts[6] else { return nil }
      type = given
    }
    return Pickle.Tensor(storage: storage, type: type, offset: offset, sizes: sizes, strides: strides)
  }

  /// State is set on ordered dictionaries only: modules keep their version there, which nothing here needs.
  mutating func build() throws(ModelError) {
    guard case .dictionary = try pop(), case .dictionary = try top() else { throw refused(UInt8(ascii: "b")) }
  }

  /// The items of a tuple short enough to be a reference or arguments.
  private func tuple(_ value: Pickle.Value) -> [Pickle.Value]? {
    guard case .tuple(let container) = value, pickle.containers[Int(container)].count <= 8 else { return nil }
    return Array(pickle.items(container))
  }

  /// A name as it may stand in an error text: short, and without control characters.
  private func printable(_ text: Pickle.Text) -> String {
    let short = Pickle.Text(offset: text.offset, count: min(text.count, Int32(Pickle.longestName)))
    return String(
      String.UnicodeScalarView(
        pickle.string(short).unicodeScalars.map { $0.value < 0x20 ? "\u{fffd}" : $0 }))
  }
}
