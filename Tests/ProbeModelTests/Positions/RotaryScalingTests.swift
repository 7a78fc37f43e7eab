import Foundation
import Testing

@testable import ProbeModel

/// Scaled rotary frequencies, from the keys of a configuration to the numbers.
///
/// The literals are what `ROPE_INIT_FUNCTIONS` of Hugging Face transformers 5.23 returns (torch 2.13, float32, CPU) for
/// heads of width 16 with the same keys: `inv_freq` and `attention_scaling`.
@Suite struct RotaryScalingTests {
  /// A scaling, and what it makes of sequences of some lengths.
  struct Example: CustomTestStringConvertible {
    let name: String
    /// Keys of the configuration besides the trained context.
    let json: String
    let trained: Int
    /// By length of the sequence.
    let frequencies: [(length: Int, values: [Float])]
    var amplitude: Float = 1

    var testDescription: String { name }

    func rotary() throws -> Rotary {
      let json = try JSONValue(parsing: Data(json.utf8), path: name)
      var keys = ConfigReader.RotaryKeys()
      keys.isPartial = true
      return try ConfigReader(json: json, path: name).rotary(dHead: 16, trained: trained, keys: keys).rotary
    }
  }

  private static let plain: [Float] = [
    1, 0.316227764, 0.100000001, 0.0316227786, 0.00999999978, 0.00316227786, 0.00100000005, 0.000316227786,
  ]
  private static let yarn: [Float] = [
    1, 0.316227764, 0.100000001, 0.025693506, 0.00624999963, 0.00138349656, 0.000250000012, 7.90569466e-05,
  ]
  private static let short: [Float] = [
    1, 0.205184266, 0.0421962552, 0.00833333284, 0.00153888157, 0.000257866108,
  ]
  private static let factors =
    #""short_factor": [1, 1.05, 1.1, 1.2, 1.4, 1.8], "long_factor": [1, 1.5, 2.5, 4, 6, 9]"#

  static let examples = [
    Example(name: "default", json: "{}", trained: 64, frequencies: [(1, plain), (5000, plain)]),
    Example(
      name: "linear", json: #"{"rope_scaling": {"type": "linear", "factor": 4}}"#, trained: 64,
      frequencies: [
        (
          10,
          [
            0.25, 0.079056941, 0.0250000004, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012,
            7.90569466e-05,
          ]
        )
      ]),
    Example(
      name: "dynamic", json: #"{"rope_parameters": {"rope_type": "dynamic", "factor": 2.0}}"#, trained: 64,
      frequencies: [
        (10, plain), (64, plain),
        (
          65,
          [
            1, 0.314840704, 0.0991246626, 0.0312084779, 0.00982569903, 0.00309352996, 0.000973969174,
            0.000306645117,
          ]
        ),
        (
          128,
          [
            1, 0.270296127, 0.0730599985, 0.0197478328, 0.00533776265, 0.00144277664, 0.000389976922,
            0.000105409257,
          ]
        ),
        (
          200,
          [
            1, 0.249528468, 0.0622644536, 0.0155367535, 0.00387686281, 0.000967387517, 0.000241390735,
            6.02338623e-05,
          ]
        ),
      ]),
    Example(
      name: "llama3",
      json: #"""
        {"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}
        """#, trained: 131072,
      frequencies: [5, 100000].map {
        (
          $0,
          [
            1, 0.193922758, 0.0376060307, 0.00729266508, 0.000524846022, 3.42810235e-05, 6.64786967e-06,
            1.28917316e-06,
          ]
        )
      }),
    Example(
      name: "yarn",
      json: #"{"rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096}}"#,
      trained: 16384, frequencies: [(10, yarn), (10000, yarn)], amplitude: 1.138629436111989),
    Example(
      name: "yarn, factor from the contexts",
      json: #"{"rope_scaling": {"type": "yarn", "original_max_position_embeddings": 4096}}"#,
      trained: 16384, frequencies: [(10, yarn)], amplitude: 1.138629436111989),
    Example(
      name: "yarn, attention_factor",
      json: #"""
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "attention_factor": 1.25,
        "original_max_position_embeddings": 4096}}
        """#, trained: 16384, frequencies: [(10, yarn)], amplitude: 1.25),
    Example(
      name: "yarn, mscale, not truncated",
      json: #"""
        {"rope_scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096, "beta_fast": 32,
        "beta_slow": 1, "mscale": 0.707, "mscale_all_dim": 1.0, "truncate": false}}
        """#, trained: 163840,
      frequencies: [
        (
          10,
          [
            1, 0.316227764, 0.100000001, 0.0277108587, 0.00552406255, 0.000722638157, 2.49999994e-05,
            7.90569447e-06,
          ]
        )
      ], amplitude: 0.9210423553163399),
    Example(
      name: "longrope",
      json: #"""
        {"partial_rotary_factor": 0.75, "original_max_position_embeddings": 16, "rope_theta": 10000.0,
        "rope_scaling": {"type": "longrope", \#(factors)}}
        """#, trained: 64,
      frequencies: [
        (10, short), (16, short),
        (17, [1, 0.14362897, 0.0185663532, 0.00249999994, 0.000359072379, 5.15732208e-05]),
      ], amplitude: 1.224744871391589),
  ]

  @Test(arguments: examples)
  func frequenciesAndAmplitudeAreTheReferences(_ example: Example) throws {
    let rotary = try example.rotary()
    for (length, expected) in example.frequencies {
      let found = rotary.frequencies(length: length)
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) {
        // A power and two products in float32: two ulp; θ raised to a power of its own (dynamic): a few more.
        #expect(abs(a - b) <= 1e-6 * b, "\(length) tokens: \(a), \(b)")
      }
    }
    #expect(abs(rotary.amplitude - example.amplitude) <= 2e-7 * example.amplitude)
  }

  /// Equal keys promise equal frequencies: tables are shared by them.
  @Test(arguments: examples)
  func frequenciesDependOnTheLengthOnlyByItsKey(_ example: Example) throws {
    let rotary = try example.rotary()
    var byKey: [Int: [Float]] = [:]
    for length in [1, 2, 15, 16, 17, 63, 64, 65, 100, 4096, 4097, 20000] {
      let (key, found) = (rotary.frequencyKey(length: length), rotary.frequencies(length: length))
      #expect(byKey[key, default: found] == found, "\(length) tokens")
      byKey[key] = found
    }
    let lengths = ["dynamic": 5, "longrope": 2][example.name]
    #expect(lengths == nil ? byKey.count == 1 : byKey.count >= lengths ?? 0)
  }

  /// The top-level length of the training wins, θ inside wins, and an empty `rope_scaling` is none.
  @Test func precedenceOfTheSpellings() throws {
    func rotary(_ json: String) throws -> Rotary {
      try Example(name: "config", json: json, trained: 64, frequencies: []).rotary()
    }
    let inside = try rotary(
      #"""
      {"original_max_position_embeddings": 16, "rope_theta": 7,
      "rope_scaling": {"rope_type": "yarn", "type": "linear", "factor": 2, "rope_theta": 500,
      "original_max_position_embeddings": 32}}
      """#)
    #expect(inside.theta == 500)
    guard case .yarn(let yarn) = inside.scaling else {
      Issue.record("\(inside.scaling)")
      return
    }
    #expect(yarn.trained == 16 && yarn.factor == 2)
    let empty = try rotary(
      #"{"rope_scaling": {}, "rope_parameters": {"rope_type": "linear", "factor": 3}, "rope_theta": 7}"#)
    #expect(empty.theta == 7 && empty.scaling == .linear(factor: 3))
    #expect(try rotary(#"{"rope_scaling": null, "rope_theta": 7}"#) == Rotary(theta: 7, dimensions: 16))
  }
}
