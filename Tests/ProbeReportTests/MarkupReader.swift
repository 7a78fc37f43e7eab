/// A strict little reader of markup, written apart from the writer: it refuses what a careless one lets
/// through.
struct MarkupReader {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// One element as it was opened.
  struct Element: Equatable {
    var name: String
    var attributes: [String: String]
    /// Text directly and indirectly inside, entities resolved.
    var text = ""
    /// Names of the enclosing elements, outermost first.
    var path: [String] = []
  }

  /// Every element in the order of its start tag.
  private(set) var elements: [Element] = []

  private var bytes: ArraySlice<Unicode.Scalar>
  private var open: [Int] = []

  init(_ page: String) throws {
    let doctype = "<!DOCTYPE html>\n"
    guard page.hasPrefix(doctype) else { throw Failure(description: "no doctype") }
    bytes = Array(page.unicodeScalars)[...].dropFirst(doctype.unicodeScalars.count)
    while let scalar = bytes.first {
      if scalar == "<" { try tag() } else { try text() }
    }
    guard open.isEmpty else { throw Failure(description: "never closed: \(elements[open[0]].name)") }
  }

  private mutating func tag() throws {
    bytes.removeFirst()
    let isEnd = take("/")
    let name = word()
    guard !name.isEmpty else {
      throw Failure(description: "a bare < before \(String(String.UnicodeScalarView(bytes.prefix(20))))")
    }
    if isEnd {
      guard take(">"), let index = open.popLast(), elements[index].name == name else {
        throw Failure(description: "</\(name)> closes nothing")
      }
      return
    }
    var attributes: [String: String] = [:]
    while take(" ") {
      if bytes.first == "/" { break }
      let attribute = word()
      guard !attribute.isEmpty, take("="), take("\"") else {
        throw Failure(description: "attribute in <\(name)>")
      }
      let value = bytes.prefix { $0 != "\"" }
      guard !value.contains("<"), !value.contains(">") else {
        throw Failure(description: "< in an attribute")
      }
      bytes = bytes.dropFirst(value.count + 1)
      guard attributes.updateValue(try resolved(value), forKey: attribute) == nil else {
        throw Failure(description: "\(attribute) twice in <\(name)>")
      }
    }
    let isEmpty = take("/")
    guard take(">") else { throw Failure(description: "<\(name) does not end") }
    elements.append(Element(name: name, attributes: attributes, path: open.map { elements[$0].name }))
    if !isEmpty { open.append(elements.count - 1) }
  }

  private mutating func text() throws {
    let run = bytes.prefix { $0 != "<" }
    bytes = bytes.dropFirst(run.count)
    let isStyle = open.last.map { elements[$0].name == "style" } ?? false
    let text = isStyle ? String(String.UnicodeScalarView(run)) : try resolved(run)
    for index in open { elements[index].text += text }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard bytes.first == scalar else { return false }
    bytes.removeFirst()
    return true
  }

  private mutating func word() -> String {
    let run = bytes.prefix {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-")
    }
    bytes = bytes.dropFirst(run.count)
    return String(String.UnicodeScalarView(run))
  }

  private func resolved(_ run: ArraySlice<Unicode.Scalar>) throws -> String {
    let entities: [String: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]
    var result = String.UnicodeScalarView()
    var rest = run
    while let scalar = rest.popFirst() {
      guard scalar == "&" else {
        result.append(scalar)
        continue
      }
      let name = rest.prefix { $0 != ";" }
      guard let entity = entities[String(String.UnicodeScalarView(name))] else {
        throw Failure(description: "unknown entity &\(String(String.UnicodeScalarView(name.prefix(10))));")
      }
      result.append(entity)
      rest = rest.dropFirst(name.count + 1)
    }
    return String(result)
  }
}
