/// Chooses hook points by name, glob or range.
///
/// `blocks.3.hook_resid_post`, `blocks.*.hook_resid_post`, `blocks.{0..5}.attn.hook_z`, `blocks.{0,11}.mlp.*`;
/// short forms leave out `blocks.` and `hook_` and put the layer last: `resid_post.3`, `attn.z.*`,
/// `resid_post.{0..11}`. `*` stands for any run of characters without a dot.
public struct PointSelector: Sendable, Equatable {
  /// The selector as written.
  public let text: String

  /// A selector; whether it fits a model is found out by ``select(_:from:)``.
  public init(_ text: String) { self.text = text }

  /// The points of `available` that any of the selectors names, in the order of computation.
  ///
  /// - Throws: ``ModelError`` `.unknownHook` for a selector that names none, with the nearest names.
  public static func select(
    _ selectors: [PointSelector], from available: [HookPoint]
  ) throws(ModelError) -> [HookPoint] {
    var chosen: Set<HookPoint> = []
    for selector in selectors {
      let patterns = expandBraces(selector.text)
      let matches = available.filter { point in
        patterns.contains { matchesGlob($0, point.name) || matchesGlob($0, point.shortName) }
      }
      guard !matches.isEmpty else {
        throw ModelError(
          .unknownHook, at: selector.text, "the model has no such hook point" + reason(patterns, available),
          advice: "Nearest: \(nearest(to: patterns[0], among: available).joined(separator: ", "))")
      }
      chosen.formUnion(matches)
    }
    return chosen.sorted()
  }

  /// Why a model lacks a point that others have; empty for a name that nothing has.
  private static func reason(_ patterns: [String], _ available: [HookPoint]) -> String {
    let here = Set(available.map { $0.site })
    let layers = Set(available.compactMap { $0.layer }).sorted()
    let absent = HookPoint.Site.allCases.first { site in
      guard !here.contains(site) else { return false }
      let points = site.isInBlock ? layers.map { HookPoint(site, layer: $0) } : [HookPoint(site)]
      return points.contains { point in
        patterns.contains { matchesGlob($0, point.name) || matchesGlob($0, point.shortName) }
      }
    }
    return absent.map { ": \($0.absence)" } ?? ""
  }

  /// `a.{0..2}` → `a.0`, `a.1`, `a.2`; `a.{x,y}` → `a.x`, `a.y`. Braces that hold neither, or too many, stay.
  static func expandBraces(_ text: String) -> [String] {
    guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else {
      return [text]
    }
    let (head, inside, tail) = (
      text[..<open], text[text.index(after: open)..<close], text[text.index(after: close)...]
    )
    let ends = inside.split(separator: ".", omittingEmptySubsequences: true).compactMap { Int($0) }
    let choices: [String]
    if inside.contains(".."), ends.count == 2, ends[0] >= 0, ends[0] <= ends[1], ends[1] - ends[0] < 1000 {
      choices = (ends[0]...ends[1]).map { String($0) }
    } else {
      choices = inside.split(separator: ",").map { String($0) }
    }
    let tails = expandBraces(String(tail))
    // Ranges multiply: beyond any model's number of points the text names nothing.
    guard !choices.isEmpty, choices.count * tails.count <= 1000 else { return [text] }
    return choices.flatMap { choice in tails.map { head + choice + $0 } }
  }

  /// Whether `name` fits a pattern in which `*` stands for characters other than a dot.
  static func matchesGlob(_ pattern: String, _ name: String) -> Bool {
    let (parts, names) = (
      pattern.split(separator: ".", omittingEmptySubsequences: false),
      name.split(separator: ".", omittingEmptySubsequences: false)
    )
    return parts.count == names.count && zip(parts, names).allSatisfy { matchesPart($0, $1) }
  }

  /// Literal pieces between stars, each found as early as possible: linear, whatever the number of stars.
  private static func matchesPart(_ pattern: Substring, _ name: Substring) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return pattern == name }
    guard name.count >= first.count + last.count, name.hasPrefix(first), name.hasSuffix(last) else {
      return false
    }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  /// The three names closest to `text`, full or short, by edit distance.
  static func nearest(to text: String, among available: [HookPoint]) -> [String] {
    let scored = available.map { point in
      (distance: min(editDistance(text, point.name), editDistance(text, point.shortName)), point: point)
    }
    return scored.sorted { ($0.distance, $0.point) < ($1.distance, $1.point) }.prefix(3).map { $0.point.name }
  }
}

extension HookPoint {
  /// `resid_post.3`, `attn.z.0`; the full name for points outside blocks.
  public var shortName: String {
    layer.map { "\(site.shortName).\($0)" } ?? site.shortName
  }
}

extension HookPoint.Site {
  /// `resid_post`, `attn.z`
  public var shortName: String { rawValue.replacing("hook_", with: "") }
}

/// Least number of insertions, deletions and replacements that turn `a` into `b` (Levenshtein).
public func editDistance(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (left == right ? 0 : 1))
      (diagonal, row[j + 1]) = (row[j + 1], next)
    }
  }
  return row[b.count]
}
