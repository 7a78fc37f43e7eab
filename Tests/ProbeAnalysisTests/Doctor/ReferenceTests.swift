import Foundation
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// `--reference`: activations of another implementation, right, wrong in one layer, of another model, and damaged.
@Suite struct ReferenceTests {
  private func check(_ fixture: DoctorFixture, tolerance: Double = 5e-5) throws -> CheckResult {
    let reference = try fixture.openReference(tolerance: tolerance)
    return try HealthCheck.reference.result(for: Patient(fixture.open(), reference: reference))
  }

  /// The fixtures' references are Hugging Face's own activations: docs/numerics.md promises 5e-5 · max(1, |x|) on them.
  @Test(
    arguments: ["llama-gqa", "gpt2", "bert", "gptj", "gemma2", "mistral", "bloom", "t5-encoder"],
    [false, true])
  func whatHuggingFaceComputesAgrees(_ name: String, _ batchAxis: Bool) throws {
    let fixture = try DoctorFixture(name, batchAxis: batchAxis)
    let result = try check(fixture)
    #expect(result.verdict == .ok, "\(result.found)")
    let points = try #require(result.figures.first { $0.name == "points" }?.value)
    #expect(Int(points) == fixture.reference.tensors.count - 1)
  }

  @Test func aReferenceThatDiffersInOneLayerNamesItsFirstPoint() throws {
    let fixture = try DoctorFixture("llama-gqa")
    for name in ["blocks.1.hook_mlp_out", "blocks.1.hook_resid_post", "blocks.2.hook_resid_pre"] {
      try fixture.reference.set(name, 40) { $0 + 0.01 }
    }
    let result = try check(fixture)
    #expect(result.verdict == .failed)
    #expect(
      result.found.contains("3 of ") && result.found.contains("the first is blocks.1.hook_mlp_out: |Δ| up to")
    )
    let rows = try #require(result.details?.rows)
    let beyond = rows.map { row in (row[0], row[row.count - 1]) }.filter { $0.1 != .text("") }
    #expect(beyond.map { $0.0 } == [.text("1"), .text("2")])
    #expect(beyond.map { $0.1 } == [.text("hook_mlp_out"), .text("hook_resid_pre")])
    #expect(rows.map { $0[$0.count - 2] }.filter { $0 != .number(0) } == [.number(2), .number(1)])
  }

  /// Another checkpoint of the same shape: what the changed weight does not reach agrees.
  @Test func aReferenceOfOtherWeightsFailsFromTheFirstChangeOn() throws {
    let fixture = try DoctorFixture("gpt2")
    try fixture.damage("transformer.h.1.attn.c_proj.weight", at: 7) { $0 + 0.5 }
    let result = try check(fixture)
    #expect(result.verdict == .failed && result.found.contains("the first is blocks.1.attn.hook_result:"))
  }

  @Test func whatIsNotANumberDoesNotAgree() throws {
    let fixture = try DoctorFixture("llama-gqa")
    try fixture.reference.set("blocks.0.attn.hook_z", 3) { _ in .nan }
    let result = try check(fixture, tolerance: 1e9)
    #expect(result.verdict == .failed && result.found.contains("the first is blocks.0.attn.hook_z"))
  }

  /// A row's largest |Δ| of 0.01 at a value below 1 is 200 times 5e-5: the bound is where it is said to be.
  @Test func theToleranceDecides() throws {
    let fixture = try DoctorFixture("llama-gqa")
    try fixture.reference.set("blocks.0.hook_resid_post", 5) { $0 * 0 + 0.25 }
    let (model, path) = (try fixture.open(), fixture.referencePath)
    let own = try #require(try check(fixture).figures.first { $0.name == "largest |Δ|" }?.value)
    for (tolerance, verdict) in [(own * 1.01, CheckVerdict.ok), (own * 0.99, .failed)] {
      let reference = try ReferenceActivations(path: path, for: model, tolerance: tolerance)
      #expect(try HealthCheck.reference.result(for: Patient(model, reference: reference)).verdict == verdict)
    }
  }

  /// Half-precision references are off by their own rounding, 2⁻¹¹ of a value, and that is not the model's fault.
  @Test func halfPrecisionReferencesAreRounded() throws {
    let fixture = try DoctorFixture("llama-gqa")
    let name = "blocks.2.hook_resid_post"
    let tensor = try #require(fixture.reference.tensors[name])
    let halves = tensor.bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { Float16(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
    }
    fixture.reference.tensors = fixture.reference.tensors.filter { $0.key == "tokens" }
    fixture.reference.tensors[name] = ("F16", tensor.shape, halves.withUnsafeBytes { Data($0) })
    #expect(try check(fixture).verdict == .ok)
  }

  // MARK: What does not fit

  private func error(_ fixture: DoctorFixture) throws -> ModelError {
    try #require(throws: ModelError.self) { _ = try fixture.openReference() }
  }

  @Test func aFileWithoutTokensIsRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["tokens"] = nil
    let error = try error(fixture)
    #expect(error.reason == .missingTensor && error.location == "\(fixture.referencePath): tensor tokens")
    #expect(error.advice.contains("`tokens` or `input_ids`"))
  }

  @Test func tokensMayBeCalledInputIDs() throws {
    let fixture = try DoctorFixture("llama-gqa", batchAxis: true)
    fixture.reference.tensors["input_ids"] = fixture.reference.tensors.removeValue(forKey: "tokens")
    #expect(try fixture.openReference().tokens.count == 11)
  }

  @Test func tokensOfAnotherTypeAreRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["tokens"]?.dtype = "F32"
    #expect(try error(fixture).problem == "expected integers, found F32")
  }

  @Test func aBatchOfSeveralSequencesIsRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["tokens"] = ("I32", [2, 2], Data(count: 16))
    let error = try error(fixture)
    #expect(error.problem == "shape [2, 2], expected [position] or [1, position]")
    #expect(error.advice == "One sequence a file")
  }

  @Test func aTokenOfAnotherVocabularyIsRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["tokens"] = (
      "I64", [2], Data([1] + Array(repeating: UInt8(0), count: 7) + [0, 1] + Data(count: 6))
    )
    #expect(
      try error(fixture).problem == "token id 256 at position 1 is outside the model's vocabulary of 96")
  }

  @Test func namesThatAreNoPointsGetTheNearestOnes() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["blocks.0.hook_resid_pots"] =
      fixture.reference.tensors["blocks.0.hook_resid_post"]
    let error = try error(fixture)
    #expect(error.reason == .unknownHook)
    #expect(error.location == "\(fixture.referencePath): tensor blocks.0.hook_resid_pots")
    #expect(error.advice.hasPrefix("Nearest: blocks.0.hook_resid_post"))
  }

  @Test func shortNamesAreRefusedWithTheFullOne() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["resid_post.0"] = fixture.reference.tensors["blocks.0.hook_resid_post"]
    let error = try error(fixture)
    #expect(error.problem == "not the full name of a hook point")
    #expect(error.advice == "Nearest: blocks.0.hook_resid_post")
  }

  @Test func aPointThatTheModelLacksIsRefused() throws {
    let fixture = try DoctorFixture("gpt2")
    fixture.reference.tensors["blocks.0.attn.hook_rot_q"] = fixture.reference.tensors["blocks.0.attn.hook_q"]
    let error = try error(fixture)
    #expect(error.reason == .unknownHook && error.problem.contains("its queries and keys are not turned"))
  }

  @Test func anotherShapeIsRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors["blocks.0.hook_resid_post"] = ("F32", [11, 33], Data(count: 11 * 33 * 4))
    let error = try error(fixture)
    #expect(error.reason == .wrongShape)
    #expect(
      error.problem == "shape [11, 33], expected [11, 32] (position, dModel) or [1, 11, 32]",
      "\(error.problem)")
  }

  @Test func aReferenceOfAnotherArchitectureIsRefused() throws {
    let (llama, gpt2) = (try DoctorFixture("llama-gqa"), try DoctorFixture("gpt2"))
    llama.reference = gpt2.reference
    #expect(try error(llama).location.hasPrefix("\(llama.referencePath): tensor "))
  }

  @Test func aFileWithoutActivationsIsRefused() throws {
    let fixture = try DoctorFixture("llama-gqa")
    fixture.reference.tensors = fixture.reference.tensors.filter { $0.key == "tokens" }
    #expect(try error(fixture).problem == "holds tokens and no activations")
  }
}
