import Foundation
import ProbeMath
import ProbeModel

/// Where a direction comes from, as a person writes it: `FILE.json`, `"text"`, or `"text" - "other text"`.
///
/// A text stands for its activations at the last token, at the very point that the direction is for; a pair stands for
/// the difference. Inside the quotes `\"` is a quote and `\\` a backslash.
public enum VectorSource: Sendable, Equatable {
  /// A JSON file: one vector `[…]`, or several `[[…], …]`.
  case file(String)
  /// The activations of a text, less those of another.
  case texts(String, minus: String?)

  /// Reads a source.
  ///
  /// - Throws: ``SpecError`` `.syntax`.
  public init(parsing text: String) throws(SpecError) {
    let text = text.drop { $0 == " " }
    guard text.first == "\"" else {
      guard !text.isEmpty else { throw Self.error("", "it is missing") }
      self = .file(String(text))
      return
    }
    var rest = text
    let first = try Self.quoted(&rest)
    rest = rest.drop { $0 == " " }
    guard !rest.isEmpty else {
      self = .texts(first, minus: nil)
      return
    }
    guard rest.first == "-" || rest.first == "−" else {
      throw Self.error(text, "after the first text comes - and the second, not \"\(rest)\"")
    }
    rest = rest.dropFirst().drop { $0 == " " }
    guard rest.first == "\"" else { throw Self.error(text, "the second text stands in quotes as well") }
    let second = try Self.quoted(&rest)
    guard rest.allSatisfy({ $0 == " " }) else {
      throw Self.error(text, "\"\(rest)\" follows the second text")
    }
    self = .texts(first, minus: second)
  }

  /// Takes a text in quotes from the front.
  private static func quoted(_ text: inout Substring) throws(SpecError) -> String {
    let whole = text
    var (content, isEscaped) = ("", false)
    text = text.dropFirst()
    while let character = text.popFirst() {
      if isEscaped {
        content.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        return content
      } else {
        content.append(character)
      }
    }
    throw error(whole, "a quote is missing at the end")
  }

  private static func error(_ text: Substring, _ problem: String) -> SpecError {
    SpecError(
      .syntax, at: "direction \(text)", problem,
      advice: "Write FILE.json, \"a text\", or \"a text\" - \"another text\"")
  }

  /// The vectors of a file, `[count, width]`.
  ///
  /// - Throws: ``SpecError`` `.notFound`, `.unreadable`, `.wrongType`; ``ModelError`` for JSON that is not valid.
  static func vectors(inFile path: String) throws -> Tensor {
    guard FileManager.default.fileExists(atPath: path) else {
      throw SpecError(.notFound, at: path, "no such file")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SpecError(.unreadable, at: path, "the file cannot be read")
    }
    guard case .array(let items) = try JSONValue(parsing: data, path: path), let first = items.first else {
      throw SpecError(.wrongType, at: path, "expected a vector [1.5, …] or several [[…], …]")
    }
    guard case .array = first else { return Tensor(rows: [try vector(items, path)]) }
    var rows: [[Float]] = []
    for (index, item) in items.enumerated() {
      guard case .array(let numbers) = item else {
        throw SpecError(.wrongType, at: "\(path), [\(index)]", "expected a vector, found \(item.kind)")
      }
      rows.append(try vector(numbers, "\(path), [\(index)]"))
      guard rows[index].count == rows[0].count else {
        throw SpecError(
          .badValue, at: "\(path), [\(index)]",
          "\(rows[index].count) values, the first vector has \(rows[0].count)")
      }
    }
    return Tensor(rows: rows)
  }

  private static func vector(_ items: [JSONValue], _ place: String) throws(SpecError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      switch item {
      case .integer(let value): values.append(Float(value))
      case .number(let value) where Float(value).isFinite: values.append(Float(value))
      case .number:
        throw SpecError(.badValue, at: "\(place)[\(index)]", "the number is beyond float32")
      default: throw SpecError(.wrongType, at: "\(place)[\(index)]", "expected a number, found \(item.kind)")
      }
    }
    return values
  }
}
