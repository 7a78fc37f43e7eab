import Foundation
import Testing

@testable import ProbeModel

/// JSON as RFC 8259 has it, with the limits that a file from anywhere needs.
@Suite struct StrictJSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Data(text.utf8), path: "c.json")
  }

  static let sound: [(String, JSONValue)] = [
    ("null", .null), (" true ", .bool(true)), ("\t\r\n-12", .integer(-12)), ("0", .integer(0)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(0x1p63)), ("1.0", .integer(1)), ("1e5", .integer(100_000)),
    ("-0.5", .number(-0.5)), ("1E-2", .number(0.01)), ("1e300", .number(1e300)), ("[]", .array([])),
    ("{}", .object([:])), ("[1,[2]]", .array([.integer(1), .array([.integer(2)])])),
    (#"{"a":{"a":1}}"#, .object(["a": .object(["a": .integer(1)])])),
    (#""é\u00e9\n\"\\\/\b\f\r\t\u0000""#, .string("éé\n\"\\/\u{8}\u{c}\r\t\0")),
    (#""\ud83d\ude00😀""#, .string("😀😀")),
  ]

  @Test(arguments: sound)
  func aDocumentIsRead(_ text: String, _ value: JSONValue) throws { #expect(try parse(text) == value) }

  @Test(arguments: [
    ("", "the text ends where a value is expected (line 1, column 1)"),
    ("[1,\n 2,]", "expected a value (line 2, column 4)"),
    ("[1 2]", "expected a comma or ] (line 1, column 4)"),
    (#"{"a":1,}"#, "expected a key in quotes (line 1, column 8)"),
    (#"{"a" 1}"#, "expected a colon after the key (line 1, column 6)"),
    (#"{"a":1 "b":2}"#, "expected a comma or } (line 1, column 8)"),
    (#"{"a":1,"b":2,"a":3}"#, #"the key "a" occurs twice (line 1, column 14)"#),
    (#"{"a":1,"\u0061":3}"#, #"the key "a" occurs twice (line 1, column 8)"#),
    ("01", "a number with a leading zero (line 1, column 1)"), ("-", "expected a value (line 1, column 2)"),
    ("1.", "expected a digit after the point (line 1, column 3)"),
    ("1e", "expected a digit in the exponent (line 1, column 3)"),
    ("+1", "expected a value (line 1, column 1)"),
    ("1e999", "a number out of range (line 1, column 1)"), ("NaN", "expected a value (line 1, column 1)"),
    ("nul", "expected a value (line 1, column 1)"),
    ("1 2", "text after the end of the document (line 1, column 3)"),
    ("\u{feff}1", "expected a value (line 1, column 1)"), ("\"a", "a string without end (line 1, column 1)"),
    ("\"\\", "a string without end (line 1, column 2)"),
    ("\"\t\"", "a control character in a string (line 1, column 2)"),
    (#""\x""#, "an unknown escape (line 1, column 2)"),
    (#""\u12"#, "expected four hexadecimal digits (line 1, column 6)"),
    (#""\ud800""#, "half a surrogate pair (line 1, column 2)"),
    (#""\udc00""#, "half a surrogate pair (line 1, column 2)"),
    (#""\ud800\u0041""#, "half a surrogate pair (line 1, column 2)"),
  ])
  func anythingElseIsRefusedWithItsPlace(_ text: String, _ problem: String) throws {
    let error = try modelError { try parse(text) }
    #expect(error == ModelError(.corrupt, at: "c.json", "not valid JSON: \(problem)"))
  }

  @Test func bytesThatAreNotUTF8AreRefused() throws {
    let bytes = Data([0x22, 0x61, 0xff, 0x22])
    let error = try modelError { try JSONValue(parsing: bytes, path: "c.json") }
    #expect(error.problem == "not valid JSON: a string that is not UTF-8 (line 1, column 2)")
  }

  @Test func nestingHasALimit() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(128))
    for depth in [129, 1_000_000] {
      let error = try modelError { try parse(nested(depth)) }
      #expect(error.problem == "not valid JSON: nested more than 128 deep (line 1, column 129)")
    }
  }

  /// Small objects take many times the memory of their text.
  @Test func aDocumentOfBracketsIsRefusedBeforeItGrows() throws {
    let error = try modelError { try parse("[" + String(repeating: "{\"\":0},", count: 400_000) + "0]") }
    #expect(error.problem.hasPrefix("not valid JSON: more values than a document of this size may hold"))
    // An index of 50,000 tensors is nothing of the kind.
    let entries = (0..<50_000).map { "\"model.layers.\($0).weight\": \"model-1.safetensors\"" }
    _ = try parse("{" + entries.joined(separator: ",") + "}")
  }
}
