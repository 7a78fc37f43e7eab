import Foundation

/// The four Unicode normalization forms (UAX #15), with alignment.
///
/// Foundation normalizes whole strings and says nothing about what came from where; on Linux, its compatibility
/// composition also leaves pairs apart (U+FF76 U+FF9E), and it joins nothing to a composed character. So the
/// algorithm runs here, with Foundation supplying the decomposition of single scalars and the composition of
/// pairs, and Hangul by arithmetic. Text that is surely normal already, as most is, passes untouched.
enum UnicodeForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  /// Rewrites `text` in this form.
  func apply(to text: inout AlignedText) {
    if text.bytes.allSatisfy({ $0 < 0x80 }) || self == .nfc && Self.surelyComposed(text) { return }
    var builder = AlignedText.Builder(capacity: text.bytes.count)
    var changed = false
    var done = 0
    // Only a run of non-ASCII characters and the character before it can change.
    while let start = text.bytes[done...].firstIndex(where: { $0 >= 0x80 }) {
      let end = text.bytes[start...].firstIndex { $0 < 0x80 } ?? text.bytes.count
      let first = max(start - 1, done)
      builder.copy(done..<first, of: text)
      let rewrites = rewrite(first..<end, of: text, into: &builder)
      changed = rewrites || changed
      done = end
    }
    builder.copy(done..<text.bytes.count, of: text)
    if changed { text = builder.text }
  }

  /// Appends the normalized form of a part; returns whether it differs.
  private func rewrite(_ range: Range<Int>, of text: AlignedText, into builder: inout AlignedText.Builder)
    -> Bool
  {
    var parts = decompose(text, range)
    Self.reorder(&parts)
    if self == .nfc || self == .nfkc { Self.compose(&parts) }
    var position = range.lowerBound
    var changed = false
    for part in parts {
      if let original = part.untouched {
        builder.copy(original, of: text)
        changed = changed || original.lowerBound != position
        position = original.upperBound
      } else {
        builder.append(part.scalar, from: part.source)
        changed = true
      }
    }
    return changed || position != range.upperBound
  }

  /// Whether every scalar is of a block where NFC changes nothing: no marks, and nothing that decomposes.
  private static func surelyComposed(_ text: AlignedText) -> Bool {
    var composed = true
    text.forEachScalar { scalar, _ in
      switch scalar.value {
      case 0..<0x300, 0x388...0x3CE, 0x400...0x482, 0x5D0...0x5EA, 0x620...0x64A, 0x2010...0x2027,
        0x3041...0x3096,
        0x30A1...0x30FA, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0x1F300...0x1FAFF:
        break
      default: composed = false
      }
    }
    return composed
  }

  private func transform(_ string: String) -> String {
    switch self {
    case .nfc: string.precomposedStringWithCanonicalMapping
    case .nfd: string.decomposedStringWithCanonicalMapping
    case .nfkc: string.precomposedStringWithCompatibilityMapping
    case .nfkd: string.decomposedStringWithCompatibilityMapping
    }
  }

  /// One scalar of the result, and where it comes from.
  private struct Part {
    var scalar: Unicode.Scalar
    var combiningClass: UInt8
    var source: Range<Int>
    /// The bytes of the text that this part still equals.
    var untouched: Range<Int>?
  }

  private func decompose(_ text: AlignedText, _ range: Range<Int>) -> [Part] {
    let form: UnicodeForm = self == .nfc || self == .nfd ? .nfd : .nfkd
    var parts: [Part] = []
    parts.reserveCapacity(range.count)
    text.forEachScalar(in: range) { scalar, range in
      let source = text.source(of: range)
      if scalar.isASCII || !scalar.isAssigned(in: ReferenceUnicode.normalForms) {
        parts.append(Part(scalar: scalar, combiningClass: 0, source: source, untouched: range))
        return
      }
      let mapped = form.transform(String(scalar)).unicodeScalars
      let same = mapped.count == 1 && mapped.first == scalar
      for scalar in mapped {
        let combiningClass = scalar.referenceCombiningClass
        parts.append(
          Part(scalar: scalar, combiningClass: combiningClass, source: source, untouched: same ? range : nil))
      }
    }
    return parts
  }

  /// Canonical ordering: runs of combining marks are sorted by class, stably.
  private static func reorder(_ parts: inout [Part]) {
    var index = 0
    while index < parts.count {
      var end = index
      while end < parts.count, parts[end].combiningClass != 0 { end += 1 }
      if end - index > 1 {
        let sorted = parts[index..<end].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        parts.replaceSubrange(index..<end, with: sorted.map { $0.element })
      }
      index = max(end, index + 1)
    }
  }

  /// Canonical composition: a mark joins the last starter unless a mark between them blocks it.
  private static func compose(_ parts: inout [Part]) {
    var result: [Part] = []
    result.reserveCapacity(parts.count)
    var starter: Int?
    for part in parts {
      if let starter, !part.scalar.isASCII {
        let blocked =
          result.count - 1 > starter
          && (result[result.count - 1].combiningClass == 0
            || result[result.count - 1].combiningClass >= part.combiningClass)
        if !blocked, let composed = pair(result[starter].scalar, part.scalar) {
          let first = result[starter].source
          result[starter].scalar = composed
          result[starter].source =
            min(first.lowerBound, part.source.lowerBound)..<max(first.upperBound, part.source.upperBound)
          result[starter].untouched = nil
          continue
        }
      }
      if part.combiningClass == 0 { starter = result.count }
      result.append(part)
    }
    parts = result
  }

  private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    // Hangul syllables: 19 leads by 21 vowels by 27 finals (The Unicode Standard, section 3.12).
    if 0x1100..<0x1113 ~= first.value, 0x1161..<0x1176 ~= second.value {
      return Unicode.Scalar(0xAC00 + ((first.value - 0x1100) * 21 + second.value - 0x1161) * 28)
    }
    if 0xAC00..<0xD7A4 ~= first.value, (first.value - 0xAC00) % 28 == 0, 0x11A8..<0x11C3 ~= second.value {
      return Unicode.Scalar(first.value + second.value - 0x11A7)
    }
    var text = String.UnicodeScalarView()
    text.append(first)
    text.append(second)
    // Decomposed first: Foundation joins nothing to a character that is composed already.
    let parts = String(text).decomposedStringWithCanonicalMapping
    let composed = parts.precomposedStringWithCanonicalMapping.unicodeScalars
    guard composed.count == 1, let scalar = composed.first,
      scalar.isAssigned(in: ReferenceUnicode.normalForms)
    else { return nil }
    // It also takes a tag character (U+E0052) for the letter of its low bits: the result must come apart again.
    return String(scalar).decomposedStringWithCanonicalMapping.utf8.elementsEqual(parts.utf8) ? scalar : nil
  }
}
