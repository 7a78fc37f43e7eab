import Foundation
import GRDB
import ProbeMath
import ProbeModel
import Testing

@_spi(Sources) @testable import ProbeStore

/// What `probe export` writes, read back by other readers than its writers.
@Suite struct ExportTests {
  static let points: [HookPoint] = [.residPost(1), .residPost(2), HookPoint(.pattern, layer: 0)]

  /// A capture with sentinels, a ragged point and keys that need escaping.
  private func store(
    _ folder: Folder, _ model: FormulaModel, dtype: ScalarType = .float16, positions: Positions = .all,
    points: [HookPoint] = ExportTests.points, name: String = "test"
  ) throws -> (store: ActivationStore, capture: Capture, record: CaptureRecord) {
    let words = try Corpora.words(12, about: 60)
    let corpus = try Corpus(
      [Example(id: "a \"b\",\nü", text: "x y z", labels: ["kind": .string("q\"")])] + words.examples)
    let capture = try model.capture(corpus, points: points, positions: positions, dtype: dtype, name: name)
    let store = try ActivationStore(folder.path("s.sqlite"))
    return (store, capture, try capture.run(into: store).capture)
  }

  /// Tokens that are not sentinels, in the order of examples and positions: example, position, id.
  private func tokens(_ plan: CapturePlan) -> [(example: Int, position: Int, id: Int32)] {
    plan.sequences.enumerated().flatMap { index, sequence in
      sequence.ids.indices.dropFirst(sequence.leading).map {
        (index, $0 - sequence.leading, sequence.ids[$0])
      }
    }
  }

  @Test(arguments: ScalarType.allCases)
  func safetensorsHoldWhatTheModelShowed(dtype: ScalarType) throws {
    let folder = try Folder()
    // Thirds are exact in no type: rounding once too often would show.
    let model = FormulaModel(replace: { _, token, column in column == 1 ? Float(token) / 3 : nil })
    let (store, capture, record) = try store(folder, model, dtype: dtype)
    let path = folder.path("out.safetensors")
    try Export(record, in: store).write(to: path, as: SafetensorsExport.self)
    let tensors = try Safetensors.tensors(in: MappedFile(path: path))
    let tokens = tokens(capture.plan)

    #expect(tensors["row.example"]?.integers() == tokens.map { $0.example })
    #expect(tensors["row.position"]?.integers() == tokens.map { $0.position })
    #expect(tensors["row.token_id"]?.integers() == tokens.map { Int($0.id) })
    func rounded(_ value: Float) -> Float {
      switch dtype {
      case .float32: value
      case .float16: Float(Float16(value))
      case .bfloat16:
        Float(bitPattern: (value.bitPattern + 0x7fff + (value.bitPattern >> 16 & 1)) & 0xffff_0000)
      }
    }
    for point in Self.points {
      // A sentinel stands before the text: the model counts it, the export does not.
      let rows = tokens.map { model.row(point, token: $0.id, position: $0.position + 1).map(rounded) }
      let tensor = try #require(tensors[point.name])
      #expect(
        tensor.format.rawValue == ["float32": "F32", "float16": "F16", "bfloat16": "BF16"][dtype.rawValue])
      #expect(tensor.tensor().elements == rows.flatMap { $0 }, "\(point.name)")
      if point.site.isRagged {
        let offsets = rows.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        #expect(tensors["\(point.name).offsets"]?.integers() == offsets)
      } else {
        #expect(tensor.shape == [tokens.count, 288])
      }
    }
  }

  @Test func metadataSayWhereTheActivationsComeFrom() throws {
    let folder = try Folder()
    let (store, capture, record) = try store(folder, FormulaModel())
    let path = folder.path("out.safetensors")
    try Export(record, in: store).write(to: path, as: SafetensorsExport.self)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    #expect(length % 8 == 0, "the data begin at a multiple of 8")
    let header = try #require(
      try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any])
    let metadata = try #require(header["__metadata__"] as? [String: String])
    func list(_ key: String) throws -> [Any] {
      let text = try #require(metadata[key])
      return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])
    }
    #expect(metadata["model"] == "formula" && metadata["weights_sha256"] == "w1")
    #expect(metadata["positions"] == "all" && metadata["dtype"] == "float16" && metadata["sentinel"] == "bos")
    #expect(metadata["corpus_sha256"] == capture.identity.corpusDigest)
    #expect(try list("examples").first as? String == "a \"b\",\nü")
    #expect(try list("examples").count == 13)
    #expect((try list("labels").first as? [String: String]) == ["kind": "q\""])
    #expect(try list("groups").last as? String == "g5")
    #expect(try list("groups").first is NSNull)
  }

  @Test func sentinelsAreExportedOnRequest() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let (store, capture, record) = try store(folder, model)
    let path = folder.path("out.safetensors")
    let selector = PointSelector("resid_post.2")
    try Export(record, in: store, points: [selector], sentinels: true).write(
      to: path, as: SafetensorsExport.self)
    let tensors = try Safetensors.tensors(in: MappedFile(path: path))
    #expect(tensors["blocks.1.hook_resid_post"] == nil)
    let rows = capture.plan.sequences.flatMap { sequence in
      sequence.ids.indices.flatMap { model.row(.residPost(2), token: sequence.ids[$0], position: $0) }
    }
    #expect(tensors["blocks.2.hook_resid_post"]?.tensor().elements == rows)
    #expect(tensors["row.position"]?.integers()?.first == -1)
  }

  @Test func pooledRowsHaveNoPosition() throws {
    let folder = try Folder()
    let (store, capture, record) = try store(
      folder, FormulaModel(), positions: .mean, points: [.residPost(1)])
    let path = folder.path("out.safetensors")
    try Export(record, in: store).write(to: path, as: SafetensorsExport.self)
    let tensors = try Safetensors.tensors(in: MappedFile(path: path))
    #expect(Set(tensors.keys) == ["row.example", "blocks.1.hook_resid_post"])
    #expect(tensors["row.example"]?.integers() == Array(capture.plan.sequences.indices))
    #expect(
      try tensors["blocks.1.hook_resid_post"]?.tensor().elements
        == store.matrix(.residPost(1), of: record, rows: .all).elements)
  }

  @Test func copiesOfATextAreExportedLikeTheFirst() throws {
    let folder = try Folder()
    let model = FormulaModel()
    let texts = ["a b c", "d e", "a b c", "f", "d e"]
    let corpus = try Corpus(texts.enumerated().map { Example(id: "\($0)", text: $1) })
    let capture = try Capture(
      source: model.source, corpus: corpus, points: [.residPost(0)],
      settings: CaptureSettings(sentinel: .none, deduplicate: true), name: "t", spec: "")
    let store = try ActivationStore(folder.path("s.sqlite"))
    let record = try capture.run(into: store).capture
    try #require(record.rowCount == 6, "the copies share rows")
    let path = folder.path("out.safetensors")
    try Export(record, in: store).write(to: path, as: SafetensorsExport.self)
    let tensors = try Safetensors.tensors(in: MappedFile(path: path))
    let rows = capture.plan.sequences.flatMap { sequence in
      sequence.ids.indices.flatMap { model.row(.residPost(0), token: sequence.ids[$0], position: $0) }
    }
    #expect(tensors["row.example"]?.integers() == [0, 0, 0, 1, 1, 2, 2, 2, 3, 4, 4])
    #expect(tensors["blocks.0.hook_resid_post"]?.tensor().elements == rows)
  }

  // MARK: - npz

  /// Reads an archive with zipfile and struct alone.
  private static let reader = """
    import ast, json, struct, zipfile
    archive = zipfile.ZipFile("out.npz")
    assert archive.testzip() is None
    def array(name):
        data = archive.read(name + ".npy")
        assert data[:6] == b"\\x93NUMPY"
        size, start = (struct.unpack_from("<H", data, 8)[0], 10) if data[6] == 1 else (struct.unpack_from("<I", data, 8)[0], 12)
        assert (start + size) % 64 == 0 and data[start + size - 1:start + size] == b"\\n"
        header = ast.literal_eval(data[start:start + size].decode("latin1"))
        assert header["fortran_order"] is False
        shape, descr, body = header["shape"], header["descr"], data[start + size:]
        count = 1
        for n in shape: count *= n
        if descr.startswith("<U"):
            width = 4 * int(descr[2:])
            return shape, [body[i * width:(i + 1) * width].decode("utf-32-le").rstrip("\\0") for i in range(count)]
        return shape, struct.unpack("<%d%s" % (count, {"<f2": "e", "<f4": "f", "<i8": "q"}[descr]), body)

    """

  @Test(arguments: ScalarType.allCases)
  func pythonReadsAnArchive(dtype: ScalarType) throws {
    let folder = try Folder()
    let (store, capture, record) = try store(folder, FormulaModel(), dtype: dtype)
    try Export(record, in: store).write(to: folder.path("out.npz"), as: NPZExport.self)
    let lines = try python(
      Self.reader + """
        print(json.dumps(sorted(archive.namelist())))
        print(json.dumps(array("example_keys")[1]))
        print(json.loads(array("metadata")[1][0])["model"], array("metadata")[0])
        for name in ["row.example", "row.position", "row.token_id", "blocks.0.attn.hook_pattern.offsets"]:
            print(*array(name)[1])
        print(*array("blocks.2.hook_resid_post")[0])
        print(*array("blocks.2.hook_resid_post")[1])
        print(*array("blocks.0.attn.hook_pattern")[1])
        """, in: folder)
    try #require(lines.count == 10)
    func numbers(_ line: Int) -> [Float] { lines[line].split(separator: " ").compactMap { Float($0) } }
    let tokens = tokens(capture.plan)
    #expect(lines[0].contains("\"blocks.1.hook_resid_post.npy\""))
    let keys = try JSONDecoder().decode([String].self, from: Data(lines[1].utf8))
    #expect(keys == ["a \"b\",\nü"] + (0..<12).map { "e\($0)" })
    #expect(lines[2] == "formula ()")
    #expect(numbers(3) == tokens.map { Float($0.example) })
    #expect(numbers(4) == tokens.map { Float($0.position) })
    #expect(numbers(5) == tokens.map { Float($0.id) })
    let model = FormulaModel()
    func rows(_ point: HookPoint) -> [[Float]] {
      tokens.map { model.row(point, token: $0.id, position: $0.position + 1) }
    }
    let ragged = rows(HookPoint(.pattern, layer: 0))
    #expect(numbers(6) == ragged.reduce(into: [0]) { $0.append(($0.last ?? 0) + Float($1.count)) })
    #expect(numbers(7) == [Float(tokens.count), 288])
    // Multiples of 1/8 up to 16 have at most 8 bits: exact in every type.
    #expect(numbers(8) == rows(.residPost(2)).flatMap { $0 })
    #expect(numbers(9) == ragged.flatMap { $0 })
  }

  /// Zip64 fields are for files of 4 GiB; a lower limit shows them on small ones.
  @Test(arguments: [1, 150, 1 << 32])
  func pythonReadsArchivesOfAnySize(zip64From: Int) throws {
    let folder = try Folder()
    let file = try OutputFile(folder.path("out.npz"), overwrite: false)
    var zip = ZipOutput(file, zip64From: zip64From)
    for (name, size) in [("a", 100), ("ü", 200), ("c", 0)] {
      try zip.begin(name, size: size)
      for part in [size / 2, size - size / 2] {
        try [UInt8](repeating: UInt8(size), count: part).withUnsafeBytes { try zip.write($0) }
      }
      try zip.end()
    }
    try zip.finish()
    try file.commit()
    let lines = try python(
      """
      import zipfile
      archive = zipfile.ZipFile("out.npz")
      assert archive.testzip() is None
      for name in archive.namelist():
          info = archive.getinfo(name)
          print(name, len(archive.read(name)), set(archive.read(name)), info.compress_type, info.extract_version)
      """, in: folder)
    let version = zip64From == 1 ? [45, 45, 45] : zip64From == 150 ? [20, 45, 45] : [20, 20, 20]
    // The last member is empty; its place beyond the limit takes the field.
    #expect(
      lines == [
        "a 100 {100} 0 \(version[0])", "ü 200 {200} 0 \(version[1])", "c 0 set() 0 \(version[2])",
      ])
  }

  // MARK: - CSV

  @Test func aTableReadsBackExactly() throws {
    let folder = try Folder()
    let model = FormulaModel(width: 3, replace: { _, token, column in Float(token) / Float(column * 7 + 3) })
    let (store, capture, record) = try store(folder, model, dtype: .float32, points: [.residPost(1)])
    try Export(record, in: store).write(to: folder.path("out.csv"), as: CSVExport.self)
    let text = try String(contentsOfFile: folder.path("out.csv"), encoding: .utf8)
    #expect(text.hasPrefix("example_key,position,token_id,token,value.0,value.1,value.2\r\n"))
    let lines = try python(
      """
      import csv, json
      with open("out.csv", newline="") as file:
          for row in list(csv.reader(file))[1:]: print(json.dumps(row))
      """, in: folder)
    let tokens = tokens(capture.plan)
    try #require(lines.count == tokens.count)
    let keys = try store.examples(of: record).map { $0.example.id }
    for (line, token) in zip(lines, tokens) {
      let cells = try JSONDecoder().decode([String].self, from: Data(line.utf8))
      #expect(
        Array(cells[..<4]) == [keys[token.example], "\(token.position)", "\(token.id)", "piece\(token.id)"])
      // A tenth has one digit behind the point, though no float32 is a tenth: the shortest text says it.
      #expect(cells[5] == "\(token.id / 10).\(token.id % 10)")
      #expect(
        cells[4...].map { Float($0) }
          == model.row(.residPost(1), token: token.id, position: token.position + 1))
    }
  }

  @Test func aTableHoldsOnePointOfFixedWidth() throws {
    let folder = try Folder()
    let (store, _, record) = try store(folder, FormulaModel())
    let several = try Export(record, in: store)
    let ragged = try Export(record, in: store, points: [PointSelector("attn.pattern.0")])
    for (export, text) in [
      (
        several,
        "a table holds one point, here are 3. Choose one with --points: blocks.0.attn.hook_pattern, "
          + "blocks.1.hook_resid_post, blocks.2.hook_resid_post"
      ),
      (
        ragged,
        "the rows of blocks.0.attn.hook_pattern differ in width: there is no table. Export to .safetensors "
          + "or .npz"
      ),
    ] {
      let error = #expect(throws: StoreError.self) {
        try export.write(to: folder.path("out.csv"), as: CSVExport.self)
      }
      #expect(error?.description == "\(folder.path("out.csv")): \(text)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("out.csv")))
    }
  }

  // MARK: - What goes wrong

  @Test func aFileIsReplacedOnRequestOnly() throws {
    let folder = try Folder()
    let (store, _, record) = try store(folder, FormulaModel())
    let path = try folder.write("out.npz", Data("precious".utf8))
    let export = try Export(record, in: store)
    let error = #expect(throws: StoreError.self) { try export.write(to: path, as: NPZExport.self) }
    #expect(
      error?.description == "\(path): exists already. Replace it with --force, or choose another name"
        && error?.exitCode == 73)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
    try export.write(to: path, as: NPZExport.self, overwrite: true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(2) == Data("PK".utf8))
    #expect(throws: StoreError.self) {
      try export.write(to: "/dev/null", as: NPZExport.self, overwrite: true)
    }
  }

  @Test(arguments: ExportFormats.names)
  func aDamagedChunkEndsTheExportWithoutAFile(format: String) throws {
    let folder = try Folder()
    let (store, _, record) = try store(folder, FormulaModel(), points: [.residPost(1)])
    try store.close()
    let queue = try DatabaseQueue(path: folder.path("s.sqlite"))
    try queue.write { db in
      try db.execute(sql: "UPDATE chunk_data SET data = zeroblob(length(data))")
    }
    try queue.close()
    let again = try ActivationStore(folder.path("s.sqlite"), for: .reading)
    let path = folder.path("out.\(format)")
    let export = try Export(record, in: again)
    let type = try #require(ExportFormats.named(format))
    let error = #expect(throws: StoreError.self) { try export.write(to: path, as: type) }
    #expect(error?.reason == .damagedChunk)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy {
        $0.hasPrefix("s.sqlite")
      })
  }

  @Test func whatIsNotThereIsNamed() throws {
    let folder = try Folder()
    let (store, capture, record) = try store(folder, FormulaModel())
    let other = try FormulaModel(weights: "w2").capture(
      Corpora.words(12), points: [.residPost(0)], name: "other")
    #expect(throws: StoreError.self, "stopped after the first batch") {
      try other.run(into: store, threads: 1, shouldStop: { true })
    }
    let place = store.path
    func text(_ body: () throws -> Void) -> String? {
      #expect(throws: StoreError.self, performing: body)?.description
    }
    #expect(
      text { _ = try Export(record, in: store, points: [PointSelector("resid_post.7")]) }
        == "\(place), capture 1: resid_post.7 was not captured. Nearest: blocks.1.hook_resid_post, "
        + "blocks.2.hook_resid_post, blocks.0.attn.hook_pattern")
    #expect(
      text { _ = try store.capture(nil) }?.hasPrefix(
        "\(place): holds 2 captures. Choose one by its number: 1 \"test\"")
        == true)
    #expect(
      text { _ = try store.capture("none") }?.hasPrefix("\(place): holds no capture \"none\". ") == true)
    #expect(try store.capture("test").id == 1 && store.capture("2").name == "other")
    #expect(
      text { _ = try Export(try store.capture("other"), in: store) }
        == "\(place), capture 2, blocks.0.hook_resid_post: the point is not captured to the end. Run the capture "
        + "again, or choose other points")
    #expect(capture.identity.digest == record.identity)
  }
}
