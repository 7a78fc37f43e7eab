import Foundation
import GRDB
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@_spi(Sources) @testable import ProbeStore

/// A "model" whose activations are a formula, so that tests know every value without a forward pass.
final class FormulaModel: Sendable {
  /// What the pass was asked for: batch tokens and points.
  let passes = Mutex<[(tokens: Int, points: Set<HookPoint>)]>([])
  let weights: String
  let width: Int
  let nContext: Int
  let hasTokenizer: Bool
  /// Replaces one of a row's first three values: (point, token id, column) → value or nil.
  let replace: @Sendable (HookPoint, Int32, Int) -> Float?

  init(
    weights: String = "w1", width: Int = 288, nContext: Int = 4_096, hasTokenizer: Bool = true,
    replace: @escaping @Sendable (HookPoint, Int32, Int) -> Float? = { _, _, _ in nil }
  ) {
    self.weights = weights
    self.width = width
    self.nContext = nContext
    self.hasTokenizer = hasTokenizer
    self.replace = replace
  }

  /// Multiples of 1/8 in [−16, 16]: exact in float16. Periodic, so that a row is a slice.
  private static let wave = (0..<8_000).map { Float($0 % 257) / 8 - 16 }

  /// The values of one row; `position` counts from the first token, sentinels included.
  func row(_ point: HookPoint, token: Int32, position: Int) -> [Float] {
    let count = point.site.isRagged ? 2 * (position + 1) : width
    let layer = (point.layer ?? 99) + (point.site == .residPost ? 0 : 57)
    let start = (Int(token) * 31 + position * 7 + layer * 13) % 257
    var row = Array(Self.wave[start..<(start + count)])
    for column in 0..<min(count, 3) {
      if let replaced = replace(point, token, column) { row[column] = replaced }
    }
    return row
  }

  var source: CaptureSource {
    let encoder: @Sendable (CaptureSettings) -> PlanningModel.Encoder = { settings in
      { text, leaves in
        settings.pieces == .whole
          ? Self.encode(text, settings.sentinel, settings.chat) : Self.encode(leaves, settings.sentinel)
      }
    }
    return CaptureSource(
      name: "formula", architecture: "formula", path: "formula.gguf", weightsDigest: weights,
      tokenizerDigest: hasTokenizer ? "t1" : nil, nContext: nContext, dVocab: 1_000,
      makeEncoder: hasTokenizer ? encoder : nil, piece: { "piece\($0)" }, rowShape: { self.rowShape($0) },
      makePass: { { batch, points, observe in try self.run(batch, points, observe) } })
  }

  private func rowShape(_ point: HookPoint) -> [Int]? {
    if let layer = point.layer, layer > 12 { return nil }
    return point.site.isRagged ? [2] : [width]
  }

  private func run(
    _ batch: TokenBatch, _ points: Set<HookPoint>, _ observe: (ActivationView) throws -> Void
  ) throws {
    passes.withLock { $0.append((batch.rowCount, points)) }
    for point in points.sorted() {
      var values: [Float] = []
      var offsets = [0]
      for sequence in 0..<batch.sequenceCount {
        for (position, row) in batch.rows(of: sequence).enumerated() {
          values += self.row(point, token: batch.tokens[row], position: position)
          offsets.append(values.count)
        }
      }
      try values.withUnsafeMutableBufferPointer { buffer in
        try observe(
          ActivationView(
            point: point, batch: batch, rowShape: point.site.isRagged ? [2] : [width], values: buffer,
            rowOffsets: point.site.isRagged ? offsets : nil))
      }
    }
  }

  /// One token a word; BOS is 1 and, for `tokenizer`, EOS 2 follows the text. ChatML puts 3 before the text and
  /// 4, 5 behind it.
  static func encode(_ text: String, _ sentinel: Tokenizer.Sentinel, _ chat: ChatFormat = .raw)
    -> [PlannedToken]
  {
    var tokens = sentinel == .none ? [] : [PlannedToken(id: 1, span: 0..<0, isAdded: true)]
    func frame(_ id: Int) -> PlannedToken {
      PlannedToken(id: id, span: 0..<0, isAdded: true, isTemplate: true)
    }
    if chat == .chatml { tokens.append(frame(3)) }
    let bytes = Array(text.utf8)
    var start = 0
    for word in bytes.split(separator: 32, omittingEmptySubsequences: false) {
      if !word.isEmpty {
        let id = word.reduce(0) { ($0 * 7 + Int($1)) % 900 } + 10
        tokens.append(PlannedToken(id: id, span: start..<(start + word.count), isAdded: false))
      }
      start += word.count + 1
    }
    if chat == .chatml { tokens += [frame(4), frame(5)] }
    if sentinel == .tokenizer { tokens.append(PlannedToken(id: 2, span: 0..<0, isAdded: true)) }
    return tokens
  }

  /// One token a leaf.
  static func encode(_ leaves: [Range<Int>], _ sentinel: Tokenizer.Sentinel) -> [PlannedToken] {
    encode("", sentinel).filter { $0.id == 1 }
      + leaves.map { PlannedToken(id: 10 + $0.lowerBound, span: $0, isAdded: false) }
  }

  func capture(
    _ corpus: Corpus, points: [HookPoint], positions: Positions = .all, dtype: ScalarType = .float16,
    sentinel: Tokenizer.Sentinel = .bos, chat: ChatFormat = .raw, overflow: OverflowPolicy = .error,
    pieces: Pieces = .whole, deduplicate: Bool = false, maximumBytes: Int? = nil,
    subsample: UInt64? = nil, shard: Shard? = nil, name: String = "test"
  ) throws -> Capture {
    try Capture(
      source: source, corpus: corpus, points: points,
      settings: CaptureSettings(
        positions: positions, dtype: dtype, sentinel: sentinel, chat: chat, pieces: pieces,
        overflow: overflow,
        deduplicate: deduplicate, maximumBytes: maximumBytes, subsample: subsample), shard: shard, name: name,
      spec: "")
  }
}

/// A folder that goes away with the test.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

enum Corpora {
  /// `count` examples of differing lengths, about `words` words each.
  static func words(_ count: Int, about words: Int = 700) throws -> Corpus {
    var stream = RandomStream(seed: 3, "corpus")
    return try Corpus(
      (0..<count).map { index in
        let length = words / 2 + stream.index(below: words)
        let text = (0..<max(length, 1)).map { _ in "w\(stream.index(below: 5_000))" }.joined(separator: " ")
        return Example(
          id: "e\(index)", text: text, labels: ["odd": .bool(index % 2 == 1)], group: "g\(index / 2)")
      })
  }
}

extension ActivationStore {
  /// Every table's rows as text, without the times of creation.
  func contents() throws -> [String: [String]] {
    try read { db in
      let tables = try String.fetchAll(
        db,
        sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
      var contents: [String: [String]] = [:]
      for table in tables {
        contents[table] = try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { row in
          row.filter { $0.0 != "created_at" }.map { column, value in
            "\(column)=\(Self.text(value))"
          }.joined(separator: "|")
        }
      }
      return contents
    }
  }

  private static func text(_ value: DatabaseValue) -> String {
    guard case .blob(let data) = value.storage else { return value.description }
    var digest = SHA256Digest()
    data.withUnsafeBytes { digest.update($0) }
    return digest.finish()
  }
}
