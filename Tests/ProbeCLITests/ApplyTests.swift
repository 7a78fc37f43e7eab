import Foundation
import Testing

/// `probe apply` and `probe direction`, as processes, on a probe file written by hand.
@Suite struct ApplyTests {
  /// A probe of four features that says `odd` where the first is negative: log-odds −2 x₀ + 0.5 x₃.
  private func probeFile() throws -> Data {
    let tensors: [(String, [Int], [Float])] = [
      ("mean", [4], [0, 0, 0, 0]), ("scale", [4], [1, 1, 1, 1]), ("weights", [1, 4], [-2, 0, 0, 0.5]),
      ("bias", [1], [0]),
    ]
    let metadata = [
      "format": "probe", "format_version": "1", "program_version": "x", "kind": "linear",
      "family": "mass-mean",
      "classes": "[\"even\",\"odd\"]", "diagnostics": "[]", "point": "blocks.3.hook_resid_post", "model": "m",
      "weights_sha256": "0123456789abcdef", "corpus": "c.jsonl", "corpus_sha256": "c", "positions": "last",
      "label": "label", "seed": "1", "training_examples": "",
    ]
    var header: [String: Any] = ["__metadata__": metadata]
    var data = Data()
    for (name, shape, values) in tensors {
      header[name] = [
        "dtype": "F32", "shape": shape, "data_offsets": [data.count, data.count + 4 * values.count],
      ]
      data += values.withUnsafeBytes { Data($0) }
    }
    let json = try JSONSerialization.data(withJSONObject: header)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + data
  }

  /// A folder with a store of 40 imported examples, even ones with 1 in front, odd ones with −1.
  private func folder() throws -> Folder {
    let folder = try Folder()
    let literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 4), }"
    let header = literal + String(repeating: " ", count: 117 - literal.utf8.count) + "\n"
    let values: [Float] = (0..<40).flatMap { row -> [Float] in [row % 2 == 0 ? 1 : -1, Float(row), 0, 0.5] }
    try folder.write(
      "rows.npy",
      Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
        + values.withUnsafeBytes { Data($0) })
    let lines = (0..<40).map { index in
      "{\"id\": \"e\(index)\", \"text\": \"sentence w\(index)\", \"label\": \"\(index % 2 == 0 ? "even" : "odd")\"}"
    }
    try folder.write("examples.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.write("odd.safetensors", try probeFile())
    let imported = try Probe.run(
      [
        "store", "import", "b.sqlite", "--activations", "rows.npy", "--examples", "examples.jsonl", "--name",
        "b",
        "--point", "resid_post.3",
      ], in: folder)
    try #require(imported.code == 0, "\(imported)")
    return folder
  }

  @Test func aProbeIsAppliedToAnotherCapture() throws {
    let folder = try folder()
    let refused = try Probe.run(["apply", "odd.safetensors", "--store", "b.sqlite"], in: folder)
    #expect(refused.code == 65 && refused.output == "", "\(refused)")
    #expect(
      refused.errors.contains(
        "the probe was fitted on m (weights 0123456789ab…). Capture with the probe's model"))

    let outcome = try Probe.run(
      ["apply", "odd.safetensors", "--store", "b.sqlite", "--any-model", "--out", "b.json"], in: folder)
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    let lines = outcome.output.components(separatedBy: "\n")
    #expect(lines[0] == "mass-mean probe of label at blocks.3.hook_resid_post, fitted on c.jsonl (m)")
    // Wilson: 40 of 40 give 40/(40 + 1.96²).
    #expect(lines[2] == "40 items in 40 groups: 20 even, 20 odd")
    #expect(
      lines.contains {
        $0.hasPrefix("accuracy") && $0.contains("1.000  [0.912, 1.000]") && $0.hasSuffix("0.500")
      }, "\(outcome)"
    )
    #expect(lines.contains("! fitted on other weights, of m"))
    let file = try JSONSerialization.jsonObject(with: folder.read("b.json")) as? [String: Any]
    #expect(file?["confusion"] as? [[Int]] == [[20, 0], [0, 20]])
    let printed = try Probe.run(
      ["apply", "odd.safetensors", "--store", "b.sqlite", "--any-model", "--json"], in: folder)
    #expect(Data(printed.output.utf8) == (try folder.read("b.json")) + Data("\n".utf8))
  }

  @Test func aProbeThatIsNotThereIsInputNotFound() throws {
    let folder = try Folder()
    let outcome = try Probe.run(["apply", "none.safetensors", "--store", "b.sqlite"], in: folder)
    #expect(outcome.code == 66 && outcome.errors.contains("none.safetensors: no such file"), "\(outcome)")
  }

  @Test func aDirectionIsWrittenAsAVector() throws {
    let folder = try Folder()
    try folder.write("odd.safetensors", try probeFile())
    let plain = try Probe.run(
      ["direction", "odd.safetensors", "--towards", "even", "--out", "even.json"], in: folder)
    #expect(plain.code == 0, "\(plain)")
    #expect(try folder.read("even.json") == Data("[2.0, 0.0, 0.0, -0.5]\n".utf8))
    let unit = try Probe.run(
      ["direction", "odd.safetensors", "--towards", "odd", "--unit", "--out", "odd.json"], in: folder)
    #expect(unit.code == 0, "\(unit)")
    let values = try JSONDecoder().decode([Double].self, from: folder.read("odd.json"))
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6 && values[0] < 0)
    let unknown = try Probe.run(
      ["direction", "odd.safetensors", "--towards", "prime", "--out", "p.json"], in: folder)
    #expect(unknown.code == 65 && unknown.errors.contains("the probe has no such class. It has: even, odd"))
  }
}
