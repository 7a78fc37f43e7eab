/// Fragments of a page: safe in an id, a link and a person's address bar.
enum Anchors {
  /// Fragments the page itself uses.
  private static let reserved = ["main", "verdict", "warnings", "provenance", "reproduce"]

  /// One fragment an id, in order. ASCII letters, digits, `-` and `_` are kept, the rest becomes `-`; one
  /// that is taken gets the next number. No fragment holds a full stop: that separates a section from its
  /// blocks.
  static func unique(_ ids: [String]) -> [String] {
    var taken = Set(reserved)
    return ids.map { id in
      let base = slug(id)
      var anchor = base
      var number = 2
      while taken.contains(anchor) || anchor.hasSuffix("-heading") {
        anchor = "\(base)-\(number)"
        number += 1
      }
      taken.insert(anchor)
      return anchor
    }
  }

  private static func slug(_ id: String) -> String {
    let kept = id.unicodeScalars.prefix(80).map { scalar -> Character in
      let isSafe =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
      return isSafe ? Character(scalar) : "-"
    }
    return kept.contains { $0 != "-" } ? String(kept) : "section"
  }
}
