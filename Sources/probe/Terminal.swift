import Foundation
import ProbeStore

/// Messages and progress on standard error; data alone goes to standard output.
enum Terminal {
  /// Whether standard error is a terminal, where a line may be written over.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// One line on standard error.
  static func message(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// One line on standard output.
  static func output(_ text: String) { output(Data((text + "\n").utf8)) }

  /// Bytes on standard output. When they cannot be written (a full disk), the program ends with its input/output
  /// error: whoever reads on would take half of the data for all of it.
  static func output(_ data: Data) {
    do {
      try FileHandle.standardOutput.write(contentsOf: data)
    } catch {
      message("probe: standard output: cannot be written: \((error as NSError).localizedDescription)")
      exit(EX_IOERR)
    }
  }

  /// A value as JSON on standard output: sorted keys, readable.
  static func output(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    output(try encoder.encode(value) + Data("\n".utf8))
  }

  /// Says what is being done, in place of what was said before; nil clears the line. On terminals only.
  static func status(_ text: String?) {
    guard isInteractive else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text ?? "")".utf8))
  }

  /// Shows how far a capture is, on terminals only.
  static func show(_ progress: CaptureProgress) {
    guard isInteractive else { return }
    let rate = progress.tokensPerSecond > 0 ? ", \(count(Int(progress.tokensPerSecond))) tokens/s" : ""
    let eta = progress.eta.map { ", \(duration($0)) left" } ?? ""
    let line =
      "\(count(progress.tokensDone)) of \(count(progress.tokensTotal)) tokens, \(bytes(progress.bytes))\(rate)\(eta)"
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line)".utf8))
    if progress.tokensDone >= progress.tokensTotal { message("") }
  }

  /// 1234567 → `1,234,567`
  static func count(_ number: Int) -> String {
    var digits = Array(String(abs(number)))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// Bytes in binary units.
  static func bytes(_ count: Int) -> String { ByteCount(count).description }

  /// Seconds as `3.2 s` or `2 min 5 s`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 60 else { return String(format: "%.1f s", seconds) }
    return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
  }

  /// Columns aligned with blanks, the first to the left and the others to the right.
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map { $0.count }.max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
