import Foundation
@_spi(Sources) import ProbeModel
@_spi(Sources) import ProbeStore

/// Activations of GPT-2 small's shape (13 residual streams of 768 values) that cost nothing to compute: what is left
/// to time is the store.
enum StoreSource {
  static let width = 768
  static let points = [HookPoint(.residPre, layer: 0)] + (0..<12).map { HookPoint(.residPost, layer: $0) }

  /// `count` sequences of 128 tokens.
  static func corpus(tokens: Int, length: Int = 128) throws -> Corpus {
    try Corpus(
      (0..<((tokens + length - 1) / length)).map { index in
        Example(id: "e\(index)", tokenIDs: (0..<length).map { (index * 31 + $0 * 7) % 50_257 })
      })
  }

  static func capture(
    tokens: Int, points: [HookPoint] = points, width: Int = width, length: Int = 128, name: String = "bench"
  ) throws -> Capture {
    try Capture(
      source: source(width: width), corpus: corpus(tokens: tokens, length: length), points: points,
      settings: CaptureSettings(dtype: .float16), name: name, spec: "")
  }

  /// Normal values, the same in every batch.
  private static func source(width: Int) -> CaptureSource {
    let values = Values(count: CapturePlan.tokensPerBatch * width)
    return CaptureSource(
      name: "bench-\(width)", dVocab: 50_257, nContext: 4_096, rowShape: { _ in [width] },
      makePass: {
        { batch, points, observe in
          for point in points.sorted() {
            try observe(
              ActivationView(
                point: point, batch: batch, rowShape: [width],
                values: UnsafeMutableBufferPointer(rebasing: values.buffer[..<(batch.rowCount * width)])))
          }
        }
      })
  }
}

/// Memory that is filled once. `@unchecked Sendable`: nobody writes to it afterwards.
private final class Values: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    buffer = .allocate(capacity: count)
    var state: UInt64 = 1
    for index in 0..<count {
      // The sum of four uniform values is near enough to normal, and quick.
      var sum: Float = 0
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        sum += Float(state >> 40) / Float(1 << 24) - 0.5
      }
      buffer[index] = sum * 2
    }
  }

  deinit { buffer.deallocate() }
}

/// A folder that is emptied before and after.
func inFolder<Value>(_ path: String, _ body: (String) throws -> Value) throws -> Value {
  let folder = path + "/probe-bench-\(ProcessInfo.processInfo.processIdentifier)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

func fileSize(_ path: String) -> Int {
  (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure { try body() } / .seconds(1)
}

/// Resident bytes of this process, those of mapped files left out.
func residentBytes() -> Int {
  let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
  return line.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }.map { $0 * 1024 } ?? 0
}
