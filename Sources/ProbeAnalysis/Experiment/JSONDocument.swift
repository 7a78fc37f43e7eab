import Foundation
import ProbeModel

/// A JSON document kept as it is inside another: findings of any analysis in a results file.
public struct JSONDocument: Sendable, Codable, Equatable {
  /// The document.
  public let value: JSONValue

  /// The JSON form of a value.
  public init(encoding value: some Encodable) throws {
    let data = try JSONEncoder().encode(value)
    self.value = try JSONDecoder().decode(JSONValue.self, from: data)
  }

  /// Reads the document back as a value.
  public func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(value))
  }

  /// Reads any JSON value.
  public init(from decoder: any Decoder) throws { value = try JSONValue(from: decoder) }

  /// Writes the value as it is.
  public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
