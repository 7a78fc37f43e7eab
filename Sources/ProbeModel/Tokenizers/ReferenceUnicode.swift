/// The Unicode versions behind the reference's tables, which are older than Swift's: its normal forms and
/// `StripAccents` know Unicode 9, BERT's clean-up and punctuation Unicode 8, `\w` of `Whitespace` Unicode 16.
///
/// A character assigned later is, to them, unassigned. The few characters whose category changed since are named.
/// Compared with the reference over all code points.
enum ReferenceUnicode {
  static let normalForms = 9
  static let bert = 8
  static let words = 16
}

extension Unicode.Scalar {
  /// Whether this major version of Unicode has the character.
  func isAssigned(in version: Int) -> Bool {
    guard value >= 0x80 else { return true }
    guard let age = properties.age else { return false }
    return age.major <= version
  }

  /// Whether `StripAccents` removes the character: `\p{M}`.
  var isAccent: Bool {
    guard value >= 0x300 else { return false }
    switch value {
    case 0x1CF2, 0x1CF3: return true
    case 0x111C9: return false
    default: return ScalarClass(value) == .mark && isAssigned(in: ReferenceUnicode.normalForms)
    }
  }

  /// Whether BERT's clean-up removes the character once it is decomposed: `\p{Mn}`.
  var isBERTAccent: Bool {
    guard value >= 0x300 else { return false }
    switch value {
    case 0x1734, 0x1171E: return true
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
    default:
      return properties.generalCategory == .nonspacingMark && isAssigned(in: ReferenceUnicode.bert)
    }
  }

  /// The canonical combining class.
  var referenceCombiningClass: UInt8 {
    isAssigned(in: ReferenceUnicode.normalForms) ? properties.canonicalCombiningClass.rawValue : 0
  }
}
