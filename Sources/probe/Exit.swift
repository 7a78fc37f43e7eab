import ArgumentParser
import Foundation
import ProbeAnalysis
import ProbeMath
import ProbeModel
import ProbeStore
import ProbeSyntax

/// How the program ends: sysexits codes, one message on standard error.
enum Exit {
  /// An expectation was not met.
  static let unmet = ExitCode(1)
  /// What was looked at is broken.
  static let badData = ExitCode(EX_DATAERR)

  /// Ends the process: our own errors with their code, the parser's in its own way.
  static func end(with error: any Error) -> Never {
    guard let code = code(of: error) else { Probe.exit(withError: error) }
    Terminal.message("probe: \(error)")
    Foundation.exit(code)
  }

  /// The code of an error of ours; nil for the argument parser's.
  private static func code(of error: any Error) -> Int32? {
    switch error {
    case let error as StoreError: error.exitCode
    case let error as ModelError: error.reason == .notFound ? EX_NOINPUT : EX_DATAERR
    case let error as SpecError:
      switch error.reason {
      case .notFound: EX_NOINPUT
      case .cannotWrite: EX_CANTCREAT
      default: EX_DATAERR
      }
    case let error as GrammarError:
      switch error.reason {
      case .notFound, .notALibrary, .missingSymbol, .unsupportedABI: EX_UNAVAILABLE
      case .unreadable, .noFolder: EX_NOINPUT
      case .badInput, .unknownLanguage: EX_DATAERR
      }
    case is TokenizerError, is StudyError: EX_DATAERR
    case is BLAS.UnavailableError: EX_UNAVAILABLE
    case is ExitCode, is CleanExit, is ValidationError: nil
    default: isParserError(error) ? nil : EX_SOFTWARE
    }
  }

  /// The parser wraps what it throws in types that it keeps to itself.
  private static func isParserError(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}
