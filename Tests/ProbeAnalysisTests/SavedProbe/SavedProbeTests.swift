import Foundation
import ProbeMath
import ProbeModel
import ProbeStore
import Testing

@testable import ProbeAnalysis

@Suite struct SavedProbeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let linear = LinearReadOut(
    family: "k-sparse", classes: ["false", "tr\"ue"],
    linear: LinearMap(
      standardizer: Standardizer(mean: [0.5, -1, 2], scale: [1, 2, 0.25]),
      weights: Tensor([1, 3], [0.75, -0.5, 0]), bias: [0.125]),
    dimensions: [1, 0], strength: 0.001, diagnostics: ["two\nlines"])

  static let three = LinearReadOut(
    family: "lda", classes: ["a", "b", "c"],
    linear: LinearMap(
      standardizer: Standardizer(mean: [0.5, -1], scale: [1, 2]),
      weights: Tensor([3, 2], [0.75, -0.5, 0, 1, 2, 3]), bias: [0.125, 0, -1]))

  static let perceptron = PerceptronProbe(
    family: "mlp-2", classes: ["a", "b", "c"], standardizer: Standardizer(mean: [0.5, -1], scale: [1, 2]),
    sizes: [2, 3, 2, 3], parameters: (0..<26).map { Float($0 % 7) / 4 - 0.75 }, diagnostics: [])

  static let attention = AttentionProbe(
    classes: ["a", "b"], standardizer: Standardizer(mean: [0.5, -1], scale: [1, 2]), heads: 2,
    parameters: (0..<9).map { Float($0 % 5) / 2 - 1 }, diagnostics: ["x"])

  static let kinds: [any SavableProbe] = [linear, three, perceptron, attention]

  static func origin() -> ProbeOrigin {
    var origin = ProbeOrigin(
      point: "blocks.1.hook_resid_post", model: "tiny", weightsDigest: "w", corpus: "c.jsonl",
      corpusDigest: "c",
      positions: "last", label: "truth", seed: .max)
    origin.training = [1, 0xfedc_ba98_7654_3210]
    return origin
  }

  /// A file with some tensors and texts edited.
  private func bytes(
    _ probe: any SavableProbe = linear, tensors: [String: Tensor] = [:],
    texts: [String: String] = [:], without: String = ""
  ) throws -> [UInt8] {
    let path = folder.path("edited.safetensors")
    try SavedProbe(probe, origin: Self.origin()).write(to: path, overwrite: true)
    let file = try MappedFile(path: path)
    var parts = try Safetensors.tensors(in: file).mapValues { $0.tensor() }
    var metadata = try Safetensors.metadata(in: file)
    for (name, tensor) in tensors { parts[name] = tensor }
    for (name, text) in texts { metadata[name] = text }
    (parts[without], metadata[without]) = (nil, nil)
    try SafetensorsFile.write(
      parts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, metadata: metadata, to: path,
      overwrite: true)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test(arguments: kinds.indices) func whatIsWrittenIsRead(kind: Int) throws {
    func check<P: SavableProbe>(_ probe: P) throws {
      let path = folder.path("probe.safetensors")
      try SavedProbe(probe, origin: Self.origin()).write(to: path)
      let back = try SavedProbe(file: path)
      #expect(back.probe as? P == probe)
      #expect(back.origin == Self.origin())
      #expect(back.programVersion == Experiment.version)
    }
    try check(Self.kinds[kind])
  }

  @Test func pythonsStandardLibraryReadsIt() throws {
    var page = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { page.deleteLastPathComponent() }
    let blocks = try String(contentsOf: page.appendingPathComponent("docs/saved-probes.md"), encoding: .utf8)
      .components(separatedBy: "```python\n").dropFirst().compactMap {
        $0.components(separatedBy: "\n```").first
      }
    let plain = try #require(blocks.first { !$0.contains("numpy") })
    try SavedProbe(Self.linear, origin: Self.origin()).write(to: folder.path("truth.safetensors"))
    let script = """
      \(plain)
      print(log_odds([1.5, 3.0, -2.0]))
      meta = header["__metadata__"]
      print(json.loads(meta["classes"])[1], meta["seed"], meta["dimensions"], meta["training_examples"])
      print(header["direction"]["shape"], *tensor("direction"))
      """
    let lines = try folder.python(script)
    let own = Self.linear.scores(Tensor([1, 3], [1.5, 3, -2]), rows: [0])
    #expect(abs(try #require(Double(lines[0])) - Double(own[0, 1])) < 1e-6)
    #expect(lines[1] == "tr\"ue 18446744073709551615 [1, 0] 1 fedcba9876543210")
    #expect(lines[2] == "[1, 3] 0.75 -0.25 0.0")
  }

  @Test func somethingThatLiesThereStays() throws {
    let path = folder.path("there.safetensors")
    let probe = SavedProbe(Self.linear, origin: Self.origin())
    try probe.write(to: path)
    #expect { try probe.write(to: path) } throws: { error in
      (error as? StoreError)?.reason == .cannotCreate && "\(error)".contains("exists already")
    }
    try probe.write(to: path, overwrite: true)
  }

  // MARK: - Bad files

  private func expectError(
    _ reason: ModelError.Reason, _ text: String, in bytes: [UInt8],
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: location) {
      _ = try SavedProbe(MappedFile(bytes: bytes, name: "p.safetensors"))
    } throws: { error in
      let error = error as? ModelError
      return error?.reason == reason && error?.description.contains(text) == true
    }
  }

  @Test func tensorsThatDoNotFitAreRefusedByName() throws {
    expectError(.missingTensor, "there is no tensor scale", in: try bytes(without: "scale"))
    expectError(
      .wrongShape, "p.safetensors: tensor weights: expected the shape [1, 3], found [3, 1]",
      in: try bytes(tensors: ["weights": Tensor([3, 1])]))
    expectError(
      .nonFinite, "tensor mean: value 1 is nan", in: try bytes(tensors: ["mean": Tensor([3], [0, .nan, 0])]))
    expectError(
      .badValue, "tensor scale: value 2 is 0", in: try bytes(tensors: ["scale": Tensor([3], [1, 1, 0])]))
    expectError(.wrongShape, "tensor mean", in: try bytes(tensors: ["mean": Tensor([0])]))
    expectError(
      .wrongShape, "tensor layers.1.weights: expected the shape [any, 3]",
      in: try bytes(Self.perceptron, tensors: ["layers.1.weights": Tensor([2, 4])]))
    expectError(
      .wrongShape, "tensor layers.2.weights: expected the shape [3, 2]",
      in: try bytes(Self.perceptron, tensors: ["layers.2.weights": Tensor([2, 2])]))
    expectError(
      .wrongShape, "tensor weights: expected the shape [2, 2]",
      in: try bytes(Self.attention, tensors: ["weights": Tensor([3, 2])]))
  }

  @Test func textsThatDoNotFitAreRefusedByName() throws {
    expectError(.unsupported, "no saved probe", in: try bytes(texts: ["format": "weights"]))
    expectError(
      .unsupported, "metadata format_version: expected 1, found 2",
      in: try bytes(texts: ["format_version": "2"]))
    expectError(
      .unsupported, "metadata kind: there is no kind forest. Known: linear, perceptron, attention",
      in: try bytes(texts: ["kind": "forest"]))
    expectError(.missingKey, "metadata: there is no point", in: try bytes(without: "point"))
    expectError(
      .badValue, "metadata classes: expected at least two", in: try bytes(texts: ["classes": "[\"a\"]"]))
    expectError(
      .badValue, "metadata classes: expected texts, found a number",
      in: try bytes(texts: ["classes": "[1, 2]"]))
    expectError(.corrupt, "metadata classes: not valid JSON", in: try bytes(texts: ["classes": "[\"a\","]))
    expectError(.badValue, "metadata dimensions: 3 is none of 3", in: try bytes(texts: ["dimensions": "[3]"]))
    expectError(.badValue, "metadata seed: expected a number, found -1", in: try bytes(texts: ["seed": "-1"]))
    expectError(
      .badValue, "metadata training_examples: expected hexadecimal numbers, found xyz",
      in: try bytes(texts: ["training_examples": "1 xyz"]))
  }

  @Test(arguments: kinds.indices) func noDamageTrapsAndNoCutPasses(kind: Int) throws {
    let whole = try bytes(Self.kinds[kind])
    for count in 0..<whole.count {
      #expect(throws: ModelError.self) {
        _ = try SavedProbe(MappedFile(bytes: whole[..<count], name: "cut"))
      }
    }
    for index in whole.indices {
      for flip in [UInt8(1), 0x80] {
        var damaged = whole
        damaged[index] ^= flip
        // Many such files are still probes, of other numbers: what matters is that the process goes on.
        _ = try? SavedProbe(MappedFile(bytes: damaged, name: "damaged"))
      }
    }
  }

  @Test func aFileThatIsNotThereIsNamed() {
    #expect { _ = try SavedProbe(file: "nowhere.safetensors") } throws: { error in
      (error as? ModelError)?.reason == .notFound && "\(error)".contains("nowhere.safetensors")
    }
  }

  // MARK: - Direction

  @Test func aSavedDirectionSteers() throws {
    let saved = SavedProbe(Self.linear, origin: Self.origin())
    let direction = try saved.direction(towards: "tr\"ue")
    #expect(direction == [0.75, -0.25, 0])
    #expect(try saved.direction(towards: "false") == [-0.75, 0.25, 0])
    let path = folder.path("truth.json")
    try SavedProbe.json(direction).write(to: URL(fileURLWithPath: path))
    let intervention = try Intervention(steering: "resid_post.1=2.5*\(path)")
    guard case .steer(.file(let file), let coefficient) = intervention.kind else {
      Issue.record("not read as steering: \(intervention)")
      return
    }
    #expect(coefficient == 2.5)
    #expect(try VectorSource.vectors(inFile: file) == Tensor([1, 3], direction))
    // ε times the direction raises the log-odds by ε‖direction‖².
    let x: [Float] = [1, 2, 3]
    let moved = zip(x, direction).map { $0 + 2 * $1 }
    let scores = Self.linear.scores(Tensor(rows: [x, moved]), rows: [0, 1])
    #expect(abs(scores[1, 1] - scores[0, 1] - 2 * (0.75 * 0.75 + 0.25 * 0.25)) < 1e-5)
  }

  @Test func directionsThatThereAreNotAreRefused() {
    #expect { _ = try SavedProbe(Self.linear, origin: Self.origin()).direction(towards: "maybe") } throws: {
      "\($0)" == "class maybe: the probe has no such class. It has: false, tr\"ue"
    }
    #expect { _ = try SavedProbe(Self.perceptron, origin: Self.origin()).direction(towards: "a") } throws: {
      ($0 as? SpecError)?.reason == .notApplicable
        && "\($0)".contains("family mlp-2: the probe is not linear")
    }
  }
}

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
  private let root = NSTemporaryDirectory() + "probe-saved-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  /// The lines that a script prints under python3, with nothing but its standard library, in this folder.
  func python(_ script: String) throws -> [String] {
    let run = Process()
    run.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    run.arguments = ["python3", "-c", script]
    run.currentDirectoryURL = URL(fileURLWithPath: root)
    let pipe = Pipe()
    run.standardOutput = pipe
    try run.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    run.waitUntilExit()
    #expect(run.terminationStatus == 0, "python3 with its standard library is needed for this test")
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map { String($0) }
  }
}
