import Foundation

/// Which part of a capture a process computes, as the command line says it: `i/n`, or `auto/n` in a job that a
/// scheduler started n times.
///
/// The number of shards is always said: a job that was sent off with another number of tasks would otherwise cut
/// the capture differently, or leave a part of it out.
public struct ShardChoice: Sendable, Equatable {
  /// Shards of a capture, at most.
  public static let limit = 100_000

  /// Which shard, and of how many.
  public let shard: Shard
  /// The environment's variable that gave the index; nil when it was said.
  public let variable: String?

  /// What says an index from 0 on in a job's environment, in the order in which they are looked at: Slurm's job
  /// arrays, Kubernetes' indexed jobs, Open MPI's `mpirun`. A batch system's task may start `mpirun` by itself:
  /// then that has to say the index, as `i/n`.
  public static let variables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "OMPI_COMM_WORLD_RANK"]

  /// Shard `index` of `count`.
  public init(index: Int, count: Int) {
    precondition(
      (1...Self.limit).contains(count) && (0..<count).contains(index),
      "ShardChoice: shard \(index) of \(count)")
    self.init(index: index, count: count, variable: nil)
  }

  private init(index: Int, count: Int, variable: String?) {
    (shard, self.variable) = (Shard(index, of: count), variable)
  }

  /// Reads `i/n` (0 ≤ i < n ≤ 100,000) or `auto/n`, for which `environment` gives the index.
  ///
  /// - Throws: ``StoreError`` (`badInput`) that says what is wrong with `text`, or with which variable.
  public init(_ text: String, environment: [String: String]) throws(StoreError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Self.number(parts[1]),
      parts[0] == "auto" || Self.number(parts[0]) != nil
    else {
      throw StoreError(
        .badInput, at: "--shard \(text)", "expected i/n or auto/n",
        advice: "The first of four shards is 0/4; in a job array of four tasks each says auto/4")
    }
    guard (1...Self.limit).contains(count) else {
      throw StoreError(
        .badInput, at: "--shard \(text)", "expected 1 to \(Self.limit) shards, found \(count)")
    }
    guard parts[0] == "auto" else {
      let index = Self.number(parts[0]) ?? 0
      guard index < count else {
        throw StoreError(
          .badInput, at: "--shard \(text)", "expected an index from 0 to \(count - 1), found \(index)",
          advice: "Shards are counted from 0: the last of them is \(count - 1)/\(count)")
      }
      self.init(index: index, count: count)
      return
    }
    guard let variable = Self.variables.first(where: { environment[$0] != nil }) else {
      throw StoreError(
        .badInput, at: "--shard \(text)",
        "the environment says no index: none of \(Self.variables.joined(separator: ", ")) is set",
        advice: "Outside of a job array, say the index yourself: --shard 0/\(count)")
    }
    let value = environment[variable] ?? ""
    guard let index = Self.number(value[...]), index < count else {
      throw StoreError(
        .badInput, at: "--shard \(text), \(variable)",
        "expected an index from 0 to \(count - 1), found \"\(value)\"",
        advice: Self.advice(variable, value: value, count: count))
    }
    self.init(index: index, count: count, variable: variable)
  }

  /// Where the shard of a store goes: `s.sqlite` → `s.shard-0-of-4.sqlite`, in the same folder.
  public func path(of store: String) -> String {
    let name = (store as NSString).lastPathComponent
    let folder = store.dropLast(name.count)
    let part = "shard-\(shard.index)-of-\(shard.count)"
    let end = (name as NSString).pathExtension
    return end.isEmpty
      ? "\(folder)\(name).\(part)" : "\(folder)\(name.dropLast(end.count + 1)).\(part).\(end)"
  }

  /// ASCII digits alone, not too many: no signs, no blanks, no other script's digits.
  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }

  private static func advice(_ variable: String, value: String, count: Int) -> String {
    switch variable {
    case "SLURM_ARRAY_TASK_ID": "Tasks are counted from 0: `sbatch --array=0-\(count - 1)`"
    case "JOB_COMPLETION_INDEX": "The job needs `completionMode: Indexed` and `completions: \(count)`"
    default: "Start as many processes as there are shards: `mpirun -np \(count)`"
    }
  }
}
