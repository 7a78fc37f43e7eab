/// A tree of HTML and SVG. Text and attribute values can only enter as text: they are escaped, and made
/// visible, when the tree is written. Element and attribute names are literals of this source, never data.
indirect enum Markup: Sendable {
  /// An element with its attributes and contents.
  case element(StaticString, [Attribute], [Markup])
  /// Text from anywhere.
  case text(String, TextPolicy)
  /// Several nodes in a row.
  case fragment([Markup])
  /// The page's one stylesheet, verbatim.
  case stylesheet

  /// Nothing at all.
  static let nothing = Markup.fragment([])

  /// Text under the usual limit.
  static func text(_ text: String) -> Markup { .text(text, .paragraph) }
  /// A short piece of text: a label, a table cell.
  static func label(_ text: String) -> Markup { .text(text, .label) }

  /// A label that may be a long dotted name: a line may end after a full stop or a low line.
  static func breakableName(_ text: String) -> [Markup] {
    guard text.utf8.count <= TextPolicy.label.limit else { return [.label(text)] }
    var parts: [Markup] = []
    var start = text.startIndex
    while let end = text[start...].firstIndex(where: { $0 == "." || $0 == "_" || $0 == "/" }) {
      let next = text.index(after: end)
      if !parts.isEmpty { parts.append(tag("wbr")) }
      parts.append(.label(String(text[start..<next])))
      start = next
    }
    if !parts.isEmpty && start < text.endIndex { parts.append(tag("wbr")) }
    return parts + [.label(String(text[start...]))]
  }
}

/// One attribute: a literal name and a value that is escaped when written.
struct Attribute: Sendable {
  let name: StaticString
  let value: String
  let policy: TextPolicy

  init(_ name: StaticString, _ value: String, policy: TextPolicy = .paragraph) {
    self.name = name
    self.value = value
    self.policy = policy
  }

  /// A number in at most two decimals. Geometry is finite by construction; anything else is written as 0.
  init(_ name: StaticString, _ value: Double) {
    self.init(name, Coordinate.text(value))
  }

  static func `class`(_ names: String) -> Attribute { Attribute("class", names) }
  static func id(_ id: String) -> Attribute { Attribute("id", id) }
  /// A link inside the page; there is no way to write any other kind.
  static func fragment(_ id: String) -> Attribute { Attribute("href", "#" + id) }
}

/// Numbers in SVG attributes: short, locale independent.
enum Coordinate {
  static func text(_ value: Double) -> String {
    guard value.magnitude < 1e6 else { return "0" }
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    if rest.isMultiple(of: 10) { return "\(sign)\(whole).\(rest / 10)" }
    return rest < 10 ? "\(sign)\(whole).0\(rest)" : "\(sign)\(whole).\(rest)"
  }
}

/// An element whose contents are written as a block of nodes; a bare string in it is text.
func tag(
  _ name: StaticString, _ attributes: Attribute..., @MarkupBuilder content: () -> [Markup] = { [] }
) -> Markup {
  .element(name, attributes, content())
}

/// Collects the nodes of an element.
@resultBuilder
enum MarkupBuilder {
  static func buildExpression(_ node: Markup) -> [Markup] { [node] }
  static func buildExpression(_ nodes: [Markup]) -> [Markup] { nodes }
  static func buildExpression(_ text: String) -> [Markup] { [.text(text, .paragraph)] }
  static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap { $0 } }
  static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
  static func buildEither(first part: [Markup]) -> [Markup] { part }
  static func buildEither(second part: [Markup]) -> [Markup] { part }
  static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap { $0 } }
}
