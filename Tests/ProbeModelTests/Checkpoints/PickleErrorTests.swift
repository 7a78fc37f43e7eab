import Foundation
import Testing

@testable import ProbeModel

/// Pickles that are programs, and pickles that contradict themselves.
@Suite struct PickleErrorTests {
  typealias P = PickleBytes

  private func read(_ pickle: Data) throws -> [String: StoredTensor] {
    try PyTorch.tensors(in: MappedFile(bytes: P.file(pickle), name: "m.pt"))
  }

  private func failure(_ pickle: Data) throws -> ModelError { try modelError { try read(pickle) } }

  @Test func theSmallFileItselfIsRead() throws {
    let tensors = try read(P.pickle(P.dictionary(("w", P.tensor()))))
    #expect(tensors.keys.sorted() == ["w"] && tensors["w"]?.shape == [2, 2])
  }

  // MARK: Programs

  /// Ways to name a function: written out, from the stack, from the memo, with a dotted path, in a nested call.
  static let programs: [(Data, String)] = [
    (
      P.join(P.global("posix", "system"), P.text("touch /tmp/pwned"), Data([0x85]), P.op("R")), "posix.system"
    ),
    (P.join(P.global("os", "system"), P.text("true"), Data([0x85]), P.op("R")), "os.system"),
    (P.join(P.global("builtins", "eval"), P.text("1"), Data([0x85]), P.op("R")), "builtins.eval"),
    (P.join(P.global("__builtin__", "exec"), P.text("1"), Data([0x85]), P.op("R")), "__builtin__.exec"),
    (P.join(P.text("posix"), P.text("system"), Data([0x93])), "posix.system"),
    (
      P.join(P.text("system"), P.op("q\u{1}0"), P.text("posix"), P.op("q\u{2}0h\u{2}h\u{1}"), Data([0x93])),
      "posix.system"
    ),
    (
      P.join(P.text("collections"), P.text("OrderedDict.__class__"), Data([0x93])),
      "collections.OrderedDict.__class__"
    ),
    (P.global("collections", "OrderedDict.fromkeys"), "collections.OrderedDict.fromkeys"),
    (P.global("torch", "load"), "torch.load"), (P.global("torch", "Float_Storage"), "torch.Float_Storage"),
    (P.global("torch.serialization", "load"), "torch.serialization.load"),
    (P.global("torch._utils", "_rebuild_wrapper_subclass"), "torch._utils._rebuild_wrapper_subclass"),
    (P.global("torch._utils", "_import_dotted_name"), "torch._utils._import_dotted_name"),
    (P.global("", ""), "."),
    (P.global("numpy.core.multiarray", "_reconstruct"), "numpy.core.multiarray._reconstruct"),
    (P.join(P.text("a\u{1b}[2J\nb"), P.text("c"), Data([0x93])), "a\u{fffd}[2J\u{fffd}b.c"),
  ]

  @Test(arguments: programs)
  func aNameThatIsNotNeededIsRefused(_ program: Data, _ name: String) throws {
    for pickle in [P.pickle(program), P.pickle(P.dictionary(("w", P.tensor()), ("x", program)))] {
      let error = try failure(pickle)
      #expect(error.reason == .unsupported && error.location == "m.pt: entry archive/data.pkl")
      #expect(
        error.problem
          == "\(name) is not something a checkpoint of tensors needs: refused, nothing was executed")
      #expect(
        error.advice == "If you trust the file, load it with torch and save the model's state_dict() alone")
    }
  }

  static let objects: [(Data, String)] = [
    (P.join(P.global("collections", "OrderedDict"), P.op(")"), Data([0x81])), "NEWOBJ"),
    (P.join(P.global("collections", "OrderedDict"), P.op(")}"), Data([0x92])), "NEWOBJ_EX"),
    (Data([0x82, 1]), "EXT1"), (Data([0x83, 1, 0]), "EXT2"), (Data([0x84, 1, 0, 0, 0]), "EXT4"),
    (P.op("(iposix\nsystem\n"), "INST"), (P.join(P.op("("), P.global("torch", "Size"), P.op("o")), "OBJ"),
    (P.op("Pid\n"), "PERSID"), (Data([0x97]), "NEXT_BUFFER"),
    (P.join(P.op("N"), Data([0x98])), "READONLY_BUFFER"),
    (P.join(P.global("torch", "Size"), P.op("}b")), "BUILD"), (P.join(P.tensor(), P.op("}b")), "BUILD"),
    (P.op("}Nb"), "BUILD"), (P.op("}]b"), "BUILD"),
  ]

  @Test(arguments: objects)
  func anOpcodeThatMakesObjectsIsRefused(_ program: Data, _ opcode: String) throws {
    let error = try failure(P.pickle(program))
    #expect(
      error.reason == .unsupported
        && error.problem.hasPrefix("the pickle makes an object (\(opcode) at byte "))
    #expect(error.problem.hasSuffix("refused, nothing was executed"))
  }

  static let calls: [(Data, String)] = [
    (P.op("N)R"), "None is called at byte 4"),
    (P.join(P.text("eval"), P.op(")R")), "a string is called at byte "),
    (P.join(P.tensor(), P.op(")R")), "a tensor is called at byte "),
    (P.op("]]R"), "a list is called at byte 4"),
  ]

  @Test(arguments: calls)
  func aCallOfWhatIsNoNameIsRefused(_ program: Data, _ problem: String) throws {
    let error = try failure(P.pickle(program))
    #expect(error.reason == .unsupported && error.problem.hasPrefix(problem))
  }

  static let misfits: [Data] = [
    P.join(P.global("torch", "FloatStorage"), P.op(")R")), P.join(P.global("torch", "float32"), P.op(")R")),
    P.join(P.global("torch", "Size"), P.op(")R")),
    P.join(P.global("torch", "Size"), P.op("N"), Data([0x85]), P.op("R")),
    P.join(P.global("collections", "OrderedDict"), P.op("]"), Data([0x85]), P.op("R")),
    P.join(P.global("torch._utils", "_rebuild_tensor_v2"), P.op(")R")),
    P.join(P.global("torch._utils", "_rebuild_parameter"), P.op("NNN"), Data([0x87]), P.op("R")),
    P.tensor(metadata: P.dictionary(("conj", Data([0x88])))), P.tensor(metadata: P.op("NN")),
  ]

  @Test(arguments: misfits)
  func aCallWithOtherArgumentsIsRefused(_ program: Data) throws {
    let error = try failure(P.pickle(P.dictionary(("w", program))))
    #expect(error.reason == .corrupt && error.problem.hasPrefix("a call of "), "\(error)")
    #expect(error.problem.contains("arguments that do not fit"))
  }

  // MARK: Contradictions

  static let contradictions: [(Data, String)] = [
    (P.op("0"), "the stack is empty"), (P.op("2"), "the stack is empty"), (P.op("(0"), "the stack is empty"),
    (P.op("1"), "no mark"), (P.op("t"), "no mark"), (P.op("e"), "no mark"),
    (P.op("(e"), "the stack is empty"),
    (Data([0x85]), "the stack is empty"), (P.join(P.op("N("), Data([0x85])), "the stack is empty"),
    (P.op("a"), "the stack is empty"), (P.op("]a"), "the stack is empty"),
    (P.op("}Ns"), "the stack is empty"),
    (P.op("R"), "the stack is empty"), (P.op("b"), "the stack is empty"), (P.op("Q"), "the stack is empty"),
    (P.op("}(Nu"), "a key without a value"), (P.op("(Nd"), "a key without a value"),
    (P.op("NNa"), "None at byte 4 takes no items"), (P.op("](NNu"), "a list at byte 6 takes no items"),
    (P.op("h\u{7}"), "nothing was remembered as number 7"),
    (P.join(P.op("j"), littleEndian(UInt32.max)), "nothing was remembered as number 4294967295"),
    (P.op("q\u{0}"), "the stack is empty"), (P.op("NQ"), "a reference that is not to a storage"),
    (P.join(P.op("NN"), Data([0x93])), "a name that is not made of two strings"),
    (P.op("NN"), "the pickle ends with 2 values on its stack"), (P.op("("), "the pickle ends with 0 values"),
    (P.op("N(N"), "the pickle ends with 2 values"), (Data(), "the pickle ends with 0 values"),
    (P.op("I1\n"), "the opcode 0x49 at byte 2 is not one of"),
    (Data([0xff]), "the opcode 0xff at byte 2 is not"),
    (
      P.join(Data([0x8b]), littleEndian(UInt32.max)),
      "an integer at byte 7 needs 4294967295 bytes, the pickle has 8"
    ),
    (P.join(Data([0x8d]), littleEndian(UInt64.max)), "a string at byte 11 needs 18446744073709551615 bytes"),
    (P.join(Data([0x8e]), littleEndian(UInt64(1) << 62)), "bytes at byte 11 needs 4611686018427387904 bytes"),
    (P.join(Data([0x95]), littleEndian(UInt64.max)), "a frame of 18446744073709551615 bytes reaches beyond"),
    (P.join(P.op("c"), Data(repeating: 0x61, count: 5000)), "a name without end at byte 3"),
    (P.op("N.N"), "2 bytes after the end of the pickle"),
  ]

  @Test(arguments: contradictions)
  func contradictionsAreRefused(_ program: Data, _ problem: String) throws {
    let error = try failure(P.pickle(program))
    #expect(error.reason == .corrupt && error.location == "m.pt: entry archive/data.pkl")
    #expect(error.problem.hasPrefix(problem), "\(error)")
  }

  @Test(arguments: [0, 1, 6, 255] as [UInt8])
  func anotherProtocolIsRefused(_ version: UInt8) throws {
    let error = try failure(P.pickle(P.op("}"), protocol: version))
    #expect(error.reason == .unsupported && error.problem == "not a pickle of protocol 2 to 5")
  }

  /// `x = []; x.append(x)` is a legal pickle; walking it naively never ends.
  @Test func aListThatContainsItselfIsHarmless() throws {
    let error = try failure(P.pickle(P.op("]q\u{0}h\u{0}a")))
    #expect(error.problem == "the file holds a list, expected a dictionary of tensors")
    let tensors = try read(
      P.pickle(
        P.op("}q\u{0}") + P.text("state_dict") + P.dictionary(("w", P.tensor())) + P.op("s")
          + P.text("self") + P.op("h\u{0}s")))
    #expect(tensors.keys.sorted() == ["w"])
  }

  /// Each level holds the one below twice: 2^5000 items when they are counted out.
  @Test func listsDoubledOverAndOverCostTheirOpcodes() throws {
    let doubled = (0..<5000).map { _ in P.op("q\u{0}0](h\u{0}h\u{0}e") }.reduce(P.op("]"), +)
    let error = try failure(P.pickle(doubled))
    #expect(error.problem == "the file holds a list, expected a dictionary of tensors")
  }

  @Test func deepNestingIsNoRecursion() throws {
    let error = try failure(P.pickle(P.op("N") + Data(repeating: 0x85, count: 100_000)))
    #expect(error.problem == "the file holds a tuple, expected a dictionary of tensors")
  }

  @Test(arguments: ["N", "(", "]", "}", "Nq0"])
  func moreValuesThanATensorFileNeedsAreRefused(_ opcodes: String) throws {
    let error = try failure(P.pickle(P.op(String(repeating: opcodes, count: 600_000))))
    #expect(error.reason == .unsupported)
    #expect(error.problem == "more values than a checkpoint of tensors of this size needs")
  }

  // MARK: Tensors

  private func tensorFailure(_ tensor: Data) throws -> ModelError {
    let error = try failure(P.pickle(P.dictionary(("w", tensor))))
    #expect(error.location == "m.pt: tensor w")
    return error
  }

  @Test(
    arguments: [
      (0, [5], [1]), (1, [2, 2], [2, 1]), (4, [1], [1]), (0, [2, 2], [3, 1]), (0, [2], [4]), (5, [0], [1]),
      (-1, [1], [1]), (0, [2, 2], [1]), (0, [2, 2], [Int.max, 1]), (0, [3, 3], [Int.max / 2, Int.max / 2]),
    ] as [(Int32, [Int], [Int])])
  func viewsBeyondTheirStorageAreRefused(_ offset: Int32, _ sizes: [Int], _ strides: [Int]) throws {
    let error = try tensorFailure(P.tensor(offset: offset, sizes: sizes, strides: strides))
    #expect(error.reason == .corrupt)
    #expect(
      error.problem
        == "shape \(sizes), strides \(strides) from value \(offset) on do not fit a storage of 4 values")
  }

  @Test(arguments: [([-1], [1]), ([2], [-1])])
  func negativeSizesAndStridesAreRefused(_ sizes: [Int], _ strides: [Int]) throws {
    let error = try tensorFailure(P.tensor(sizes: sizes, strides: strides))
    #expect(error.reason == .corrupt && error.problem == "sizes and strides must be integers from 0 on")
  }

  @Test func hugeShapesAreRefused() throws {
    let error = try tensorFailure(P.tensor(sizes: [1 << 24, 1 << 24], strides: [0, 0]))
    #expect(error.reason == .corrupt && error.problem.hasSuffix("is not a possible one"))
    let expanded = try tensorFailure(P.tensor(sizes: [1 << 21], strides: [0]))
    #expect(
      expanded.reason == .unsupported && expanded.problem == "2097152 values expanded from 4 stored ones")
    let empty = try read(
      P.pickle(P.dictionary(("w", P.tensor(sizes: [0, Int.max, Int.max], strides: [1, 1, 1])))))
    #expect(empty["w"]?.count == 0 && empty["w"]?.byteCount == 0)
  }

  @Test func aStorageThatDoesNotFitItsEntryIsRefused() throws {
    for count in [0, 3, 5, Int.max] {
      let error = try tensorFailure(P.tensor(P.storage(count: count)))
      #expect(error.reason == .corrupt)
      #expect(
        error.problem
          == "its storage of \(count) float32 values does not fit the 16 bytes of the entry archive/data/0")
    }
    let half = try tensorFailure(P.tensor(P.storage("HalfStorage")))
    #expect(half.problem.hasPrefix("its storage of 4 float16 values does not fit"))
  }

  @Test(arguments: ["1", "../data.pkl", "", "0\u{0}"])
  func aStorageThatIsNotThereIsRefused(_ key: String) throws {
    let error = try tensorFailure(P.tensor(P.storage(key: key)))
    #expect(error.reason == .corrupt)
    #expect(error.problem == "its values should lie in the entry archive/data/\(key), which is not there")
  }

  @Test func aNameThatOccursTwiceIsRefused() throws {
    let error = try failure(P.pickle(P.dictionary(("w", P.tensor()), ("w", P.tensor()))))
    #expect(error == ModelError(.corrupt, at: "m.pt: tensor w", "the name occurs twice"))
  }

  @Test func aStateDictionaryHoldsTensorsOnly() throws {
    let error = try failure(P.pickle(P.dictionary(("w", P.tensor()), ("step", P.integer(3)))))
    #expect(error.reason == .unsupported && error.location == "m.pt: tensor step")
    #expect(error.problem == "expected a tensor, found an integer")
    let key = try failure(P.pickle(P.op("}K\u{1}Ns")))
    #expect(key.problem == "a dictionary with an integer as a key, expected names of tensors")
    let both = P.dictionary(
      ("model", P.dictionary(("w", P.tensor()))), ("state_dict", P.dictionary(("w", P.tensor()))))
    #expect(try failure(P.pickle(both)).problem.hasSuffix("the keys are: model, state_dict"))
  }
}
