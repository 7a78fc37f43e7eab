/// What a label says: a class name, a number or a yes/no.
public enum LabelValue: Sendable, Hashable {
  case string(String)
  case number(Double)
  case bool(Bool)
}

extension LabelValue: CustomStringConvertible {
  /// The value as people write it: `capital`, `3`, `0.5`, `true`.
  public var description: String {
    switch self {
    case .string(let text): text
    case .number(let number):
      if let whole = Int(exactly: number) { String(whole) } else { String(number) }
    case .bool(let flag): flag ? "true" : "false"
    }
  }
}

extension LabelValue: Comparable {
  /// Booleans before numbers before strings; within a kind by value, strings by their UTF-8 bytes.
  ///
  /// This is the order of classes everywhere: in tables, confusion matrices and results files.
  public static func < (a: LabelValue, b: LabelValue) -> Bool {
    switch (a, b) {
    case (.bool(let a), .bool(let b)): !a && b
    case (.number(let a), .number(let b)): a < b
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    default: a.rank < b.rank
    }
  }

  private var rank: Int {
    switch self {
    case .bool: 0
    case .number: 1
    case .string: 2
    }
  }
}

extension LabelValue: Codable {
  /// Decodes a bare JSON boolean, number or string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else {
      self = .number(try container.decode(Double.self))
    }
  }

  /// Encodes a bare JSON boolean, number or string; whole numbers without a fraction.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .string(let text): try container.encode(text)
    case .bool(let flag): try container.encode(flag)
    case .number(let number):
      if let whole = Int(exactly: number) {
        try container.encode(whole)
      } else {
        try container.encode(number)
      }
    }
  }
}
