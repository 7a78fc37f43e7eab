/// What was found in source trees, and why functions were kept or not.
public struct CorpusTally: Sendable, Equatable, Encodable {
  /// Why a function was not kept; every function that was found has one reason, the first in this order.
  public enum Reason: String, Sendable, CaseIterable, Encodable {
    /// Inside a function that was kept.
    case nested
    /// It does not parse on its own.
    case broken
    /// A docstring is all that it, or a block in it, consists of.
    case onlyDocstring
    /// On its own it parses as something else than a function.
    case noFunction
    /// More characters than allowed.
    case tooLong
    /// Fewer leaves than asked for.
    case tooFewLeaves
    /// The very text of one before it.
    case duplicate
    /// The leaves of one before it, but for names and literals.
    case nearDuplicate
    /// Its file has enough functions.
    case overPerFile
    /// There are enough functions.
    case overLimit
  }

  /// Files with one of the language's endings.
  public internal(set) var files = 0
  /// Files and folders that could not be read.
  public internal(set) var unreadable = 0
  /// Files that are not UTF-8.
  public internal(set) var notUTF8 = 0
  /// Files that the parser cannot take (``TextLimits``).
  public internal(set) var refused = 0
  /// Functions in the others.
  public internal(set) var functions = 0
  /// Functions that were kept.
  public internal(set) var kept = 0
  /// Files that they are of.
  public internal(set) var keptFiles = 0
  /// Those among them whose licence was not found.
  public internal(set) var unlicensed = 0
  /// Leaves of the functions that were kept.
  public internal(set) var leaves = 0
  /// Functions that were kept, by part of the split.
  public internal(set) var parts: [String: Int] = [:]
  /// Functions that were not, by reason.
  public internal(set) var dropped: [String: Int] = [:]

  /// How many functions were not kept for a reason.
  public func count(_ reason: Reason) -> Int { dropped[reason.rawValue] ?? 0 }

  mutating func drop(_ reason: Reason) { dropped[reason.rawValue, default: 0] += 1 }
}
