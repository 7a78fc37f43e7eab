import Foundation
import Testing

@testable import ProbeModel

/// Keys that change the computation of some transformer somewhere, put into every family's configuration.
@Suite struct ConfigKeyTests {
  /// The configuration of a fixture as the family reads it, with `key` set.
  private func config(_ fixture: Fixture, _ key: String? = nil, _ value: JSONValue = .null) throws
    -> TransformerConfig
  {
    let path = fixture.path + "/config.json"
    guard case .object(var members) = try JSONValue(parsing: readFile(path), path: path) else {
      throw CancellationError()
    }
    if let key { members[key] = value }
    guard case .string(let type)? = members["model_type"] else { throw CancellationError() }
    let family = try #require(Architecture.all.first { $0.modelTypes.contains(type) })
    let reader = ConfigReader(json: .object(members), path: path)
    let config = try family.config(reader)
    try reader.finish()
    return config
  }

  static let fixtures = Fixture.all.filter {
    FileManager.default.fileExists(atPath: $0.path + "/config.json")
  }

  /// What a whole T5 says of itself is true of neither its encoder nor what is read here.
  private static let exempt: Set<String> = ["is_decoder", "is_encoder_decoder"]

  /// Either the family reads the key, and the configuration changes or the value is refused; or the key is refused. It is
  /// never passed over.
  @Test(arguments: fixtures)
  func aKeyThatMattersIsNeverPassedOver(_ fixture: Fixture) throws {
    let plain = try config(fixture)
    let keys = Set(ConfigKeys.consequential).union(ConfigKeys.neutralValues.keys)
    #expect(keys.count > 80)
    for key in keys.sorted() where !(fixture.name.hasPrefix("t5") && Self.exempt.contains(key)) {
      for value: JSONValue in [.number(0.375), .bool(true), .string("loud"), .integer(3)] {
        guard let changed = try? config(fixture, key, value) else { continue }
        // A family that has the key may have this very value already.
        if changed == plain, !isMeant(key, value, fixture) {
          Issue.record("\(key): \(value.text) made no difference")
        }
      }
    }
  }

  /// Values that say what the model is anyway.
  private func isMeant(_ key: String, _ value: JSONValue, _ fixture: Fixture) -> Bool {
    if ConfigKeys.isNeutral(key, value) { return true }
    let path = fixture.path + "/config.json"
    return (try? JSONValue(parsing: readFile(path), path: path))?[key] == value
  }

  /// What every configuration says and no computation depends on is left alone.
  @Test(arguments: fixtures)
  func harmlessKeysAreLeftAlone(_ fixture: Fixture) throws {
    guard !fixture.name.hasPrefix("probe-") else { return }
    let plain = try config(fixture)
    for (key, value): (String, JSONValue) in [
      ("transformers_version", .string("9.9")), ("attention_dropout", .number(0.1)),
      ("use_cache", .bool(true)), ("torch_dtype", .string("bfloat16")), ("_name_or_path", .string("x/y")),
      ("initializer_range", .number(0.02)), ("architectures", .array([.string("Any")])),
      ("task_specific_params", .object(["a": .integer(1)])),
    ] { #expect(try config(fixture, key, value) == plain, "\(key)") }
  }
}
