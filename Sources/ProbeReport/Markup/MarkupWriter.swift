/// Writes a tree of markup as text that is both HTML and well-formed as XML.
struct MarkupWriter {
  /// Where a text stands: among elements, or where only characters may be (SVG, `<title>`).
  private enum Context {
    case elements
    case characters
  }

  private var output = ""

  /// The tree as text.
  static func text(_ root: Markup) -> String {
    var writer = MarkupWriter()
    writer.write(root, in: .elements)
    return writer.output
  }

  private mutating func write(_ node: Markup, in context: Context) {
    switch node {
    case .element(let name, let attributes, let children):
      writeElement(name.description, attributes, children, in: context)
    case .text(let text, let policy): write(VisibleText(text, policy: policy), in: context)
    case .fragment(let children):
      for child in children { write(child, in: context) }
    case .stylesheet: output += Stylesheet.text
    }
  }

  private mutating func writeElement(
    _ name: String, _ attributes: [Attribute], _ children: [Markup], in context: Context
  ) {
    output += "<\(name)"
    for attribute in attributes {
      output += " \(attribute.name)=\""
      writeEscaped(VisibleText(attribute.value, policy: attribute.policy).flat)
      output += "\""
    }
    if Self.void.contains(name) {
      output += name == "wbr" ? " />" : " />\n"
      return
    }
    output += ">"
    let inner: Context = Self.characterOnly.contains(name) ? .characters : context
    for child in children { write(child, in: inner) }
    output += "</\(name)>"
    if Self.endsLine.contains(name) { output += "\n" }
  }

  private mutating func write(_ text: VisibleText, in context: Context) {
    guard context == .elements else {
      writeEscaped(text.flat)
      return
    }
    for piece in text.pieces {
      switch piece {
      case .plain(let text): writeEscaped(text)
      case .hidden(let scalar, let count):
        output += "<span class=\"hidden-character\">\(VisibleText.name(scalar, count: count))</span>"
      case .cut(let shown, let total):
        output += "<span class=\"cut\">… \(VisibleText.cutText(shown: shown, total: total))</span>"
      }
    }
  }

  private mutating func writeEscaped(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default: output.unicodeScalars.append(scalar)
      }
    }
  }

  private static let void: Set<String> = ["meta", "br", "wbr", "hr", "col"]
  private static let characterOnly: Set<String> = ["svg", "title"]
  /// Elements after which a line ends, so that reports can be read and compared line by line.
  private static let endsLine: Set<String> = [
    "head", "title", "style", "body", "header", "main", "footer", "nav", "section", "aside", "h1", "h2", "h3",
    "p",
    "div", "ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "table", "caption", "thead", "tbody",
    "tr",
    "details", "summary", "pre", "svg", "desc", "g", "path", "line", "rect", "circle", "text",
  ]
}
