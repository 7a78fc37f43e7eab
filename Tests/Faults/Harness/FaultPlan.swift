import CFaultVFS

/// Which of a database's files an operation concerns.
public struct FaultFiles: OptionSet, Sendable {
  /// One bit for each file.
  public let rawValue: UInt32

  /// Files by their bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The database itself.
  public static let database = FaultFiles(rawValue: 1 << FAULT_DATABASE.rawValue)
  /// Its write-ahead log.
  public static let log = FaultFiles(rawValue: 1 << FAULT_WAL.rawValue)
  /// Its rollback journal.
  public static let journal = FaultFiles(rawValue: 1 << FAULT_JOURNAL.rawValue)
  /// All three.
  public static let all: FaultFiles = [.database, .log, .journal]
}

/// What is counted, and can be made to fail.
public enum FaultOperation: Int32, Sendable, CaseIterable {
  case read, write, sync, truncate, delete
}

/// What is to fail, and how.
public struct Fault: Sendable, CustomStringConvertible {
  /// The operation.
  public let operation: FaultOperation
  /// SQLite's (extended) result code.
  public let code: Int32
  /// On which files.
  public let files: FaultFiles
  /// Whether everything fails from the first failure on, as on a full disk.
  public let isLasting: Bool
  /// Whether a write that fails leaves its first half.
  public let isTorn: Bool

  /// A fault of `operation` with `code`.
  public init(
    _ operation: FaultOperation, _ code: Int32, on files: FaultFiles = .all, isLasting: Bool = false,
    isTorn: Bool = false
  ) {
    self.operation = operation
    self.code = code
    self.files = files
    self.isLasting = isLasting
    self.isTorn = isTorn
  }

  /// What fails, for messages.
  public var description: String {
    "\(isTorn ? "torn " : "")\(operation) fails with \(code)\(isLasting ? " from then on" : "")"
  }
}

/// What happens to the files of one database, and what was done to them.
///
/// To be made before the database is opened.
/// `@unchecked Sendable`: the plan in C has a lock of its own.
public final class FaultPlan: @unchecked Sendable {
  /// An operation that changed a file, or made its changes durable.
  public struct Entry {
    /// What was done: anything but reading.
    public let operation: FaultOperation
    /// Index of the file: database, log, journal.
    public let file: Int
    /// Where a write began; the new size of a truncated file.
    public let offset: Int
    /// What was written; valid as long as the plan.
    public let bytes: UnsafeRawBufferPointer
    /// Whether a deletion was made durable at once.
    public let isSynced: Bool
  }

  private let plan: OpaquePointer

  /// A plan for the database at `path`, which need not exist.
  public init(_ path: String) {
    guard let plan = fault_plan_make(path) else { preconditionFailure("FaultPlan(\(path)): not made") }
    self.plan = plan
  }

  deinit { fault_plan_free(plan) }

  /// Lets the `nth` operation from now on fail (1 is the next).
  public func arm(_ fault: Fault, at nth: Int) {
    precondition(nth > 0, "FaultPlan.arm(at: \(nth))")
    fault_plan_arm(
      plan,
      fault_rule(
        operation: fault.operation.rawValue, files: fault.files.rawValue, nth: UInt64(nth), code: fault.code,
        lasting: fault.isLasting, torn: fault.isTorn))
  }

  /// Nothing fails any more.
  public func disarm() { fault_plan_disarm(plan) }

  /// Number of operations since the plan was made or armed.
  public func count(_ operation: FaultOperation, on files: FaultFiles = .all) -> Int {
    Int(fault_plan_count(plan, operation.rawValue, files.rawValue))
  }

  /// How many operations were made to fail.
  public var failures: Int { Int(fault_plan_failures(plan)) }

  /// From now on operations are noted.
  public func record() { fault_plan_record(plan) }

  /// From now on syncs are reported as done, and are not.
  public func ignoreSyncs() { fault_plan_ignore_syncs(plan) }

  /// Number of operations noted so far.
  public var entryCount: Int { fault_plan_entries(plan) }

  /// An operation that was noted.
  public subscript(index: Int) -> Entry {
    precondition(index >= 0 && index < entryCount, "FaultPlan[\(index)] of \(entryCount)")
    let entry = fault_plan_entry(plan, index)
    return Entry(
      operation: FaultOperation(rawValue: entry.operation) ?? .write, file: Int(entry.file),
      offset: Int(entry.offset),
      bytes: UnsafeRawBufferPointer(start: entry.bytes, count: entry.size), isSynced: entry.synced)
  }
}
