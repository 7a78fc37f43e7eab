import ProbeModel

/// A function that was collected for a corpus.
public struct CollectedFunction: Sendable, Equatable {
  /// Which part of a split a file belongs to, by the SHA-256 of its content: 70% train, 10% validation, 20% test.
  /// The same file is in the same part of every corpus, and of the data that models are trained on.
  public enum Part: String, Sendable, CaseIterable {
    case train, validation, test

    /// The part of a file with this digest (hexadecimal).
    public init(digest: String) {
      let number = digest.prefix(8).reduce(UInt64(0)) { $0 * 16 + UInt64($1.hexDigitValue ?? 0) }
      self =
        switch number % 10 {
        case 0..<7: .train
        case 7: .validation
        default: .test
        }
    }
  }

  /// `path:line name`.
  public let id: String
  /// The text: dedented, without comments, docstrings and blank lines.
  public let text: String
  /// The file's path inside its folder: the leakage unit.
  public let path: String
  /// The line it begins on, from 1.
  public let line: Int
  /// The part of the split that its file belongs to.
  public let part: Part
  /// The licence of its file; nil where none was found.
  public let license: String?
  /// Leaves of its tree.
  public let leafCount: Int

  /// The function as an example.
  public var example: Example { Example(id: id, text: text, group: path, split: part.rawValue) }
}

extension CollectedFunction: Encodable {
  private enum Key: String, CodingKey { case id, text, group, split, meta }
  private enum Meta: String, CodingKey { case path, line, license }

  /// An object of a corpus file: what ``Corpus/read(_:)`` knows, and `meta` for people.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(id, forKey: .id)
    try object.encode(text, forKey: .text)
    try object.encode(path, forKey: .group)
    try object.encode(part.rawValue, forKey: .split)
    var meta = object.nestedContainer(keyedBy: Meta.self, forKey: .meta)
    try meta.encode(path, forKey: .path)
    try meta.encode(line, forKey: .line)
    try meta.encodeIfPresent(license, forKey: .license)
  }
}
