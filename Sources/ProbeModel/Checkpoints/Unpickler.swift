/// Reads a pickle (protocols 2–5) as far as a checkpoint of tensors needs it, and executes nothing.
///
/// Python's pickles are programs for a stack machine that may import and call anything. This machine knows containers,
/// scalars, the memo, references to storages, and the handful of names in ``Pickle/Global``, each of which it rebuilds
/// itself. Any other name, and any opcode that makes or changes an object, is an error that says so.
///
/// Work is linear in the pickle's length, and memory is bounded by a budget of values: references to the memo copy
/// nothing, so that lists doubled over and over cost no more than their opcodes.
///
/// Reference: Python's `pickletools`, which documents every opcode.
struct Unpickler {
  var pickle: Pickle
  var cursor: PickleCursor
  private var stack: [Pickle.Value] = []
  private var marks: [Int] = []
  private var memo: [UInt32: Pickle.Value] = [:]
  private var budget: Int

  /// Longest pickle accepted: what describes tensors is small beside them.
  static let longest = 1 << 30

  /// Reads one pickle that fills `bytes`.
  ///
  /// - Parameters:
  ///   - fileSize: bytes of the file it describes: how many values it may hold grows with them.
  ///   - location: for error texts.
  /// - Throws: ``ModelError``: `.corrupt`, or `.unsupported` for what would have to be executed.
  static func read(
    _ bytes: UnsafeRawBufferPointer, fileSize: Int, location: String
  ) throws(ModelError) -> (pickle: Pickle, value: Pickle.Value) {
    guard bytes.count <= longest else {
      throw ModelError(.unsupported, at: location, "a pickle of \(bytes.count) bytes, at most \(longest)")
    }
    // A tensor costs about 60 values and, with its record in the archive, more than 300 bytes. Tiny ones are covered by the
    // constant.
    var reader = Unpickler(
      pickle: Pickle(bytes: bytes), cursor: PickleCursor(bytes: bytes, location: location),
      budget: min(1 << 19 + fileSize / 16, 1 << 30))
    let value = try reader.run()
    return (reader.pickle, value)
  }

  private init(pickle: Pickle, cursor: PickleCursor, budget: Int) {
    (self.pickle, self.cursor, self.budget) = (pickle, cursor, budget)
  }

  private mutating func run() throws(ModelError) -> Pickle.Value {
    guard try cursor.byte("the protocol") == 0x80, case let version = try cursor.byte("the protocol"),
      2...5 ~= version
    else {
      throw ModelError(
        .unsupported, at: cursor.location, "not a pickle of protocol 2 to 5",
        advice: "Load and save the checkpoint with a current torch")
    }
    while true {
      let code = try cursor.byte("an opcode")
      if code == UInt8(ascii: ".") { break }
      try step(code)
    }
    guard stack.count == 1, marks.isEmpty, let value = stack.last else {
      throw cursor.corrupt("the pickle ends with \(stack.count) values on its stack, expected one")
    }
    guard cursor.offset == pickle.bytes.count else {
      throw cursor.corrupt("\(pickle.bytes.count - cursor.offset) bytes after the end of the pickle")
    }
    return value
  }

  // MARK: Opcodes

  private mutating func step(_ code: UInt8) throws(ModelError) {
    switch code {
    case UInt8(ascii: "("):
      try spend(1)
      marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(top())
    case UInt8(ascii: "h"): try recall(UInt32(cursor.byte("a memo index")))
    case UInt8(ascii: "j"): try recall(cursor.integer(UInt32.self))
    case UInt8(ascii: "q"): try remember(UInt32(cursor.byte("a memo index")))
    case UInt8(ascii: "r"): try remember(cursor.integer(UInt32.self))
    case 0x94: try remember(UInt32(memo.count))
    case 0x95:
      let length = try cursor.integer(UInt64.self)
      guard length <= UInt64(pickle.bytes.count - cursor.offset) else {
        throw cursor.corrupt("a frame of \(length) bytes reaches beyond the pickle")
      }
    case UInt8(ascii: "]"), UInt8(ascii: "l"), UInt8(ascii: ")"), UInt8(ascii: "t"), 0x85...0x87,
      UInt8(ascii: "}"), UInt8(ascii: "d"), 0x8f, 0x91:
      try push(container(code))
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "s"), UInt8(ascii: "u"), 0x90: try extend(code)
    case UInt8(ascii: "c"): try push(global(module: cursor.line(), name: cursor.line()))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw cursor.corrupt("a name that is not made of two strings")
      }
      try push(global(module: module, name: name))
    case UInt8(ascii: "Q"): try push(storage(pop()))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      try push(rebuild(pop(), arguments))
    case UInt8(ascii: "b"): try build()
    case 0x81, 0x92, 0x82...0x84, UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "P"), 0x97, 0x98:
      throw refused(code)
    default: try push(scalar(code))
    }
  }

  private mutating func scalar(_ code: UInt8) throws(ModelError) -> Pickle.Value {
    switch code {
    case UInt8(ascii: "N"): .none
    case 0x88: .bool(true)
    case 0x89: .bool(false)
    case UInt8(ascii: "K"): .integer(Int(try cursor.byte("an integer")))
    case UInt8(ascii: "M"): .integer(Int(try cursor.integer(UInt16.self)))
    case UInt8(ascii: "J"): .integer(Int(try cursor.integer(Int32.self)))
    case 0x8a: try cursor.long(Int(cursor.byte("the length of an integer")))
    case 0x8b: try cursor.long(Int(cursor.integer(UInt32.self)))
    case UInt8(ascii: "G"): .number(Double(bitPattern: try cursor.integer(UInt64.self).byteSwapped))
    case 0x8c: .text(try cursor.text(UInt64(cursor.byte("the length of a string"))))
    case UInt8(ascii: "X"): .text(try cursor.text(UInt64(cursor.integer(UInt32.self))))
    case 0x8d: .text(try cursor.text(cursor.integer(UInt64.self)))
    // Python 2's strings, which are names and keys in its checkpoints.
    case UInt8(ascii: "U"): .text(try cursor.text(UInt64(cursor.byte("the length of a string"))))
    case UInt8(ascii: "T"): .text(try cursor.text(UInt64(cursor.integer(UInt32.self))))
    case UInt8(ascii: "C"): try cursor.skipBytes(UInt64(cursor.byte("the length of bytes")))
    case UInt8(ascii: "B"): try cursor.skipBytes(UInt64(cursor.integer(UInt32.self)))
    case 0x8e, 0x96: try cursor.skipBytes(cursor.integer(UInt64.self))
    default:
      throw cursor.corrupt(
        "the opcode \(hexadecimal(code)) at byte \(cursor.offset - 1) is not one of the binary protocols 2 to 5"
      )
    }
  }

  private mutating func container(_ code: UInt8) throws(ModelError) -> Pickle.Value {
    let start: Int
    switch code {
    case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"), 0x8f: start = stack.count
    case 0x85...0x87:
      start = stack.count - Int(code - 0x84)
      guard start >= (marks.last ?? 0) else {
        throw cursor.corrupt("the stack is empty at byte \(cursor.offset - 1)")
      }
    default: start = try popMark()
    }
    try spend(1 + stack.count - start)
    let container = pickle.addContainer()
    for value in stack[start...] { pickle.append(value, to: container) }
    stack.removeSubrange(start...)
    switch code {
    case UInt8(ascii: "]"), UInt8(ascii: "l"): return .list(container)
    case UInt8(ascii: "}"), UInt8(ascii: "d"):
      guard pickle.containers[Int(container)].count.isMultiple(of: 2) else {
        throw cursor.corrupt("a key without a value at byte \(cursor.offset - 1)")
      }
      return .dictionary(container)
    case 0x8f, 0x91: return .set(container)
    default: return .tuple(container)
    }
  }

  /// Adds what stands above a container on the stack to it.
  private mutating func extend(_ code: UInt8) throws(ModelError) {
    let start: Int
    switch code {
    case UInt8(ascii: "a"): start = stack.count - 1
    case UInt8(ascii: "s"): start = stack.count - 2
    default: start = try popMark()
    }
    guard start > (marks.last ?? 0) else {
      throw cursor.corrupt("the stack is empty at byte \(cursor.offset - 1)")
    }
    let container: Int32
    switch (code, stack[start - 1]) {
    case (UInt8(ascii: "a"), .list(let list)), (UInt8(ascii: "e"), .list(let list)): container = list
    case (0x90, .set(let set)): container = set
    case (UInt8(ascii: "s"), .dictionary(let members)), (UInt8(ascii: "u"), .dictionary(let members)):
      guard (stack.count - start).isMultiple(of: 2) else {
        throw cursor.corrupt("a key without a value at byte \(cursor.offset - 1)")
      }
      container = members
    default:
      throw cursor.corrupt("\(pickle.kind(stack[start - 1])) at byte \(cursor.offset - 1) takes no items")
    }
    try spend(stack.count - start)
    for value in stack[start...] { pickle.append(value, to: container) }
    stack.removeSubrange(start...)
  }

  // MARK: Stack and memo

  private mutating func push(_ value: Pickle.Value) throws(ModelError) {
    try spend(1)
    stack.append(value)
  }

  func top() throws(ModelError) -> Pickle.Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw cursor.corrupt("the stack is empty at byte \(cursor.offset - 1)")
    }
    return value
  }

  mutating func pop() throws(ModelError) -> Pickle.Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popMark() throws(ModelError) -> Int {
    guard let mark = marks.popLast() else {
      throw cursor.corrupt("no mark on the stack at byte \(cursor.offset - 1)")
    }
    return mark
  }

  private mutating func popToMark() throws(ModelError) { stack.removeSubrange(try popMark()...) }

  private mutating func remember(_ index: UInt32) throws(ModelError) {
    try spend(1)
    memo[index] = try top()
  }

  private mutating func recall(_ index: UInt32) throws(ModelError) {
    guard let value = memo[index] else { throw cursor.corrupt("nothing was remembered as number \(index)") }
    try push(value)
  }

  mutating func spend(_ count: Int) throws(ModelError) {
    budget -= count
    guard budget >= 0 else {
      throw ModelError(
        .unsupported, at: cursor.location, "more values than a checkpoint of tensors of this size needs",
        advice: "Load it with torch and save the model's state_dict() alone")
    }
  }

  // MARK: Errors

  func refused(_ code: UInt8) -> ModelError {
    let names: [UInt8: String] = [
      0x81: "NEWOBJ", 0x92: "NEWOBJ_EX", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x97: "NEXT_BUFFER",
      0x98: "READONLY_BUFFER", UInt8(ascii: "i"): "INST", UInt8(ascii: "o"): "OBJ",
      UInt8(ascii: "P"): "PERSID", UInt8(ascii: "b"): "BUILD",
    ]
    return ModelError(
      .unsupported, at: cursor.location,
      "the pickle makes an object (\(names[code] ?? hexadecimal(code)) at byte \(cursor.offset - 1)), which a "
        + "checkpoint of tensors does not need: refused, nothing was executed",
      advice: "If you trust the file, load it with torch and save the model's state_dict() alone")
  }

  private func hexadecimal(_ code: UInt8) -> String { "0x" + String(code, radix: 16) }
}
