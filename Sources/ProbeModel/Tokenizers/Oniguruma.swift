import COniguruma

/// A regular expression as `tokenizer.json` means it: in Oniguruma's syntax, run by Oniguruma.
///
/// Hugging Face's `tokenizers` run the same library, so that patterns need no translation and mean the same to the last
/// construct. A pattern can take exponential time; a search gives up after as many steps as the reference allows.
///
/// `@unchecked Sendable` because a compiled pattern is never changed: every search has its own region and limits.
final class Oniguruma: @unchecked Sendable {
  private let regex: OnigRegex

  /// Why a pattern is none.
  struct SyntaxError: Error { let message: String }

  /// A search that took more steps, or memory, than any sensible pattern needs.
  struct LimitError: Error {}

  /// Compiles a pattern.
  init(_ pattern: String) throws(SyntaxError) {
    _ = Self.isReady
    var message = [UInt8](repeating: 0, count: Int(ONIG_MAX_ERROR_MESSAGE_LEN))
    var compiled: OnigRegex?
    let bytes = Array(pattern.utf8)
    let code = bytes.withUnsafeBufferPointer { probe_onig_new(&compiled, $0.baseAddress, $0.count, &message) }
    guard code == ONIG_NORMAL, let compiled else {
      throw SyntaxError(message: String(decoding: message.prefix { $0 != 0 }, as: UTF8.self))
    }
    regex = compiled
  }

  deinit { onig_free(regex) }

  /// The library keeps tables that it makes once.
  private static let isReady = probe_onig_initialize()

  /// Steps of one search, and entries of its stack of alternatives (about 40 bytes each). The first is the reference's
  /// limit for one match attempt.
  private static let mostSteps: UInt = 10_000_000
  private static let deepestStack: UInt32 = 500_000

  /// Calls `body` with the range of every match, from left to right.
  ///
  /// An empty match counts unless it stands where the last match ended.
  func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
  ) throws(LimitError) {
    guard let base = text.baseAddress, let region = onig_region_new(), let limits = onig_new_match_param()
    else {
      return
    }
    defer {
      onig_region_free(region, 1)
      onig_free_match_param(limits)
    }
    onig_set_retry_limit_in_match_of_match_param(limits, Self.mostSteps)
    onig_set_retry_limit_in_search_of_match_param(limits, Self.mostSteps)
    onig_set_match_stack_limit_size_of_match_param(limits, Self.deepestStack)
    var (start, lastEnd) = (0, -1)
    while start <= text.count {
      var (first, end) = (0, 0)
      let found = probe_onig_search(regex, base, text.count, start, region, limits, &first, &end)
      guard found >= 0 else { throw LimitError() }
      guard found > 0 else { return }
      if first == end, end == lastEnd {
        start = end < text.count ? end + scalarLength(text[end]) : end + 1
      } else {
        body(first..<end)
        (start, lastEnd) = (end, end)
      }
    }
  }
}
