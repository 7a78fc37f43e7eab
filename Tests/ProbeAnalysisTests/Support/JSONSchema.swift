import Foundation
import ProbeModel

/// Checks a document against the part of JSON Schema 2020-12 that `docs/` uses. A keyword that it does not know is a
/// complaint too, so that a schema cannot say more than is checked.
struct JSONSchema {
  private let root: JSONValue

  init(_ data: Data) throws { root = try JSONDecoder().decode(JSONValue.self, from: data) }

  /// What does not fit, with its place; empty for a valid document.
  func complaints(about document: Data) throws -> [String] {
    check(try JSONDecoder().decode(JSONValue.self, from: document), root, "$")
  }

  private static let annotations: Set = ["$schema", "$defs", "title", "description"]

  private func check(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
    schema.members.flatMap { keyword, argument -> [String] in
      if Self.annotations.contains(keyword) { return [] }
      return checkObject(value.members, keyword, argument, schema, place, isObject: value.kind == "an object")
        ?? checkValue(value, keyword, argument, place)
    }
  }

  private func checkValue(_ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ place: String)
    -> [String]
  {
    switch (keyword, argument, value) {
    case ("$ref", .string(let path), _):
      let name = path.split(separator: "/").last.map { String($0) } ?? ""
      guard let target = root["$defs"]?[name] else { return ["no definition \(name)"] }
      return check(value, target, place)
    case ("type", .string(let type), _): return Self.isOf(type, value) ? [] : ["\(place) is no \(type)"]
    case ("const", _, _): return value == argument ? [] : ["\(place) is not \(argument)"]
    case ("enum", .array(let values), _):
      return values.contains(value) ? [] : ["\(place) is none of \(values)"]
    case ("minimum", .integer(let least), .integer(let number)):
      return number >= least ? [] : ["\(place) is below \(least)"]
    case ("pattern", .string(let pattern), .string(let text)):
      return text.range(of: pattern, options: .regularExpression) != nil
        ? [] : ["\(place) does not match \(pattern)"]
    case ("items", _, .array(let items)):
      return items.enumerated().flatMap { check($1, argument, "\(place)[\($0)]") }
    // These say nothing about values of another type.
    case ("minimum", .integer, _), ("pattern", .string, _), ("items", .object, _): return []
    default: return ["the schema's keyword \(keyword) is not checked"]
    }
  }

  /// Keywords about objects, which say nothing about other values; nil for another keyword.
  private func checkObject(
    _ members: [(String, JSONValue)], _ keyword: String, _ argument: JSONValue, _ schema: JSONValue,
    _ place: String,
    isObject: Bool
  ) -> [String]? {
    let known = schema["properties"]
    let names = members.map { $0.0 }
    switch (keyword, argument) {
    case ("required", .array(let required)):
      let missing = required.compactMap { name -> String? in
        guard case .string(let name) = name, !names.contains(name) else { return nil }
        return name
      }
      return isObject ? missing.map { "\(place) lacks \($0)" } : []
    case ("properties", .object):
      return members.flatMap { name, value in
        argument[name].map { check(value, $0, "\(place).\(name)") } ?? []
      }
    case ("additionalProperties", .bool(false)):
      return names.filter { known?[$0] == nil }.map { "\(place) has the unknown key \($0)" }
    case ("additionalProperties", .object):
      return members.filter { known?[$0.0] == nil }.flatMap { check($0.1, argument, "\(place).\($0.0)") }
    case ("propertyNames", .object):
      return names.flatMap { check(.string($0), argument, "\(place): the key \($0)") }
    default: return nil
    }
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
      ("integer", .integer),
      ("number", .integer), ("number", .number):
      true
    default: false
    }
  }
}

extension JSONValue {
  /// Members of an object in the order of their names; none of another value.
  fileprivate var members: [(String, JSONValue)] {
    guard case .object(let members) = self else { return [] }
    return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
