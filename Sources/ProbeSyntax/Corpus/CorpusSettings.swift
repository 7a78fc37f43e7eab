/// What a corpus of functions is made of.
public struct CorpusSettings: Sendable, Equatable {
  /// Folders to look into, in this order.
  public var folders: [String]
  /// Patterns (`fnmatch`) of names of files and folders to leave out: `test*`, `*.min.js`.
  public var excluded: [String] = []
  /// The most functions to keep; nil for all.
  public var limit: Int?
  /// The most characters of a function that are not blank. AST-Probe's limit of 512 sub-tokens counts characters in
  /// effect: 512 less the two special tokens (López et al. 2022, reference implementation).
  public var maximumCharacters = 510
  /// The fewest leaves of a function: one leaf has no tree.
  public var minimumLeaves = 2
  /// The most functions of a file; nil for all.
  public var maximumPerFile: Int?
  /// Decides which functions a limit keeps.
  public var seed: UInt64 = 0
  /// The licence of all files; nil to look for licence files beside them.
  public var license: String?

  /// Settings for folders, all else as usual.
  public init(folders: [String]) { self.folders = folders }
}
