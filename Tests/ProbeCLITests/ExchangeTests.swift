import Foundation
import Testing

/// `probe export` and `probe store import`, as processes.
@Suite struct ExchangeTests {
  /// A `.npy` file of `rows` float32 rows of four values; the first tells even rows from odd ones.
  private func array(rows: Int) -> Data {
    let literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), 4), }"
    let header = literal + String(repeating: " ", count: 117 - literal.utf8.count) + "\n"
    var values: [Float] = []
    for row in 0..<rows {
      values += [row % 2 == 0 ? 1 : -1, Float(row * 37 % 101) / 50 - 1, Float(row * 59 % 103) / 51 - 1, 0.5]
    }
    var bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0])
    bytes += Data(header.utf8)
    bytes += values.withUnsafeBytes { Data($0) }
    return bytes
  }

  /// A folder with activations of 80 examples that somebody captured elsewhere.
  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("layer3.npy", array(rows: 80))
    let lines = (0..<80).map { index in
      "{\"id\": \"e\(index)\", \"text\": \"sentence w\(index)\", \"label\": \"\(index % 2 == 0 ? "even" : "odd")\"}"
    }
    try folder.write("examples.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.write(
      "mine.yaml",
      """
      name: mine
      analyze:
        - linear-probe: { id: p, label: label, replicates: 100, strengths: [0.1] }
      expect: [p.label.best.accuracy.lower > 0.7]

      """)
    return folder
  }

  private let command = [
    "store", "import", ".probe/mine.sqlite", "--activations", "layer3.npy", "--examples", "examples.jsonl",
    "--name", "mine", "--point",
  ]

  @Test func importedActivationsAreAnalyzedAndExported() throws {
    let folder = try folder()
    let first = try Probe.run(command + ["resid_post.3"], in: folder)
    #expect(first.code == 0 && first.output == "", "\(first)")
    #expect(
      first.errors
        == "80 rows, one an example, of blocks.3.hook_resid_post in float32 in .probe/mine.sqlite: "
        + "capture mine has 1 point now\n")
    let bytes = try folder.read(".probe/mine.sqlite")
    let again = try Probe.run(command + ["resid_post.3"], in: folder)
    #expect(again.code == 0 && again.errors == ".probe/mine.sqlite holds all of it: nothing to do\n")
    #expect(try folder.read(".probe/mine.sqlite") == bytes)

    let analysis = try Probe.run(["analyze", "mine.yaml"], in: folder)
    #expect(analysis.code == 0, "\(analysis)")
    #expect(analysis.output.contains("✓ p.label.best.accuracy.lower > 0.7"))
    let html = String(decoding: try folder.read("Reports/mine.html"), as: UTF8.self)
    #expect(html.contains("mine (imported)") && html.contains("The activations were imported"))

    for ending in ["safetensors", "npz", "csv"] {
      let export = try Probe.run(["export", ".probe/mine.sqlite", "--out", "out/a.\(ending)"], in: folder)
      #expect(export.code == 0 && export.output == "", "\(export)")
      #expect(export.errors.hasPrefix("80 rows of 1 hook point, "))
      #expect(folder.has("out/a.\(ending)"))
    }
    let table = String(decoding: try folder.read("out/a.csv"), as: UTF8.self)
    #expect(
      table.hasPrefix(
        "example_key,position,token_id,token,value.0,value.1,value.2,value.3\r\ne0,,,,1.0,-1.0,"))
    #expect(table.split(separator: "\r\n").count == 81)
  }

  @Test func aFileThatIsThereIsReplacedByForce() throws {
    let folder = try CommandTests.captured()
    let export = ["export", ".probe/first.sqlite", "--points", "resid_post.1", "--out", "a.csv"]
    #expect(try Probe.run(export, in: folder).code == 0)
    let refused = try Probe.run(export, in: folder)
    #expect(
      refused.code == 73
        && refused.errors == "probe: a.csv: exists already. Replace it with --force, or choose another name\n"
    )
    #expect(try Probe.run(export + ["--force"], in: folder).code == 0)
    // The format can be said where the ending does not.
    let named = try Probe.run(
      ["export", ".probe/first.sqlite", "--out", "a.bin", "--format", "npz"], in: folder)
    #expect(named.code == 0, "\(named)")
    #expect(try folder.read("a.bin").prefix(2) == Data("PK".utf8))
  }

  @Test func badInputEndsWithItsCode() throws {
    let folder = try folder()
    try folder.write("three.npy", array(rows: 3))
    for (arguments, code, text) in [
      (["export", "s.sqlite", "--out", "a.txt"], 64, "the ending of a.txt is none of safetensors, npz, csv"),
      (
        ["export", "s.sqlite", "--out", "a", "--format", "parquet"], 64,
        "\"parquet\" is not one of safetensors, npz, csv"
      ),
      (["export", "s.sqlite", "--out", "a.npz"], 66, "probe: s.sqlite: there is no store"),
      (command + ["resid_past.3"], 65, "probe: resid_past.3: no hook point has this name. Nearest: "),
      (command + ["resid_post.3", "--name", "a b"], 64, "--name: \"a b\" is not a name"),
      (command + ["resid_post.3", "--activations", "none.npy"], 66, "probe: none.npy: no such file"),
      (
        command + ["resid_post.3", "--activations", "three.npy"], 65,
        "probe: three.npy: 3 rows for 80 examples. Expected a row an example, or a row a position"
      ),
      (["capture", "mine.yaml"], 65, "probe: mine.yaml: the spec names no model and no corpus"),
    ] as [([String], Int32, String)] {
      let outcome = try Probe.run(arguments, in: folder)
      #expect(outcome.code == code, "\(arguments): \(outcome)")
      #expect(outcome.errors.contains(text), "\(outcome)")
      #expect(outcome.output == "")
    }
    #expect(!folder.has(".probe/mine.sqlite"), "what is refused leaves no store behind")
  }
}
