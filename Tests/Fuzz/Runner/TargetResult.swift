import CFuzz

/// What a run of one reader came to.
struct TargetResult {
  let name: String
  let seeds: Int
  var findings: [Finding] = []
  var seconds = 0.0
  private(set) var done: UInt64 = 0
  private(set) var accepted: UInt64 = 0
  private var bytes: UInt64 = 0
  private var peak: (share: UInt64, bytes: UInt64, at: UInt64) = (0, 0, 0)
  private var slowest: (time: UInt64, at: UInt64) = (0, 0)
  private var outcomes: [String: UInt64] = [:]

  init(name: String, seeds: Int) { (self.name, self.seeds) = (name, seeds) }

  /// Adds what one worker noted.
  mutating func add(_ page: UnsafeMutablePointer<fuzz_status>) {
    let status = page.pointee
    done += status.done
    accepted += status.accepted
    bytes += status.bytes
    if status.peak_share >= peak.share { peak = (status.peak_share, status.peak_bytes, status.peak_at) }
    if status.slowest >= slowest.time { slowest = (status.slowest, status.slowest_at) }
    var count: UInt64 = 0
    var index = 0
    while let label = fuzz_status_outcome(page, index, &count) {
      outcomes[String(cString: label), default: 0] += count
      index += 1
    }
  }

  /// The columns of ``row``.
  static let header = """
    | reader | seeds | inputs | mean size | inputs/s | accepted | peak memory, share of allowed | slowest input | findings |
    |---|---|---|---|---|---|---|---|---|
    """

  /// The result as a row of a table.
  var row: String {
    let cells = [
      name, "\(seeds)", "\(done)", "\(done > 0 ? bytes / done : 0) B",
      "\(Int(Double(done) / max(seconds, 1e-3)))",
      percent(accepted),
      "\(mebibytes(peak.bytes)) MiB, \(Self.fixed(Double(peak.share) / 1e4, 1)) % (\(peak.at))",
      "\(Self.fixed(Double(slowest.time) / 1e6, 1)) ms (\(slowest.at))", "\(findings.count)",
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }

  /// The most frequent refusals, one a line.
  func refusals(_ most: Int) -> [String] {
    outcomes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
      .map { "\(percent($0.value)) \($0.key)" }
  }

  private func percent(_ count: UInt64) -> String {
    done == 0 ? "–" : "\(Self.fixed(100 * Double(count) / Double(done), 1)) %"
  }

  private func mebibytes(_ bytes: UInt64) -> String { Self.fixed(Double(bytes) / 1_048_576, 1) }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = digits == 1 ? 10.0 : 1.0
    return "\((value * scale).rounded() / scale)"
  }
}
