import Foundation

/// The four Unicode normalization forms (UAX #15), with alignment.
///
/// Foundation normalizes whole strings and says nothing about what came from where. So it is asked first whether
/// anything changes at all (rarely), and only then the algorithm runs scalar by scalar, with Foundation supplying
/// the decomposition of single scalars and the composition of pairs.
enum UnicodeForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  /// Rewrites `text` in this form.
  func apply(to text: inout AlignedText) {
    if text.bytes.allSatisfy({ $0 < 0x80 }) { return }
    let string = String(decoding: text.bytes, as: UTF8.self)
    if transform(string).utf8.elementsEqual(text.bytes) { return }
    var parts = decompose(text)
    Self.reorder(&parts)
    if self == .nfc || self == .nfkc { Self.compose(&parts) }
    var builder = AlignedText.Builder(capacity: text.bytes.count)
    for part in parts {
      if let original = part.untouched {
        builder.copy(original, of: text)
      } else {
        builder.append(part.scalar, from: part.source)
      }
    }
    text = builder.text
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

  private func decompose(_ text: AlignedText) -> [Part] {
    let form: UnicodeForm = self == .nfc || self == .nfd ? .nfd : .nfkd
    var parts: [Part] = []
    parts.reserveCapacity(text.bytes.count)
    text.forEachScalar { scalar, range in
      let source = text.source(of: range)
      if scalar.isASCII {
        parts.append(Part(scalar: scalar, combiningClass: 0, source: source, untouched: range))
        return
      }
      let mapped = form.transform(String(scalar)).unicodeScalars
      let same = mapped.count == 1 && mapped.first == scalar
      for scalar in mapped {
        let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
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
    var text = String.UnicodeScalarView()
    text.append(first)
    text.append(second)
    let composed = String(text).precomposedStringWithCanonicalMapping.unicodeScalars
    return composed.count == 1 ? composed.first : nil
  }
}
