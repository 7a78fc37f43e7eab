import ProbeModel

/// One intervention of a prompt run, as a person asks for it.
public struct Intervention: Sendable, Equatable {
  /// What is done to the activations.
  public enum Kind: Sendable, Equatable {
    /// They become 0.
    case zero
    /// They become their mean over all positions of the reference prompts.
    case mean
    /// They become those of the source prompt at the same position.
    case patch
    /// Patterns of attention become those of the source prompt.
    case freezePatterns
    /// A direction is removed.
    case projectOut(VectorSource)
    /// A vector is added, so many times.
    case steer(VectorSource, coefficient: Float)
  }

  /// What is done.
  public let kind: Kind
  /// Where.
  public let target: HookTarget

  /// An intervention.
  public init(_ kind: Kind, at target: HookTarget) { (self.kind, self.target) = (kind, target) }

  /// `POINT[@POSITIONS][#HEADS]=[COEFFICIENT*]DIRECTION`
  ///
  /// - Throws: ``SpecError`` `.syntax` for another form, ``ModelError`` `.badInput` for a target of another form.
  public init(steering text: String) throws {
    let (target, value) = try Self.parts(text)
    var (direction, coefficient) = (value, Float(1))
    if value.first != "\"", let star = value.firstIndex(of: "*") {
      let number = value[..<star].filter { $0 != " " }
      guard let parsed = Float(number), parsed.isFinite else {
        throw SpecError(
          .syntax, at: text, "\"\(number)\" is no coefficient", advice: "Write \(target.text)=4.5*DIRECTION")
      }
      (direction, coefficient) = (value[value.index(after: star)...], parsed)
    }
    self.init(
      .steer(try VectorSource(parsing: String(direction)), coefficient: coefficient), at: target)
  }

  /// `POINT[@POSITIONS][#HEADS]=DIRECTION`
  ///
  /// - Throws: as ``init(steering:)``.
  public init(projectingOut text: String) throws {
    let (target, direction) = try Self.parts(text)
    self.init(.projectOut(try VectorSource(parsing: String(direction))), at: target)
  }

  /// `LAYERS[@POSITIONS][#HEADS]`, the layers being `*`, `3`, `0..5` or `0,3`.
  ///
  /// - Throws: ``ModelError`` `.badInput` for a text of another form.
  public init(freezingPatterns text: String) throws {
    let layers = text.prefix { $0 != "@" && $0 != "#" }
    guard !layers.isEmpty,
      layers == "*" || layers.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == ",") })
    else {
      throw ModelError(
        .badInput, at: text, "\"\(layers)\" is no list of layers", advice: "Write *, 3, 0..5 or 0,3")
    }
    let blocks = layers == "*" ? "*" : "{\(layers)}"
    self.init(
      .freezePatterns,
      at: try HookTarget(parsing: "blocks.\(blocks).attn.hook_pattern\(text.dropFirst(layers.count))"))
  }

  private static func parts(_ text: String) throws -> (HookTarget, Substring) {
    guard let sign = text.firstIndex(of: "=") else {
      throw SpecError(.syntax, at: text, "no = and direction follow", advice: "Write \(text)=DIRECTION")
    }
    return (try HookTarget(parsing: String(text[..<sign])), text[text.index(after: sign)...])
  }

  /// Whether activations of the source prompts are needed.
  var needsSource: Bool { kind == .patch || kind == .freezePatterns }

  /// The name that results use.
  var name: String {
    switch kind {
    case .zero: "zero"
    case .mean: "mean"
    case .patch: "patch"
    case .freezePatterns: "freeze-patterns"
    case .projectOut: "project-out"
    case .steer: "steer"
    }
  }
}
