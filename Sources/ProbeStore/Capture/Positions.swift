/// Which positions of a sequence are captured.
///
/// Written in specs, on the command line and in the store as ``rawValue``: `all`, `last`, `labelled`, `mean`,
/// `pooled`, a list such as `0,5,-1`, or `every:8`.
public enum Positions: Sendable, Hashable {
  /// Every token, sentinels included.
  case all
  /// The last token of the text itself, or of the prompt of a chat format, before anything that the tokenizer
  /// appends.
  case last
  /// The tokens that share a byte with a labelled span.
  case labelled
  /// One row per example: the mean over the text's own tokens, sentinels left out.
  case mean
  /// One row per example that something else computed: imported activations.
  case pooled
  /// These positions of the text's own tokens: from 0 on, or from the end, where −1 is the last. Those that a
  /// sequence does not have are left out.
  case at([Int])
  /// Positions 0, n, 2n, … of the text's own tokens.
  case every(Int)

  /// Whether there is one row per example, which stands for no token.
  public var isPooled: Bool { self == .mean || self == .pooled }

  /// Indices of the captured tokens among those of a sequence; none for pooled captures.
  ///
  /// - Parameter own: indices of the text's own tokens.
  func listed(in own: Range<Int>) -> [Int] {
    switch self {
    case .at(let positions):
      Set(positions.map { $0 < 0 ? own.upperBound + $0 : own.lowerBound + $0 }).filter(own.contains).sorted()
    case .every(let step): Array(stride(from: own.lowerBound, to: own.upperBound, by: step))
    default: []
    }
  }
}

extension Positions: RawRepresentable {
  /// What a capture command may ask for, for messages.
  public static let forms = ["all", "last", "labelled", "mean", "a list such as 0,5,-1", "every:N"]

  /// Numbers of a list, at most, and their size: more is a corpus's own business (`labelled`).
  private static let limits = (count: 10_000, magnitude: 1 << 30)

  /// Reads the text form; nil when it is none.
  public init?(rawValue: String) {
    switch rawValue {
    case "all": self = .all
    case "last": self = .last
    case "labelled": self = .labelled
    case "mean": self = .mean
    case "pooled": self = .pooled
    default:
      if rawValue.hasPrefix("every:") {
        guard let step = Int(rawValue.dropFirst(6)), (1...Self.limits.magnitude).contains(step) else {
          return nil
        }
        self = .every(step)
        return
      }
      let parts = rawValue.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Int($0.filter { $0 != " " }) }
      guard numbers.count == parts.count, numbers.count <= Self.limits.count,
        numbers.allSatisfy({ $0.magnitude <= Self.limits.magnitude })
      else { return nil }
      self = .at(Set(numbers).sorted())
    }
  }

  /// The text form.
  public var rawValue: String {
    switch self {
    case .all: "all"
    case .last: "last"
    case .labelled: "labelled"
    case .mean: "mean"
    case .pooled: "pooled"
    // One text for one meaning: it decides the capture's identity.
    case .at(let positions): Set(positions).sorted().map(String.init).joined(separator: ",")
    case .every(let step): "every:\(step)"
    }
  }
}
