/// Hook points and a selection inside them, as a person writes them: `POINT[@POSITIONS][#HEADS]`.
///
/// | text | meaning |
/// |---|---|
/// | `resid_post.12` | all of `blocks.12.hook_resid_post` |
/// | `resid_post.{4..8}@-1` | the last position, at five points |
/// | `attn.z.3@0,2..4#1,5` | heads 1 and 5 at the positions 0, 2, 3 and 4 |
/// | `blocks.*.hook_mlp_out@5..` | from position 5 on, at every block |
///
/// POINT is any ``PointSelector``. A range holds both of its ends; negative positions count from the end.
public struct HookTarget: Sendable, Equatable {
  /// The target as written.
  public let text: String
  /// The points.
  public let selector: PointSelector
  /// Where inside them.
  public let selection: Selection

  /// Reads a target.
  ///
  /// - Throws: ``ModelError`` `.badInput` for a text of another form. Whether a model has the points is found out by
  ///   ``points(of:)``, whether positions and heads fit when the hook runs.
  public init(parsing text: String) throws(ModelError) {
    self.text = text
    let end = text.firstIndex { $0 == "@" || $0 == "#" } ?? text.endIndex
    let (point, rest) = (text[..<end], text[end...])
    guard !point.isEmpty else {
      throw Self.error(text, "it names no hook point", advice: "Write POINT[@POSITIONS][#HEADS]")
    }
    let parts = rest.split(separator: "#", omittingEmptySubsequences: false)
    let positions = parts.first.flatMap { $0.first == "@" ? $0.dropFirst() : nil }
    let heads = parts.count > 1 ? parts[1] : nil
    guard parts.count <= 2, positions?.contains("@") != true, heads?.contains("@") != true else {
      throw Self.error(
        text, "one @ with positions, then one # with heads may follow the point",
        advice: "Write POINT[@POSITIONS][#HEADS]")
    }
    selector = PointSelector(String(point))
    var selection = Selection.all
    if let positions { selection.positions = try Self.positions(positions, in: text) }
    if let heads { selection.heads = .only(try Self.indices(heads, of: "head", isSigned: false, in: text)) }
    self.selection = selection
  }

  /// The points of `model` that are meant, in the order of computation.
  ///
  /// - Throws: ``ModelError`` `.unknownHook`, with the nearest names.
  public func points(of model: HookedTransformer) throws(ModelError) -> [HookPoint] {
    try PointSelector.select([selector], from: model.hookPoints)
  }

  private static func positions(_ text: Substring, in whole: String) throws(ModelError) -> Selection.Positions
  {
    if text.hasSuffix(".."), let first = Int(text.dropLast(2)), first >= 0 { return .from(first) }
    return .at(try indices(text, of: "position", isSigned: true, in: whole))
  }

  /// `0,2..4` → 0, 2, 3, 4
  private static func indices(
    _ text: Substring, of noun: String, isSigned: Bool, in whole: String
  ) throws(ModelError) -> [Int] {
    var indices: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
        isSigned || low >= 0
      else {
        throw error(
          whole, "\"\(part)\" is no \(noun)",
          advice: isSigned
            ? "Write 3, -1 (the last), 0..4, or several with commas; 5.. alone is from 5 on"
            : "Write 3, 0..4, or several with commas")
      }
      // Where 2..-1 ends depends on the sequence.
      guard low <= high, (low < 0) == (high < 0) else {
        throw error(whole, "\(part) is no range: both ends from the same side, the lower first")
      }
      guard high - low < longestRange else {
        throw error(whole, "\(part) is a range of more than \(longestRange)")
      }
      indices.append(contentsOf: low...high)
    }
    return indices
  }

  /// Beyond any context; a range is written out.
  private static let longestRange = 1 << 20

  private static func error(_ text: String, _ problem: String, advice: String = "") -> ModelError {
    ModelError(.badInput, at: text, problem, advice: advice)
  }
}
