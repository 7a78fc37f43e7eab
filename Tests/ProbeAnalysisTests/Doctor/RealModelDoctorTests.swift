import Foundation
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// The doctor on trained models: what others measured of them (numpy on the dequantised weights) must be found.
@Suite struct RealModelDoctorTests {
  private static var folder: String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return ProcessInfo.processInfo.environment["PROBE_MODELS"] ?? url.path + "/.probe/models"
  }

  /// In CI a missing model is a failure.
  private static func isTested(_ name: String) -> Bool {
    ProcessInfo.processInfo.environment["CI"] != nil
      || FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  @Test(.enabled(if: isTested("smollm2-135m.gguf")))
  func smolLM2IsHealthyAndItsSinkIsFound() throws {
    let model = try HookedTransformer.open("\(Self.folder)/smollm2-135m.gguf")
    let patient = try Patient(model)
    func result(_ check: HealthCheck) throws -> CheckResult { try check.result(for: patient) }
    func figure(_ result: CheckResult, _ name: String) throws -> Double {
      try #require(result.figures.first { $0.name == name }?.value)
    }
    for check in [
      HealthCheck.finiteActivations, .residualIdentity, .attention, .packing, .earlyStop, .threads,
      .tokenizer,
    ] {
      #expect(try result(check).verdict == .ok, "\(check.name)")
    }
    // Position 0, whatever the token: norm 22,600 against about 180, 99% of it in one dimension.
    let norms = try result(.normOutliers)
    #expect(norms.verdict == .warning && norms.found.hasPrefix("position 0 of 5 of 5 inputs, layers "))
    #expect(norms.advice.contains("sentinel: bos"))
    #expect(abs(try figure(norms, "largest norm") / 22_600 - 1) < 0.05)
    #expect(try figure(norms, "share of the largest dimension") > 0.98)
    // Seen: "The capital of France is" → Paris; repeated random tokens take the loss from 13.8 to 2.5.
    let known = try result(.knownAnswers)
    #expect(known.verdict == .ok)
    #expect(
      known.details?.rows.first?.prefix(3) == [
        .text("The capital of France is"), .text("ĠParis"), .number(1),
      ])
    let repetition = try result(.repetition)
    #expect(repetition.verdict == .ok)
    #expect(try abs(figure(repetition, "loss, first time") - 13.8) < 1.5)
    #expect(try abs(figure(repetition, "loss, second time") - 2.5) < 1.5)
  }

  @Test(.enabled(if: isTested("all-minilm-l6-v2")))
  func miniLMIsHealthyAndHasNoHead() throws {
    let model = try HookedTransformer.open("\(Self.folder)/all-minilm-l6-v2")
    let patient = try Patient(model)
    for check in [
      HealthCheck.finiteActivations, .residualIdentity, .attention, .packing, .earlyStop, .threads,
      .tokenizer,
    ] {
      #expect(try check.result(for: patient).verdict == .ok, "\(check.name)")
    }
    let known = try HealthCheck.knownAnswers.result(for: patient)
    #expect(known.verdict == .notApplicable)
    #expect(known.found == "the checkpoint has no head that scores the vocabulary")
  }

  /// A mask stands where the answer's token was; bert-base-uncased's ids of [MASK] and "paris" are 103 and 3000.
  @Test(.enabled(if: isTested("all-minilm-l6-v2")))
  func fillInsMaskTheAnswersToken() throws {
    let model = try HookedTransformer.open("\(Self.folder)/all-minilm-l6-v2")
    let tokenizer = try #require(model.tokenizer)
    let question = try #require(try Question.masked("The capital of France is", " Paris", ".", tokenizer))
    #expect(question.tokens == [101, 1996, 3007, 1997, 2605, 2003, 103, 1012, 102])
    #expect(question.position == 6 && question.answer == 3000)
  }
}
