import Foundation
import Testing

/// `probe doctor` as a process: exit codes, table, JSON, messages.
@Suite struct DoctorTests {
  /// Tokens and one activation as a reference of the Llama fixture; `blocks.1.hook_resid_post` of nothing but zeros.
  private func reference(_ folder: Folder, name: String = "blocks.1.hook_resid_post", columns: Int = 32)
    throws
    -> String
  {
    let header = """
      {"\(name)":{"dtype":"F32","shape":[3,\(columns)],"data_offsets":[0,\(12 * columns)]},\
      "tokens":{"dtype":"I64","shape":[3],"data_offsets":[\(12 * columns),\(12 * columns + 24)]}}
      """
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
    data += Data(count: 12 * columns)
    for id in [5, 9, 11] { data += withUnsafeBytes(of: Int64(id).littleEndian) { Data($0) } }
    return try folder.write("reference.safetensors", data)
  }

  @Test func aHealthyModelExitsWithZero() throws {
    let folder = try Folder()
    let outcome = try Probe.run(["doctor", FixtureModel.llama], in: folder)
    #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
    #expect(outcome.output.hasPrefix("llama-gqa (Llama)\n") && outcome.output.hasSuffix("\nhealthy\n"))
    #expect(
      outcome.output.contains("✓ residual-identity   resid_pre + attn_out + mlp_out = resid_post within"))
    #expect(outcome.output.contains("– tokenizer           the checkpoint has no tokenizer"))
  }

  @Test func aReferenceThatDiffersExitsWithOneAndNamesTheLayer() throws {
    let folder = try Folder()
    let file = try reference(folder)
    let outcome = try Probe.run(["doctor", FixtureModel.llama, "--reference", file], in: folder)
    #expect(outcome.code == 1, "\(outcome)")
    #expect(outcome.output.contains("1 of 1 points differ, the first is blocks.1.hook_resid_post: |Δ| up to"))
    #expect(
      outcome.output.contains("\nreference:\nlayer  points")
        && outcome.output.hasSuffix("\nnot healthy: reference\n"))
    let generous = try Probe.run(
      ["doctor", FixtureModel.llama, "--reference", file, "--tolerance", "1e6"], in: folder)
    #expect(generous.code == 0, "\(generous)")
  }

  @Test func jsonIsOneObject() throws {
    let folder = try Folder()
    let outcome = try Probe.run(
      ["doctor", FixtureModel.llama, "--reference", try reference(folder), "--json"], in: folder)
    #expect(outcome.code == 1 && outcome.errors == "", "\(outcome)")
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(root["healthy"] as? Bool == false && root["model"] as? String == "llama-gqa")
    let checks = try #require(root["checks"] as? [[String: Any]])
    let failed = checks.filter { $0["verdict"] as? String == "failed" }
    #expect(failed.map { $0["name"] as? String } == ["reference"])
  }

  @Test func whatDoesNotFitEndsWithItsCode() throws {
    let folder = try Folder()
    let missing = try Probe.run(["doctor", "nowhere"], in: folder)
    #expect(missing.code == EX_NOINPUT && missing.errors.contains("nowhere: no model of this name"))
    let noFile = try Probe.run(["doctor", FixtureModel.llama, "--reference", "none.safetensors"], in: folder)
    #expect(
      noFile.code == EX_NOINPUT && noFile.errors == "probe: none.safetensors: no such file\n", "\(noFile)")
    let file = try reference(folder, columns: 31)
    let shape = try Probe.run(["doctor", FixtureModel.llama, "--reference", file], in: folder)
    #expect(shape.code == EX_DATAERR && shape.output == "", "\(shape)")
    #expect(
      shape.errors.contains(
        "tensor blocks.1.hook_resid_post: shape [3, 31], expected [3, 32] (position, dModel)"))
    let name = try reference(folder, name: "blocks.9.hook_resid_post")
    let unknown = try Probe.run(["doctor", FixtureModel.llama, "--reference", name], in: folder)
    #expect(unknown.code == EX_DATAERR && unknown.errors.contains("Nearest: blocks."), "\(unknown)")
    for tolerance in ["0", "-1", "nan", "x"] {
      let usage = try Probe.run(["doctor", FixtureModel.llama, "--tolerance", tolerance], in: folder)
      #expect(usage.code == EX_USAGE && usage.errors.contains("tolerance"), "\(usage)")
    }
  }
}
