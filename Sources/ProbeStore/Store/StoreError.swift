import GRDB

/// What went wrong with an activation store or a capture: what, where, expected, found, next step.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of trouble, for code; the text is for people.
  public enum Reason: String, Sendable {
    /// There is no such file.
    case notFound
    /// The file is no activation store.
    case notAStore
    /// The store was written by a newer version of this program.
    case newerVersion
    /// The store contradicts itself.
    case corrupt
    /// A chunk's bytes are not those that were written.
    case damagedChunk
    /// The store does not hold what was asked for.
    case missing
    /// The file or its folder cannot be written.
    case cannotCreate
    /// No space is left.
    case diskFull
    /// The system failed to read or write.
    case inputOutput
    /// Another process is writing.
    case busy
    /// The corpus or the request cannot be captured.
    case badInput
    /// A text is longer than the model's context.
    case tooLong
    /// The activations would be more bytes than the caller allows.
    case tooLarge
    /// Texts are given and the model has no tokenizer.
    case noTokenizer
    /// Two stores contradict each other.
    case conflict
    /// An activation is NaN or infinite.
    case nonFinite
    /// An activation does not fit the type it is stored in.
    case outOfRange
    /// The caller asked to stop; the same capture goes on where it stopped.
    case interrupted
  }

  /// The kind of trouble.
  public let reason: Reason
  /// The store's path, or the corpus, and inside it the hook, example or chunk.
  public let location: String
  /// What is wrong: expected and found.
  public let problem: String
  /// What to do next; empty when the problem says it all.
  public let advice: String

  /// Makes an error; `location` names the file and the place inside it.
  public init(_ reason: Reason, at location: String, _ problem: String, advice: String = "") {
    self.reason = reason
    self.location = location
    self.problem = problem
    self.advice = advice
  }

  /// The error as one line.
  public var description: String { "\(location): \(problem)" + (advice.isEmpty ? "" : ". \(advice)") }

  /// The exit code of a program that ends with this error (`sysexits.h`).
  ///
  /// A corpus of texts that meets a checkpoint without tokenizer is bad data, not a missing part of the system.
  public var exitCode: Int32 {
    switch reason {
    case .notFound: 66
    case .notAStore, .newerVersion, .corrupt, .damagedChunk, .missing, .badInput, .tooLong, .tooLarge,
      .conflict, .nonFinite, .outOfRange, .noTokenizer:
      65
    case .cannotCreate: 73
    case .diskFull, .inputOutput, .busy: 74
    case .interrupted: 130
    }
  }
}

extension StoreError {
  /// Translates an error of SQLite about the store at `path`; other errors pass unchanged.
  static func translating(_ error: any Error, path: String) -> any Error {
    if let damage = error as? StoreDamage { return damage.error(at: path) }
    guard let error = error as? DatabaseError else { return error }
    let text = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_FULL:
      return StoreError(
        .diskFull, at: path, "no space is left (\(text))",
        advice: "What was committed is kept: make room, and run the same command again to go on")
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
      return StoreError(
        .cannotCreate, at: path, "cannot be opened for writing (\(text))",
        advice: "Choose another file with --store, or change the folder's permissions")
    case .SQLITE_NOTADB:
      return notAStore(path, "is not an SQLite database")
    case .SQLITE_CORRUPT:
      return StoreError(
        .corrupt, at: path, "the database is damaged (\(text))", advice: "Capture again into a new store")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StoreError(
        .busy, at: path, "another process keeps the store locked", advice: "Try again when it is done")
    default:
      return StoreError(.inputOutput, at: path, "cannot be read or written: \(text)")
    }
  }

  static func notAStore(_ path: String, _ problem: String) -> StoreError {
    StoreError(
      .notAStore, at: path, problem + ", so it is no activation store",
      advice: "Choose another file with --store; this one was left as it is")
  }
}
