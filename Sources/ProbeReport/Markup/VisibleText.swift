/// Splits text into what can be shown as it is and what would act unseen.
///
/// Control characters, ANSI escapes, bidirectional controls, zero-width and other ignorable characters, line
/// separators and non-characters become their code point's name (`U+202E`); a run of one becomes `U+0000
/// ×37`. Combining marks that start a text or pile up higher than any writing system needs are treated alike.
struct VisibleText {
  /// A part of the text.
  enum Piece: Equatable {
    /// Characters to show as they are (after escaping).
    case plain(String)
    /// A character that would not be seen, `count` times.
    case hidden(Unicode.Scalar, count: Int)
    /// The end of what is shown of a text of `total` Unicode scalars.
    case cut(shown: Int, total: Int)
  }

  /// Marks on one base character beyond which they are shown as code points (Tibetan and Hebrew need 5 or 6).
  private static let tallestStack = 8

  /// What the name of a hidden character takes of the limit, on top of the character: it is longer.
  private static let nameCost = 12

  let pieces: [Piece]

  init(_ text: String, policy: TextPolicy) {
    if text.utf8.count <= policy.limit && policy.blanks != .show && Self.isPrintableASCII(text) {
      pieces = text.isEmpty ? [] : [.plain(text)]
      return
    }
    var collector = Collector()
    var marks = Self.tallestStack
    var shown = 0
    var room = policy.limit
    for scalar in text.unicodeScalars {
      if room <= 0 { break }
      shown += 1
      room -= 1
      marks = Self.isMark(scalar) ? marks + 1 : 0
      if let symbol = Self.symbol(scalar, blanks: policy.blanks) {
        collector.add(symbol)
      } else if Self.isHidden(scalar, blanks: policy.blanks) || marks > Self.tallestStack {
        if collector.addHidden(scalar) { room -= Self.nameCost }
      } else {
        collector.add(scalar)
      }
    }
    collector.flush()
    let total = room > 0 ? shown : text.unicodeScalars.count
    if total > shown { collector.pieces.append(.cut(shown: shown, total: total)) }
    pieces = collector.pieces
  }

  /// The text as one string, for attributes, titles and SVG, where there is no room for markup.
  var flat: String {
    pieces.map { piece in
      switch piece {
      case .plain(let text): text
      case .hidden(let scalar, let count): "⟨\(Self.name(scalar, count: count))⟩"
      case .cut(let shown, let total): "… [\(Self.cutText(shown: shown, total: total))]"
      }
    }.joined()
  }

  /// `U+202E`, or `U+0000 ×37` for a run.
  static func name(_ scalar: Unicode.Scalar, count: Int) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    return count == 1 ? name : "\(name) ×\(NumberText.grouped(count))"
  }

  /// What a cut says.
  static func cutText(shown: Int, total: Int) -> String {
    "cut: first \(NumberText.grouped(shown)) of \(NumberText.grouped(total)) characters"
  }

  private static func isPrintableASCII(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
  }

  /// The visible stand-in for a blank of a token.
  private static func symbol(_ scalar: Unicode.Scalar, blanks: TextPolicy.Blanks) -> Unicode.Scalar? {
    guard blanks == .show else { return nil }
    switch scalar {
    case " ": return "␣"
    case "\n": return "↵"
    case "\t": return "⇥"
    default: return nil
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar, blanks: TextPolicy.Blanks) -> Bool {
    if scalar == "\n" || scalar == "\t" { return false }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
    case .spaceSeparator: return blanks == .show
    default: break
    }
    // Variation selectors 1–16 choose between text and emoji faces and are counted as marks.
    let isVariationSelector = (0xFE00...0xFE0F).contains(scalar.value)
    return properties.isNoncharacterCodePoint
      || (properties.isDefaultIgnorableCodePoint && !isVariationSelector)
  }
}

/// Gathers neighbouring characters of one kind.
private struct Collector {
  var pieces: [VisibleText.Piece] = []
  private var plain = String.UnicodeScalarView()
  private var hidden: Unicode.Scalar?
  private var count = 0

  mutating func add(_ scalar: Unicode.Scalar) {
    if hidden != nil { flush() }
    plain.append(scalar)
  }

  /// Adds a character to name; true when it starts a run.
  mutating func addHidden(_ scalar: Unicode.Scalar) -> Bool {
    let isNew = hidden != scalar
    if isNew {
      flush()
      hidden = scalar
    }
    count += 1
    return isNew
  }

  mutating func flush() {
    if let hidden {
      pieces.append(.hidden(hidden, count: count))
    } else if !plain.isEmpty {
      pieces.append(.plain(String(plain)))
    }
    plain.removeAll()
    hidden = nil
    count = 0
  }
}
