import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// How each family draws a fresh model's weights, against Hugging Face `transformers`.
///
/// `Tests/Fixtures/models/initializations.json` holds the constants of the reference's own calls, tensor by tensor.
@Suite struct InitializationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let config: JSONValue
    let tensors: [String: JSONValue]
    var testDescription: String { name }

    /// The family and its rule for this configuration.
    func rule() throws -> (Architecture, TransformerConfig, Initialization) {
      let reader = ConfigReader(json: config, path: "config.json")
      let type = try reader.string("model_type")
      let family = try #require(Architecture.all.first { $0.modelTypes.contains(type) })
      let config = try family.config(reader)
      return (family, config, try family.initialization(reader, config))
    }
  }

  static let cases: [Case] = {
    let path = Fixture.root.path + "/models/initializations.json"
    guard let table = try? JSONValue(parsing: readFile(path), path: path), case .object(let entries) = table
    else { return [] }
    return entries.sorted { $0.key < $1.key }.compactMap { name, entry in
      guard let config = entry["config"], case .object(let tensors)? = entry["tensors"] else { return nil }
      return Case(name: name, config: config, tensors: tensors)
    }
  }()

  @Test func everyFamilyIsCompared() throws {
    let compared = Set(try Self.cases.map { try $0.rule().0.name })
    // The one family of our own has no reference.
    #expect(compared == Set(Architecture.all.map { $0.name }).subtracting(["probe-transformer"]))
  }

  @Test(arguments: cases)
  func distributionsAreTheReferences(_ sample: Case) throws {
    let (family, _, rule) = try sample.rule()
    for (stored, expected) in sample.tensors.sorted(by: { $0.key < $1.key }) {
      let name = Self.reading(stored, family)
      switch rule.distribution(of: name, shape: expected.integers("shape")) {
      case .constant(let value):
        #expect(expected["constant"]?.number.map { Float($0) } == value, "\(stored)")
      case .normal(let deviation, let zeroRow):
        let reference = try #require(expected["normal"]?.number, "\(stored)")
        // Two orders of the same double-precision operations.
        #expect(abs(deviation - reference) <= 1e-15, "\(stored)")
        #expect(expected["zeroRow"]?.number.map { Int($0) } == zeroRow, "\(stored)")
      case .sinusoids: #expect(expected["first"] != nil, "\(stored)")
      }
    }
  }

  /// Bounds of 6 standard errors: a chance of 2e-9 for each of some 2,500 statistics, and the seed is fixed.
  @Test(arguments: cases)
  func drawnValuesHaveTheReferencesMoments(_ sample: Case) throws {
    let (family, config, rule) = try sample.rule()
    let weights = InitialWeights(rule, config: config, seed: 1, path: sample.name)
    for (stored, expected) in sample.tensors.sorted(by: { $0.key < $1.key }) {
      let shape = expected.integers("shape")
      let tensor = try weights.tensor(Self.reading(stored, family), shape)
      var values = [Float](repeating: .nan, count: tensor.count)
      values.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { tensor.decode(into: base) }
      }
      if let constant = expected["constant"]?.number {
        #expect(values.allSatisfy { $0 == Float(constant) }, "\(stored)")
      } else if let deviation = expected["normal"]?.number {
        if let row = expected["zeroRow"]?.number.map({ Int($0) }) {
          let zeros = row * shape[1]..<(row + 1) * shape[1]
          #expect(values[zeros].allSatisfy { $0 == 0 }, "\(stored)")
          values.removeSubrange(zeros)
        }
        let count = Double(values.count)
        let mean = values.reduce(0) { $0 + Double($1) } / count
        let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (count - 1)
        #expect(abs(mean) < 6 * deviation / count.squareRoot(), "\(stored)")
        #expect(
          abs(variance.squareRoot() - deviation) < 6 * deviation / (2 * count).squareRoot(), "\(stored)")
      } else {
        let row = try #require(expected["row"]?.number.map { Int($0) })
        let first = expected.numbers("first").map { Float($0) }
        let found = values[row * shape[1]..<row * shape[1] + first.count]
        // The reference rounds double-precision sines to float32, as is done here.
        #expect(first.count == 6 && zip(found, first).allSatisfy { abs($0 - $1) <= 6e-8 }, "\(stored)")
      }
    }
  }

  /// The rule of the family of our own is GPT-2's: maps to the stream are smaller by √(2 · nLayers).
  @Test func probeTransformersRuleIsGPT2s() throws {
    let json = """
      {"model_type": "probe-transformer", "n_layers": 8, "n_heads": 2, "d_model": 8, "d_vocab": 5,
       "n_context": 4, "initializer_range": 0.1}
      """
    let config = try JSONValue(parsing: Data(json.utf8), path: "config.json")
    let rule = try Case(name: "", config: config, tensors: [:]).rule().2
    for (name, shape, expected) in [
      ("embed.weight", [5, 8], .normal(deviation: 0.1)),
      ("blocks.3.attn.o.weight", [8, 8], .normal(deviation: 0.025)),
      ("blocks.3.mlp.out.weight", [8, 32], .normal(deviation: 0.025)),
      ("blocks.3.mlp.in.weight", [32, 8], .normal(deviation: 0.1)),
      ("blocks.3.ln1.weight", [8], .constant(1)),
      ("blocks.3.attn.o.bias", [8], .constant(0)),
    ] as [(String, [Int], Initialization.Distribution)] {
      #expect(rule.distribution(of: name, shape: shape) == expected, "\(name)")
    }
  }

  @Test(arguments: ["0", "-0.02", "1e300"])
  func aDeviationThatIsNoneIsRefused(_ value: String) throws {
    let json = Data("{\"initializer_range\": \(value)}".utf8)
    let reader = ConfigReader(json: try JSONValue(parsing: json, path: "config.json"), path: "config.json")
    let error = try modelError { try Initialization(reader) }
    #expect(error.description.hasPrefix("config.json: initializer_range: expected a positive number, found "))
  }

  @Test func aPaddingTokenOutsideTheTableHasNoRow() throws {
    let reader = ConfigReader(json: .object([:]), path: "config.json")
    let rule = try Initialization(reader, paddingToken: 32000)
    let name = "embed_tokens.weight"
    #expect(rule.distribution(of: name, shape: [96, 4]) == .normal(deviation: 0.02))
    #expect(rule.distribution(of: name, shape: [32001, 4]) == .normal(deviation: 0.02, zeroRow: 32000))
  }

  /// The name that the family's reader asks for.
  static func reading(_ stored: String, _ family: Architecture) -> String {
    stored.hasPrefix(family.naming.prefix) ? String(stored.dropFirst(family.naming.prefix.count)) : stored
  }
}

extension JSONValue {
  fileprivate func numbers(_ key: String) -> [Double] {
    guard case .array(let values)? = self[key] else { return [] }
    return values.compactMap { $0.number }
  }

  fileprivate func integers(_ key: String) -> [Int] { numbers(key).map { Int($0) } }
}
