import ProbeMath
import ProbeModel

/// What happens to a text that is longer than the model's context.
public enum OverflowPolicy: String, Sendable, Codable, CaseIterable {
  /// The capture is refused.
  case error
  /// The text's last tokens are dropped until it fits; what the tokenizer adds at either end stays.
  case truncate
  /// The example is left out.
  case skip
}

/// How a corpus is captured: what decides the stored numbers besides model, corpus and points.
public struct CaptureSettings: Sendable, Equatable {
  /// Which positions are captured.
  public var positions: Positions
  /// What scalars are stored as.
  public var dtype: ScalarType
  /// What is put before a text.
  public var sentinel: Tokenizer.Sentinel
  /// How texts are put to the model.
  public var chat: ChatFormat
  /// How a text is tokenized around its spans labelled `leaf`.
  public var pieces: Pieces
  /// What happens to texts beyond the context.
  public var overflow: OverflowPolicy
  /// Whether examples of the same tokens share one computation and its rows.
  public var deduplicate: Bool
  /// Bytes of activations, at most.
  public var maximumBytes: Int?
  /// Seed of the examples that are kept when all would be more than `maximumBytes`; nil refuses the capture then.
  public var subsample: UInt64?

  /// Settings; by default those of a spec that says nothing.
  public init(
    positions: Positions = .all, dtype: ScalarType = .float16, sentinel: Tokenizer.Sentinel = .tokenizer,
    chat: ChatFormat = .raw, pieces: Pieces = .whole, overflow: OverflowPolicy = .error,
    deduplicate: Bool = false, maximumBytes: Int? = nil, subsample: UInt64? = nil
  ) {
    (self.positions, self.dtype, self.sentinel, self.chat) = (positions, dtype, sentinel, chat)
    (self.pieces, self.overflow, self.deduplicate) = (pieces, overflow, deduplicate)
    (self.maximumBytes, self.subsample) = (maximumBytes, subsample)
  }
}

/// Which examples were kept of a corpus that was too large.
public struct Subsample: Sendable, Equatable, RawRepresentable {
  /// Seed of the choice.
  public let seed: UInt64
  /// Number of examples kept.
  public let count: Int

  init(seed: UInt64, count: Int) { (self.seed, self.count) = (seed, count) }

  /// Reads `SEED:COUNT`.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: ":")
    guard parts.count == 2, let seed = UInt64(parts[0]), let count = Int(parts[1]), count > 0 else {
      return nil
    }
    self.init(seed: seed, count: count)
  }

  /// `SEED:COUNT`
  public var rawValue: String { "\(seed):\(count)" }
}

/// One of several parts of a capture, each in a store of its own.
public struct Shard: Sendable, Hashable, RawRepresentable {
  /// Which part, from 0.
  public let index: Int
  /// Number of parts.
  public let count: Int

  /// Part `index` of `count`.
  public init(_ index: Int, of count: Int) {
    precondition(index >= 0 && index < count, "Shard: \(index) of \(count)")
    (self.index, self.count) = (index, count)
  }

  /// Reads `INDEX/COUNT`.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: "/")
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]), index >= 0, index < count,
      count <= ShardChoice.limit
    else { return nil }
    self.init(index, of: count)
  }

  /// `INDEX/COUNT`
  public var rawValue: String { "\(index)/\(count)" }
}
