import Foundation
import ProbeMath
import ProbeModel
import Testing

@testable import ProbeAnalysis

/// Interventions as they are written on a command line.
@Suite struct InterventionTextTests {
  @Test(arguments: [
    ("v.json", VectorSource.file("v.json")), (" a - b.json", .file("a - b.json")),
    ("\"love\"", .texts("love", minus: nil)), ("\"I love\" - \"I hate\"", .texts("I love", minus: "I hate")),
    ("\"a\"-\"b\" ", .texts("a", minus: "b")), ("\"\" − \" \"", .texts("", minus: " ")),
    (#""say \"x\" \\ - y""#, .texts(#"say "x" \ - y"#, minus: nil)),
  ])
  func directionsAreRead(_ text: String, _ source: VectorSource) throws {
    #expect(try VectorSource(parsing: text) == source)
  }

  @Test(arguments: [
    ("", "it is missing"), ("\"a", "a quote is missing at the end"), ("\"", "a quote is missing at the end"),
    ("\"a\\", "a quote is missing at the end"), ("\"a\" + \"b\"", "not \"+ \"b\"\""),
    ("\"a\" - b", "the second text stands in quotes as well"), ("\"a\" - \"b\" c", "follows the second text"),
  ])
  func otherDirectionsAreRefused(_ text: String, _ problem: String) throws {
    let error = try #require(throws: SpecError.self) { try VectorSource(parsing: text) }
    #expect(error.reason == .syntax && error.problem.contains(problem), "\(error)")
  }

  @Test func steeringHasATargetACoefficientAndADirection() throws {
    let plain = try Intervention(steering: "resid_post.3@-1=v.json")
    #expect(plain.kind == .steer(.file("v.json"), coefficient: 1) && plain.target.text == "resid_post.3@-1")
    #expect(try Intervention(steering: "x=-1.5e1*v.json").kind == .steer(.file("v.json"), coefficient: -15))
    // A star inside quotes is the text's.
    #expect(
      try Intervention(steering: "x=\"2*3\"").kind == .steer(.texts("2*3", minus: nil), coefficient: 1))
    #expect(
      try Intervention(steering: "x=2 * \"a=b*c\"").kind
        == .steer(.texts("a=b*c", minus: nil), coefficient: 2))
    for (text, problem) in [
      ("x", "no = and direction follow"), ("x=many*v.json", "\"many\" is no coefficient"),
      ("x=1e99*v.json", "\"1e99\" is no coefficient"), ("x=nan*v.json", "\"nan\" is no coefficient"),
      ("x=*v.json", "\"\" is no coefficient"), ("x=2*", "it is missing"),
    ] {
      let error = try #require(throws: SpecError.self) { try Intervention(steering: text) }
      #expect(error.problem == problem)
    }
    #expect(throws: ModelError.self) { try Intervention(projectingOut: "=v.json") }
  }

  @Test(arguments: [
    ("*", "blocks.*.attn.hook_pattern"), ("3", "blocks.{3}.attn.hook_pattern"),
    ("0..5@-1#2", "blocks.{0..5}.attn.hook_pattern@-1#2"), ("0,3#1", "blocks.{0,3}.attn.hook_pattern#1"),
  ])
  func layersBecomePatterns(_ text: String, _ target: String) throws {
    let intervention = try Intervention(freezingPatterns: text)
    #expect(intervention.kind == .freezePatterns && intervention.target.text == target)
  }

  @Test(arguments: ["", "@1", "a", "1}", "-1", "**"])
  func otherLayersAreRefused(_ text: String) throws {
    let error = try #require(throws: ModelError.self) { try Intervention(freezingPatterns: text) }
    #expect(error.location == text && error.problem.hasSuffix("is no list of layers"))
  }

  // MARK: Files

  private func read(_ text: String) throws -> Tensor {
    let path = NSTemporaryDirectory() + "direction-\(UUID().uuidString).json"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try VectorSource.vectors(inFile: path)
  }

  @Test func filesHoldOneVectorOrSeveral() throws {
    #expect(try read("[1, -2.5, 3e2]") == Tensor([1, 3], [1, -2.5, 300]))
    #expect(try read("[[1, 2], [3, 4], [5, 6]]") == Tensor([3, 2], [1, 2, 3, 4, 5, 6]))
  }

  @Test(arguments: [
    ("{}", "expected a vector"), ("[]", "expected a vector"),
    ("[1, \"2\"]", "expected a number, found a string"),
    ("[[1, 2], 3]", "expected a vector, found a number"), ("[1, [2]]", "expected a number, found an array"),
    ("[[1, 2], [3]]", "1 values, the first vector has 2"), ("[1e39]", "the number is beyond float32"),
  ])
  func otherFilesAreRefused(_ text: String, _ problem: String) throws {
    let error = try #require(throws: SpecError.self) { try read(text) }
    #expect(error.problem.hasPrefix(problem), "\(error)")
  }

  @Test func aFileThatIsNotThereOrNoJSONIsRefused() throws {
    let error = try #require(throws: SpecError.self) { try VectorSource.vectors(inFile: "no.json") }
    #expect(error.reason == .notFound && error.location == "no.json")
    #expect(throws: ModelError.self) { try read("[1, 2") }
  }

  // MARK: Numbers

  /// Closed form: p = (1/2, 1/4, 1/4), q = (1/4, 1/2, 1/4); KL(p ‖ q) = ½ ln 2 − ¼ ln 2.
  @Test func theDivergenceIsThatOfKullbackAndLeibler() throws {
    let p = try NextTokenDistribution([log(2), 0, 0], at: "p")
    let q = try NextTokenDistribution([0, log(2), 0], at: "q")
    // Logits are float32: ln 2 is off by 2e-8.
    #expect(abs(p.divergence(to: q) - 0.25 * log(2.0)) <= 1e-7)
    #expect(p.divergence(to: p) == 0)
    #expect(abs(p.logProbability(0) - log(0.5)) <= 1e-7)
    #expect(q.top(2) == [1, 0] && q.rank(1) == 1 && q.rank(0) == 2 && q.rank(2) == 3)
  }

  @Test func hugeLogitsAreADistributionAndInfiniteOnesAreNot() throws {
    let huge = try NextTokenDistribution([3e38, -3e38], at: "p")
    #expect(huge.logProbability(0) == 0 && huge.logProbability(1) < -1e38)
    #expect(throws: ModelError.self) { try NextTokenDistribution([0, .infinity], at: "p") }
    #expect(throws: ModelError.self) { try NextTokenDistribution([0, .nan], at: "p") }
  }
}
