import CTreeSitter
import Foundation
import ProbeModel

/// The grammar of a language, loaded from a shared library.
///
/// `@unchecked Sendable` because a `TSLanguage` is a constant table of a library that is never unloaded; every parse
/// makes a parser of its own, so any number of threads may parse at once.
public struct Grammar: @unchecked Sendable {
  /// The language.
  public let language: SourceLanguage
  /// The library's file.
  public let path: String
  /// The version of tree-sitter's grammar format that it was generated for.
  public let abi: Int
  let table: OpaquePointer
  /// Names of node kinds by symbol.
  let kinds: [String]
  /// Whether nodes of a symbol become leaves.
  let isLeaf: [Bool]

  /// The grammar as it is found on this machine: see ``GrammarLibrary``.
  ///
  /// - Throws: ``GrammarError``.
  public init(of language: SourceLanguage) throws(GrammarError) {
    self = try GrammarLibrary.usual.grammar(of: language)
  }

  /// The grammar of a language in a shared library.
  ///
  /// - Throws: ``GrammarError`` `.notALibrary`, `.missingSymbol`, `.unsupportedABI`.
  public init(of language: SourceLanguage, library path: String) throws(GrammarError) {
    try SharedObject.check(path)
    // A path without a slash would be searched for.
    guard let library = dlopen(path.contains("/") ? path : "./" + path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "the loader does not say why"
      throw GrammarError(
        .notALibrary, at: path, "cannot be loaded: \(reason)", advice: GrammarLibrary.advice)
    }
    try self.init(of: language, in: library, path: path)
  }

  /// The grammar in a library that is loaded, and stays so.
  init(
    of language: SourceLanguage, in library: UnsafeMutableRawPointer, path: String
  ) throws(GrammarError) {
    guard let function = dlsym(library, language.symbol) else {
      throw GrammarError(
        .missingSymbol, at: path, "the library does not export \(language.symbol)",
        advice: GrammarLibrary.advice)
    }
    typealias Entry = @convention(c) () -> OpaquePointer?
    guard let table = unsafeBitCast(function, to: Entry.self)() else {
      throw GrammarError(
        .missingSymbol, at: path, "\(language.symbol) gives no grammar", advice: GrammarLibrary.advice)
    }
    let abi = Int(ts_language_version(table))
    let known = Int(TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION)...Int(TREE_SITTER_LANGUAGE_VERSION)
    guard known.contains(abi) else {
      throw GrammarError(
        .unsupportedABI, at: path,
        "\(language.symbol) has ABI \(abi); the system's tree-sitter takes \(known.lowerBound) to \(known.upperBound)",
        advice: "Take a grammar generated for one of these: \(GrammarLibrary.advice.lowercasedFirst)")
    }
    (self.language, self.path, self.abi, self.table) = (language, Self.file(of: function) ?? path, abi, table)
    kinds = (0..<ts_language_symbol_count(table)).map { symbol in
      ts_language_symbol_name(table, TSSymbol(truncatingIfNeeded: symbol)).map { String(cString: $0) } ?? ""
    }
    isLeaf = kinds.map { SourceLanguage.isStringLeaf($0) }
  }

  /// What results record. Reads the library's file, or a digest of it that was kept (``DigestCache``).
  ///
  /// - Throws: ``GrammarError`` `.unreadable`.
  public func identity() throws(GrammarError) -> GrammarIdentity {
    do {
      let digest = DigestCache.usual.digest(of: [try MappedFile(path: path)])
      return GrammarIdentity(language: language.name, abi: abi, digest: digest)
    } catch {
      throw GrammarError(.unreadable, at: path, error.problem)
    }
  }

  /// The file that a function was loaded from.
  private static func file(of function: UnsafeMutableRawPointer) -> String? {
    var place = ProbeSymbolPlace()
    guard probe_symbol_place(function, &place) != 0, let name = place.file else { return nil }
    return String(cString: name)
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
