/// What the pre-tokenizers' patterns ask of a character.
///
/// Patterns see Unicode scalars, not Swift's grapheme clusters: a family emoji is seven scalars to them.
///
/// The classes are those of Swift's Unicode version; where the reference's tables are older and that shows,
/// ``ReferenceUnicode`` says so.
enum ScalarClass: UInt8 {
  /// `\p{L}`
  case letter
  /// `\p{M}`
  case mark
  /// `\p{N}`
  case number
  /// `\s`: the White_Space property.
  case space
  /// Everything else: punctuation, symbols, controls, unassigned.
  case other

  init(_ value: UInt32) {
    if value < 0x80 {
      self = Self.ascii[Int(value)]
    } else if Self.surelyLetter(value) {
      self = .letter
    } else {
      self = Self(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
  }

  private init(_ scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .nonspacingMark, .spacingMark, .enclosingMark: self = .mark
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = scalar.properties.isWhitespace ? .space : .other
    }
  }

  private static let ascii: [ScalarClass] = (0..<0x80).map { ScalarClass(Unicode.Scalar(UInt8($0))) }

  /// Blocks of nothing but letters, which spare the most used scripts the look-up.
  @inline(__always)
  private static func surelyLetter(_ value: UInt32) -> Bool {
    switch value {
    case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2AF, 0x388...0x38A, 0x38E...0x3A1, 0x3A3...0x3F5, 0x3F7...0x481,
      0x5D0...0x5EA, 0x620...0x64A, 0x904...0x939, 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xAC00...0xD7A3:
      true
    default: false
    }
  }
}

extension Unicode.Scalar {
  /// `\s`: the White_Space property.
  var isBlank: Bool { value < 0x80 ? value == 0x20 || 0x09...0x0D ~= value : properties.isWhitespace }

  /// `\p{P}`, and every ASCII character that is neither a letter, a digit, blank nor control (BERT's reading of
  /// punctuation, which takes `$`, `+`, `<` and the like along).
  var isBERTPunctuation: Bool {
    if value < 0x80 {
      return 0x21...0x2F ~= value || 0x3A...0x40 ~= value || 0x5B...0x60 ~= value || 0x7B...0x7E ~= value
    }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return isAssigned(in: ReferenceUnicode.bert)
    default: return value == 0x166D || value == 0x111C9
    }
  }

  /// `\p{C}` without the unassigned: what BERT's clean-up removes (tab and line ends are whitespace to it).
  var isBERTControl: Bool {
    if value < 0x80 {
      return value < 0x20 && value != 0x09 && value != 0x0A && value != 0x0D || value == 0x7F
    }
    switch properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: return isAssigned(in: ReferenceUnicode.bert)
    default: return false
    }
  }

  /// The CJK ideograph blocks that BERT isolates. Reference: google-research/bert, `_is_chinese_char`.
  var isBERTIdeograph: Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  /// `\w` as Unicode's TR18 reads it: letters, marks, decimal digits, connectors such as the underscore, joiners.
  var isWord: Bool {
    if value < 0x80 {
      return 0x61...0x7A ~= value || 0x41...0x5A ~= value || 0x30...0x39 ~= value || value == 0x5F
    }
    return isWordBeyondASCII && isAssigned(in: ReferenceUnicode.words)
  }

  private var isWordBeyondASCII: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      true
    default: properties.isAlphabetic || properties.isJoinControl
    }
  }
}

/// The scalar that begins at `index` of valid UTF-8, and its length in bytes.
@inline(__always)
func decodeScalar(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (value: UInt32, length: Int) {
  let first = UInt32(bytes[index])
  if first < 0x80 { return (first, 1) }
  let second = UInt32(bytes[index + 1]) & 0x3F
  if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
  let third = UInt32(bytes[index + 2]) & 0x3F
  if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
  return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[index + 3]) & 0x3F, 4)
}

/// The length in bytes of the scalar whose UTF-8 begins with `first`.
@inline(__always)
func scalarLength(_ first: UInt8) -> Int {
  first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
}
