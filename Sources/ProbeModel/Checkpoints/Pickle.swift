/// What a pickle of tensors is made of.
///
/// Nothing here refers to anything but by number, so that a pickle whose list contains itself is no cycle and one nested a
/// million deep no recursion.
struct Pickle {
  enum Value {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits.
    case longInteger
    case number(Double)
    case text(Text)
    /// A byte string, which nothing here reads.
    case bytes
    case list(Int32)
    case tuple(Int32)
    case set(Int32)
    case dictionary(Int32)
    case global(Global)
    /// `torch.device(…)`, which nothing here reads.
    case device
    case storage(Int32)
    case tensor(Int32)
  }

  /// UTF-8 in the pickle's own bytes.
  struct Text {
    let offset: Int32
    let count: Int32
  }

  /// The only names a pickle may refer to.
  enum Global: Equatable {
    case orderedDict, rebuildTensor2, rebuildTensor3, rebuildParameter, size, device, untypedStorage
    case storage(TorchType)
    case type(TorchType)

    init?(module: String, name: String) {
      switch (module, name) {
      case ("collections", "OrderedDict"): self = .orderedDict
      case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor2
      case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensor3
      case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
      case ("torch", "Size"): self = .size
      case ("torch", "device"): self = .device
      case ("torch.storage", "UntypedStorage"): self = .untypedStorage
      case ("torch", _):
        if let type = TorchType(storageClass: name) {
          self = .storage(type)
        } else if let type = TorchType(rawValue: name) {
          self = .type(type)
        } else {
          return nil
        }
      default: return nil
      }
    }

    /// The name in Python, for error texts.
    var name: String {
      switch self {
      case .orderedDict: "collections.OrderedDict"
      case .rebuildTensor2: "torch._utils._rebuild_tensor_v2"
      case .rebuildTensor3: "torch._utils._rebuild_tensor_v3"
      case .rebuildParameter: "torch._utils._rebuild_parameter"
      case .size: "torch.Size"
      case .device: "torch.device"
      case .untypedStorage: "torch.storage.UntypedStorage"
      case .storage(let type): "torch's storage class of \(type.rawValue)"
      case .type(let type): "torch.\(type.rawValue)"
      }
    }
  }

  /// A record of the archive, as tensors refer to it.
  struct Storage {
    /// The record's name below `data/`.
    let key: Text
    /// nil for bytes whose type the tensor says.
    let type: TorchType?
    /// Values, or bytes when there is no type.
    let count: Int
  }

  /// A view of a storage; sizes and strides are tuples.
  struct Tensor {
    let storage: Int32
    let type: TorchType?
    let offset: Int
    let sizes: Int32
    let strides: Int32
  }

  /// Longest name of a module or of what is in it.
  static let longestName = 1024

  /// Items in the order they were added; keys and values in turn in a dictionary.
  struct Container {
    fileprivate(set) var first: Int32 = -1
    fileprivate(set) var last: Int32 = -1
    fileprivate(set) var count: Int32 = 0
  }

  private struct Cell {
    let value: Value
    var next: Int32 = -1
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var containers: [Container] = []
  private(set) var storages: [Storage] = []
  private(set) var tensors: [Tensor] = []
  private var cells: [Cell] = []

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  // MARK: Reading

  /// The text, with anything that is not UTF-8 replaced.
  func string(_ text: Text) -> String {
    String(decoding: bytes[Int(text.offset)..<Int(text.offset) + Int(text.count)], as: UTF8.self)
  }

  /// The items of a container, in order.
  func items(_ container: Int32) -> some Sequence<Value> {
    sequence(state: containers[Int(container)].first) { index -> Value? in
      guard index >= 0 else { return nil }
      defer { index = cells[Int(index)].next }
      return cells[Int(index)].value
    }
  }

  /// What kind of thing a value is, for error texts.
  func kind(_ value: Value) -> String {
    switch value {
    case .none: "None"
    case .bool: "a boolean"
    case .integer, .longInteger: "an integer"
    case .number: "a number"
    case .text: "a string"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .set: "a set"
    case .dictionary: "a dictionary"
    case .global: "a name"
    case .device: "a device"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }

  // MARK: Building

  mutating func addContainer() -> Int32 {
    containers.append(Container())
    return Int32(containers.count - 1)
  }

  mutating func append(_ value: Value, to container: Int32) {
    let cell = Int32(cells.count)
    cells.append(Cell(value: value))
    let last = containers[Int(container)].last
    if last >= 0 { cells[Int(last)].next = cell } else { containers[Int(container)].first = cell }
    containers[Int(container)].last = cell
    containers[Int(container)].count += 1
  }

  mutating func add(_ storage: Storage) -> Value {
    storages.append(storage)
    return .storage(Int32(storages.count - 1))
  }

  mutating func add(_ tensor: Tensor) -> Value {
    tensors.append(tensor)
    return .tensor(Int32(tensors.count - 1))
  }
}
