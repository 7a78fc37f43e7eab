import Foundation

/// How long and with which seed faults are injected; `scripts/test-faults.sh` sets both.
public enum FaultSettings {
  /// The seed of every random choice: `$PROBE_FAULTS_SEED`, else 1.
  public static let seed =
    ProcessInfo.processInfo.environment["PROBE_FAULTS_SEED"].flatMap { UInt64($0) } ?? 1

  /// Whether this is the long run (`$PROBE_FAULTS` is `long`), or a few samples among the other tests.
  public static let isLong = ProcessInfo.processInfo.environment["PROBE_FAULTS"] == "long"

  /// Of `count` things, numbered from 1, those to try: all, or about `most` at equal distances.
  public static func sample(_ count: Int, most: Int) -> [Int] {
    guard count > most else { return Array(1...max(count, 1)) }
    return (0..<most).map { 1 + $0 * (count - 1) / max(most - 1, 1) }
  }
}
