import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeStore

/// Activations that something else computed, in a store of their own.
@Suite struct ImportTests {
  private let width = 5

  /// Values that no type rounds: multiples of 1/8 up to 16.
  private func values(_ rows: Int, seed: UInt64 = 1) -> [Float] {
    var stream = RandomStream(seed: seed, "imported")
    return (0..<(rows * width)).map { _ in Float(stream.index(below: 257)) / 8 - 16 }
  }

  private func corpus(_ count: Int, tokens: ((Int) -> [Int])? = nil) throws -> Corpus {
    try Corpus(
      (0..<count).map { index in
        Example(
          id: "e\(index)", text: tokens == nil ? "text \(index)" : nil, tokenIDs: tokens?(index),
          labels: ["odd": .bool(index % 2 == 1)])
      })
  }

  private func text(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: - Layouts

  @Test func aRowAnExampleIsAPooledCapture() throws {
    let folder = try Folder()
    let values = values(7)
    let file = try folder.write("a.npy", NPYBytes.floats(values, [7, 5]))
    let importing = try Import(
      ExternalActivations(path: file), of: corpus(7), point: .residPost(3), name: "mine")
    let store = try ActivationStore(folder.path("s.sqlite"))
    let outcome = try importing.run(into: store)
    let capture = outcome.capture
    #expect(outcome.bytesWritten == 7 * 5 * 4 && capture.isImported && capture.settings.positions == .pooled)
    #expect(capture.name == "mine" && capture.modelName == "mine" && capture.architecture == "imported")
    #expect(capture.modelPath == file && capture.weightsDigest == SHA256Digest.of("imported mine"))
    #expect(
      capture.numericsVersion == 0 && capture.settings.dtype == .float32 && capture.settings.sentinel == .none
    )
    #expect(try store.matrix(.residPost(3), of: capture) == Tensor([7, 5], values))
    #expect(try store.examples(of: capture).map { $0.rows } == (0..<7).map { $0..<($0 + 1) })
    let vector = try store.read { db in
      try Data.fetchOne(
        db,
        sql: "SELECT vector FROM activation WHERE example_key = 'e4' AND hook = 'blocks.3.hook_resid_post' "
          + "AND position IS NULL")
    }
    #expect(vector == values[20..<25].withUnsafeBytes { Data($0) })
  }

  @Test func tokenIdsSayWhichRowsBelongToAnExample() throws {
    let folder = try Folder()
    let file = try folder.write("a.npy", NPYBytes.floats(values(6), [6, 5]))
    let corpus = try corpus(3) { index in (0...index).map { 10 * index + $0 } }
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try Import(ExternalActivations(path: file), of: corpus, point: .residPost(0)).run(
      into: store
    )
    .capture
    #expect(capture.settings.positions == .all && capture.name == "imported")
    let tokens = try store.tokens(of: capture)
    #expect(tokens.map { $0.id } == [0, 10, 11, 20, 21, 22])
    #expect(tokens.map { $0.position } == [0, 0, 1, 0, 1, 2])
    #expect(tokens.map { $0.row } == [0, 1, 2, 3, 4, 5])
  }

  @Test func offsetsSayWhichRowsBelongToAnExample() throws {
    let folder = try Folder()
    let values = values(6)
    let file = try folder.write("a.npy", NPYBytes.floats(values, [6, 5]))
    let offsets = try ExternalActivations.readOffsets(
      try folder.write("o.npy", NPYBytes.integers([0, 2, 2, 6])))
    let importing = try Import(
      ExternalActivations(path: file), of: corpus(3), point: .residPost(0), offsets: offsets)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try importing.run(into: store).capture
    #expect(try store.examples(of: capture).map { $0.rows } == [0..<2, 2..<2, 2..<6])
    // Of which tokens nobody has said.
    let tokens = try store.tokens(of: capture)
    #expect(tokens.map { $0.id } == Array(repeating: CapturedToken.unknown, count: 6))
    #expect(tokens.allSatisfy { $0.text == nil && $0.span == nil })
    #expect(try store.matrix(.residPost(0), of: capture).elements == values)
  }

  @Test func rowsThatFitNothingAreRefused() throws {
    let folder = try Folder()
    let file = try folder.write("a.npy", NPYBytes.floats(values(6), [6, 5]))
    let activations = try ExternalActivations(path: file)
    let advice =
      ". Expected a row an example, or a row a position: then say with --offsets where each example "
      + "begins, or give all of them token_ids"
    for (offsets, corpus, problem) in [
      (nil, try corpus(4), ": 6 rows for 4 examples" + advice),
      (nil, try corpus(4) { _ in [1, 2] }, ": 6 rows for 4 examples of 8 token_ids" + advice),
      (
        [0, 3, 6], try corpus(3),
        ": offsets: expected 4 offsets from 0 to 6 for 3 examples and 6 rows, found 3 from 0 to 6"
      ),
      (
        [0, 3, 5], try corpus(2),
        ": offsets: expected 3 offsets from 0 to 6 for 2 examples and 6 rows, found 3 from 0 to 5"
      ),
      ([], try corpus(2), ": offsets: expected 3 offsets from 0 to 6 for 2 examples and 6 rows, found 0"),
      ([0, 5, 3, 6], try corpus(3), ": offsets, example \"e1\": 3 follows 5: offsets never fall"),
      (
        [0, .max, .min, 6], try corpus(3),
        ": offsets, example \"e1\": \(Int.min) follows \(Int.max): offsets never fall"
      ),
      ([0, 2, 6], try corpus(2) { _ in [1, 2] }, ": offsets, example \"e1\": 4 rows for 2 token_ids"),
    ] as [([Int]?, Corpus, String)] {
      let found = text { _ = try Import(activations, of: corpus, point: .residPost(0), offsets: offsets) }
      #expect(found == file + problem)
    }
    #expect(
      text { _ = try Import(activations, of: corpus(6), point: HookPoint(.pattern, layer: 2)) }
        == "blocks.2.attn.hook_pattern: the rows of this point differ in width: they cannot be imported. Import a "
        + "point of fixed width")
  }

  // MARK: - Types

  /// A safetensors file of tensors [name: (dtype, shape, bytes)].
  private func safetensors(_ tensors: [(name: String, dtype: String, shape: [Int], data: Data)]) -> Data {
    var (entries, start) = ([String](), 0)
    for tensor in tensors {
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.dtype)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(start),\(start + tensor.data.count)]}")
      start += tensor.data.count
    }
    let header = Data("{\(entries.joined(separator: ","))}".utf8)
    return Data(littleEndianBytes(UInt64(header.count))) + header + tensors.reduce(Data()) { $0 + $1.data }
  }

  @Test func everyTypeKeepsItsValues() throws {
    let folder = try Folder()
    let values = values(4)
    let halves = values.map { Float16($0) }.withUnsafeBytes { Data($0) }
    let brains = values.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes { Data($0) }
    for (name, data, dtype) in [
      ("a.npy", NPYBytes.halves(values, [4, 5]), ScalarType.float16),
      ("b.npy", NPYBytes.floats(values, [4, 5]), .float32),
      ("c.npy", NPYBytes.doubles(values.map { Double($0) }, [4, 5]), .float32),
      ("d.safetensors", safetensors([("x", "F16", [4, 5], halves)]), .float16),
      ("e.safetensors", safetensors([("x", "BF16", [4, 5], brains)]), .bfloat16),
    ] {
      let activations = try ExternalActivations(path: try folder.write(name, data))
      #expect(activations.dtype == dtype)
      let store = try ActivationStore(folder.path(name + ".sqlite"))
      let capture = try Import(activations, of: corpus(4), point: .residPost(0)).run(into: store).capture
      #expect(try store.matrix(.residPost(0), of: capture).elements == values, "\(name)")
    }
  }

  @Test func aTensorIsChosenByName() throws {
    let folder = try Folder()
    let data = values(6).withUnsafeBytes { Data($0) }
    let offsets = [0, 4, 6].map { Int64($0) }.withUnsafeBytes { Data($0) }
    let file = try folder.write(
      "a.safetensors",
      safetensors([
        ("a", "F32", [6, 5], data), ("b", "F32", [6, 1, 5], data), ("offsets", "I64", [3], offsets),
      ]))
    let several = text { _ = try ExternalActivations(path: file) }
    #expect(
      several == "\(file): 2 tensors of numbers have two axes or more. Choose with --tensor. There is: a, b")
    #expect(
      text { _ = try ExternalActivations(path: file, tensor: "c") }
        == "\(file): no tensor is called c. There is: a, b")
    #expect(
      text { _ = try ExternalActivations(path: file, tensor: "offsets") }
        == "\(file): the tensor offsets is no [rows, width] in F32, F16 or BF16. There is: a, b")
    let chosen = try ExternalActivations(path: file, tensor: "b")
    #expect(chosen.rowShape == [1, 5] && chosen.offsets == [0, 4, 6])
    let store = try ActivationStore(folder.path("s.sqlite"))
    let capture = try Import(chosen, of: corpus(2), point: HookPoint(.z, layer: 0)).run(into: store).capture
    #expect(try store.examples(of: capture).map { $0.rows } == [0..<4, 4..<6])
    #expect(capture.points[0].rowShape == [1, 5])
    let bare = try folder.write("b.safetensors", safetensors([("offsets", "I64", [3], offsets)]))
    #expect(
      text { _ = try ExternalActivations(path: bare) }
        == "\(bare): 0 tensors of numbers have two axes or more. Expected one [rows, width] in F32, F16 or BF16"
    )
  }

  @Test func whatCannotBeStoredIsNamed() throws {
    let folder = try Folder()
    func refusal(_ value: Double, dtype: ScalarType? = nil, offsets: [Int]? = nil) throws -> String? {
      var values = values(6).map { Double($0) }
      values[4 * width + 2] = value
      let file = try folder.write("a.npy", NPYBytes.doubles(values, [6, 5]))
      let corpus = try corpus(offsets.map { $0.count - 1 } ?? 6)
      return text {
        _ = try Import(
          ExternalActivations(path: file), of: corpus, point: .residPost(0), offsets: offsets, dtype: dtype)
      }.map { String($0.dropFirst(file.count + 2)) }
    }
    #expect(
      try refusal(.nan)
        == "row 4, example \"e4\", value 2: the activation is nan. Leave the example out, or repair what computed it"
    )
    #expect(try refusal(-.infinity)?.contains("the activation is -inf.") == true)
    #expect(
      try refusal(1e300)
        == "row 4, example \"e4\", value 2: the activation 1e+300 does not fit float32. Scale the activations"
    )
    #expect(
      try refusal(70_000, dtype: .float16, offsets: [0, 1, 3, 6])
        == "row 4, example \"e2\", position 1, value 2: the activation 70000.0 does not fit float16. Import with "
        + "--dtype bfloat16 or float32")
    #expect(
      try refusal(3.4e38, dtype: .bfloat16)
        == "row 4, example \"e4\", value 2: the activation 3.4e+38 does not fit bfloat16. Import with --dtype float32"
    )
    #expect(try refusal(65_504, dtype: .float16) == nil)
  }

  // MARK: - Again

  @Test func theSameAgainChangesNothing() throws {
    let folder = try Folder()
    let file = try folder.write("a.npy", NPYBytes.floats(values(3_000), [3_000, 5]))
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    let corpus = try corpus(3_000)
    _ = try Import(ExternalActivations(path: file), of: corpus, point: .residPost(0)).run(into: store)
    try store.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let again = try ActivationStore(path)
    // The same values in another file and type.
    let doubles = try folder.write(
      "b.npy", NPYBytes.doubles(values(3_000).map { Double($0) }, [3_000, 5]))
    let outcome = try Import(ExternalActivations(path: doubles), of: corpus, point: .residPost(0)).run(
      into: again)
    try again.close()
    #expect(outcome.bytesWritten == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func pointsOfOneNameAreOneCapture() throws {
    let folder = try Folder()
    let store = try ActivationStore(folder.path("s.sqlite"))
    let corpus = try corpus(2_500)
    for (layer, seed) in [(0, UInt64(1)), (1, 2)] {
      let file = try folder.write("a.npy", NPYBytes.floats(values(2_500, seed: seed), [2_500, 5]))
      _ = try Import(ExternalActivations(path: file), of: corpus, point: .residPost(layer)).run(into: store)
    }
    let wide = try folder.write("w.npy", NPYBytes.floats(values(5_000), [2_500, 10]))
    _ = try Import(ExternalActivations(path: wide), of: corpus, point: HookPoint(.mlpPost, layer: 0)).run(
      into: store)
    let captures = try store.captures()
    try #require(captures.count == 1)
    #expect(
      captures[0].points.map { $0.hook } == [
        "blocks.0.mlp.hook_post", "blocks.0.hook_resid_post", "blocks.1.hook_resid_post",
      ])
    #expect(captures[0].points.allSatisfy { $0.isComplete && $0.rowsDone == 2_500 })
    #expect(try store.matrix(.residPost(1), of: captures[0]).elements == values(2_500, seed: 2))
  }

  @Test func otherValuesUnderTheSameNameAreRefused() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    let corpus = try corpus(40)
    var numbers = values(40)
    let file = try folder.write("a.npy", NPYBytes.floats(numbers, [40, 5]))
    _ = try Import(ExternalActivations(path: file), of: corpus, point: .residPost(0), name: "mine").run(
      into: store)
    let before = try store.contents()
    let place = "\(path), capture 1 \"mine\""
    let advice = ". Choose another --name: nothing that is stored is changed"
    numbers[33 * width + 1] += 1
    let changed = try folder.write("b.npy", NPYBytes.floats(numbers, [40, 5]))
    #expect(
      text {
        _ = try Import(ExternalActivations(path: changed), of: corpus, point: .residPost(0), name: "mine")
          .run(into: store)
      } == "\(place), blocks.0.hook_resid_post, row 33, example \"e33\": holds other values: "
        + "\(numbers[33 * width + 1] - 1) where \(numbers[33 * width + 1]) is to be imported" + advice)
    let reshaped = try folder.write("c.npy", NPYBytes.floats(values(40), [40, 1, 5]))
    #expect(
      text {
        _ = try Import(ExternalActivations(path: reshaped), of: corpus, point: .residPost(0), name: "mine")
          .run(into: store)
      } == "\(place), blocks.0.hook_resid_post: holds rows of shape [5], here are rows of [1, 5]" + advice)
    #expect(try store.contents() == before)
    // Under another name they are another capture.
    _ = try Import(ExternalActivations(path: changed), of: corpus, point: .residPost(0), name: "other").run(
      into: store)
    #expect(try store.captures().map { $0.name } == ["mine", "other"])
  }

  @Test func otherCutsIntoExamplesAreRefused() throws {
    let folder = try Folder()
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    let activations = try ExternalActivations(
      path: try folder.write("a.npy", NPYBytes.floats(values(6), [6, 5])))
    func run(_ offsets: [Int], layer: Int) throws {
      _ = try Import(activations, of: corpus(2), point: .residPost(layer), offsets: offsets).run(into: store)
    }
    try run([0, 2, 6], layer: 0)
    #expect(
      text { try run([0, 3, 6], layer: 1) }
        == "\(path), capture 1 \"imported\": its rows are cut into examples differently. Choose another --name: "
        + "nothing that is stored is changed")
  }

  @Test func anInterruptedImportGoesOn() throws {
    let folder = try Folder()
    let rows = 20_000
    let file = try folder.write("a.npy", NPYBytes.floats(values(rows), [rows, 5]))
    let importing = try Import(ExternalActivations(path: file), of: corpus(rows), point: .residPost(0))
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try importing.run(into: whole)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let error = #expect(throws: StoreError.self) {
      try importing.run(into: store, threads: 1, shouldStop: { true })
    }
    #expect(error?.reason == .interrupted)
    let done = try store.captures()[0].points[0].rowsDone
    #expect(done > 0 && done < rows && done.isMultiple(of: CapturePlan.tokensPerBatch))
    let outcome = try importing.run(into: store)
    #expect(outcome.bytesWritten == (rows - done) * width * 4)
    #expect(try store.contents() == whole.contents())
  }

  @Test func damagedChunksAreWrittenAnew() throws {
    let folder = try Folder()
    let rows = 30_000
    let file = try folder.write("a.npy", NPYBytes.floats(values(rows), [rows, 5]))
    let importing = try Import(ExternalActivations(path: file), of: corpus(rows), point: .residPost(0))
    let path = folder.path("s.sqlite")
    let store = try ActivationStore(path)
    _ = try importing.run(into: store)
    let before = try store.contents()
    #expect(try store.verify().faults == [])
    try store.write { db in
      try db.execute(
        sql: "UPDATE chunk_data SET data = zeroblob(length(data)) WHERE id = (SELECT max(id) FROM chunk)")
    }
    #expect(try store.verify().faults.map { $0.isRepairable } == [true])
    let outcome = try importing.run(into: store)
    #expect(outcome.chunksRepaired == 1 && outcome.bytesWritten > 0)
    #expect(try store.contents() == before)
  }

  @Test func whatWasExportedCanBeImported() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let capture = try model.capture(Corpora.words(20, about: 30), points: [.residPost(1)], positions: .last)
    let store = try ActivationStore(folder.path("s.sqlite"))
    let record = try capture.run(into: store).capture
    let file = folder.path("a.safetensors")
    try Export(record, in: store).write(to: file, as: SafetensorsExport.self)
    let imported = try Import(
      ExternalActivations(path: file), of: Corpora.words(20, about: 30), point: .residPost(1), name: "back"
    ).run(into: store).capture
    #expect(
      try store.matrix(.residPost(1), of: imported).elements
        == store.matrix(.residPost(1), of: record).elements)
  }
}
