import Foundation
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// What holds for every check, and for healthy and unhealthy models as a whole.
@Suite struct CheckupTests {
  /// One of each kind of computation: grouped keys, post-norm, parallel, branch norms, sandwich norms with windows and soft
  /// caps, ALiBi, relative positions, no head, a masked head, attention only, quantised.
  static let families = [
    "llama-gqa", "gpt2", "bert", "bert-mlm", "gptj", "gpt-neox", "olmo2", "gemma2", "bloom", "t5-encoder",
    "mistral", "opt-postnorm", "distilbert", "probe-attention-only", "probe-no-norm", "llama-gguf-mixed",
    "llama-gguf-f32",
  ]

  @Test(arguments: families)
  func modelsThatEqualTheReferenceAreHealthy(_ name: String) throws {
    let model = try HookedTransformer.open(FixtureExperiment.model(name))
    let diagnosis = try Checkup.examine(Patient(model))
    #expect(diagnosis.isHealthy, "\(diagnosis.checks.filter { $0.verdict == .failed })")
    #expect(diagnosis.checks.map { $0.name } == Checkup.all.map { $0.name })
    for check in ["finite-activations", "residual-identity", "attention", "packing", "early-stop", "threads"]
    {
      #expect(diagnosis.checks.first { $0.name == check }?.verdict == .ok, "\(check)")
    }
  }

  @Test func namesAreDistinctAndFitForPaths() {
    let names = Checkup.all.map { $0.name }
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(name)") }
  }

  @Test(arguments: Checkup.all.map { $0.name })
  func everyCheckSaysWhatItFoundAndExpected(_ name: String) throws {
    let fixture = try DoctorFixture("llama-gqa")
    let patient = try Patient(fixture.open(), reference: fixture.openReference())
    let check = try #require(Checkup.all.first { $0.name == name })
    let result = try check.result(for: patient)
    #expect(!check.claim.isEmpty && result.name == name && !result.found.isEmpty)
    #expect(result.verdict == .notApplicable || !result.expected.isEmpty)
    #expect(result.verdict == .ok || result.verdict == .notApplicable || !result.advice.isEmpty)
    let again = try check.result(for: patient)
    // Times differ from run to run; everything else is a function of the model.
    if name != "kernels" { #expect(again == result) }
  }

  /// The documented shape, field by field.
  @Test func theJSONHasItsDocumentedShape() throws {
    let model = try HookedTransformer.open(FixtureExperiment.model())
    let data = try JSONEncoder().encode(Checkup.examine(Patient(model)))
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(root.keys) == ["schema", "model", "architecture", "path", "healthy", "checks"])
    #expect(root["schema"] as? Int == 1 && root["healthy"] as? Bool == true)
    let verdicts = Set(CheckVerdict.allCases.map { $0.rawValue })
    for check in try #require(root["checks"] as? [[String: Any]]) {
      #expect(
        Set(check.keys).subtracting(["details"]) == [
          "name", "verdict", "found", "expected", "advice", "figures",
        ])
      #expect(verdicts.contains(try #require(check["verdict"] as? String)))
      for figure in try #require(check["figures"] as? [[String: Any]]) {
        #expect(Set(figure.keys).subtracting(["value"]) == ["name", "unit"])
      }
      guard let details = check["details"] as? [String: Any] else { continue }
      let columns = try #require(details["columns"] as? [String])
      for row in try #require(details["rows"] as? [[Any]]) { #expect(row.count == columns.count) }
    }
  }

  @Test func aWeightThatIsNotANumberIsFoundWhereItIsReadFirst() throws {
    let fixture = try DoctorFixture("llama-gqa")
    try fixture.damage("model.layers.1.mlp.gate_proj.weight") { _ in .nan }
    let diagnosis = try Checkup.examine(Patient(fixture.open()))
    #expect(!diagnosis.isHealthy)
    let finite = try #require(diagnosis.checks.first)
    #expect(finite.verdict == .failed)
    #expect(
      finite.found.hasPrefix("NaN or infinity first at blocks.1.mlp.hook_pre, token id "), "\(finite.found)")
    // The others would only repeat it.
    for check in diagnosis.checks
    where Checkup.all.contains(where: { $0.name == check.name && $0.readsActivations }) {
      guard check.name != finite.name else { continue }
      #expect(check.verdict == .notApplicable && check.found == "activations are not finite", "\(check.name)")
    }
  }

  @Test func aContextOfAFewTokensIsEnough() throws {
    let fixture = try DoctorFixture("gpt2")
    let path = fixture.model + "/config.json"
    var config = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
    config["n_positions"] = 6
    try JSONSerialization.data(withJSONObject: config).write(to: URL(fileURLWithPath: path))
    // The table of positions shrinks with it.
    var weights = try TensorFile(path: fixture.model + "/model.safetensors")
    let table = try #require(weights.tensors["transformer.wpe.weight"])
    weights.tensors["transformer.wpe.weight"] = (
      table.dtype, [6, table.shape[1]], table.bytes.prefix(6 * table.shape[1] * 4)
    )
    try weights.encoded.write(to: URL(fileURLWithPath: fixture.model + "/model.safetensors"))
    let diagnosis = try Checkup.examine(Patient(fixture.open()))
    #expect(diagnosis.isHealthy)
    let repetition = try #require(diagnosis.checks.first { $0.name == "repetition" })
    #expect(repetition.verdict == .notApplicable && repetition.found.contains("context of 6 tokens"))
  }
}
