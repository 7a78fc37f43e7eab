import Foundation
import ProbeModel

/// Collects a corpus of functions from source trees.
///
/// Deterministic: the same files and settings give the same corpus, wherever the folders lie. Files are read in the
/// order of their names. A function inside of one that was kept is left out; so is one whose text, or whose sequence
/// of leaves with names and literals made alike, occurred before: copies would otherwise stand on both sides of a
/// split. The split is by file (``CollectedFunction/Part``).
public struct CorpusBuilder {
  /// What was collected.
  public struct Outcome: Sendable {
    /// The functions, in the order of their files.
    public let functions: [CollectedFunction]
    /// What became of the rest.
    public let tally: CorpusTally
    /// The grammar that the functions were parsed with.
    public let grammar: GrammarIdentity
    /// The texts of the licences that were found for them, and the files they stand in, in the order of the files.
    public let licenses: [(file: String, text: String)]
  }

  private let extractor: FunctionExtractor
  private let settings: CorpusSettings
  private var tally = CorpusTally()
  private var finder = LicenseFinder()
  private var licenses: [String: SourceLicense] = [:]
  private var texts: Set<String> = []
  private var shapes: Set<String> = []
  private var ids: [String: Int] = [:]

  /// A builder for the language of a grammar.
  public init(_ grammar: Grammar, _ settings: CorpusSettings) {
    (extractor, self.settings) = (FunctionExtractor(grammar), settings)
  }

  /// Reads the folders.
  ///
  /// - Parameter progress: is told of each file before it is read, by number and of how many.
  /// - Throws: ``GrammarError`` `.noFolder`, `.badInput` for folders that cannot be searched.
  public consuming func build(progress: (Int, Int) -> Void = { _, _ in }) throws(GrammarError) -> Outcome {
    let identity = try extractor.grammar.identity()
    let walk = try SourceWalk(settings, endings: extractor.grammar.language.extensions)
    tally.files = walk.files.count
    tally.unreadable = walk.unreadableFolders
    var found: [CollectedFunction] = []
    for (index, file) in walk.files.enumerated() {
      progress(index, walk.files.count)
      found += collect(file)
    }
    let kept = thinned(found)
    tally.kept = kept.count
    tally.keptFiles = Set(kept.map(\.path)).count
    tally.unlicensed = kept.count { $0.license == nil }
    tally.leaves = kept.reduce(0) { $0 + $1.leafCount }
    for part in CollectedFunction.Part.allCases {
      tally.parts[part.rawValue] = kept.count { $0.part == part }
    }
    return Outcome(functions: kept, tally: tally, grammar: identity, licenses: texts(of: kept))
  }

  // MARK: - A file

  private mutating func collect(_ file: SourceWalk.File) -> [CollectedFunction] {
    guard let data = FileManager.default.contents(atPath: file.path) else {
      tally.unreadable += 1
      return []
    }
    let bytes = [UInt8](data)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      tally.notUTF8 += 1
      return []
    }
    let functions: [SourceFunction]
    do throws(GrammarError) {
      functions = try extractor.functions(in: text)
    } catch {
      tally.refused += 1
      return []
    }
    var digest = SHA256Digest()
    digest.update(bytes)
    let part = CollectedFunction.Part(digest: digest.finish())
    let license = license(of: file)
    tally.functions += functions.count
    var (kept, keptEnd) = ([CollectedFunction](), 0)
    for function in functions {
      // Functions inside of others follow the one that they are in.
      guard function.range.lowerBound >= keptEnd else {
        tally.drop(.nested)
        continue
      }
      guard let (text, leaves) = checked(function) else { continue }
      keptEnd = function.range.upperBound
      kept.append(
        CollectedFunction(
          id: id("\(file.name):\(function.line) \(function.name)"), text: text, path: file.name,
          line: function.line, part: part, license: license, leafCount: leaves))
    }
    return kept
  }

  /// The text of a function and how many leaves it has; nil if it is not to be kept, which is tallied.
  private mutating func checked(_ function: SourceFunction) -> (String, Int)? {
    switch function.content {
    case .broken: tally.drop(.broken)
    case .onlyDocstring: tally.drop(.onlyDocstring)
    case .noFunction: tally.drop(.noFunction)
    case .text(let text, let tree):
      let characters = text.unicodeScalars.count { !$0.properties.isWhitespace }
      // Kinds of keywords and punctuation are their text; names and literals have one kind each.
      let shape = tree.leaves.map { tree.nodes[$0].kind }.joined(separator: "\n")
      if characters > settings.maximumCharacters {
        tally.drop(.tooLong)
      } else if tree.leaves.count < settings.minimumLeaves {
        tally.drop(.tooFewLeaves)
      } else if !texts.insert(SHA256Digest.of(text)).inserted {
        tally.drop(.duplicate)
      } else if !shapes.insert(SHA256Digest.of(shape)).inserted {
        tally.drop(.nearDuplicate)
      } else {
        return (text, tree.leaves.count)
      }
    }
    return nil
  }

  /// Two functions of one name may begin on one line.
  private mutating func id(_ name: String) -> String {
    let number = ids[name, default: 0] + 1
    ids[name] = number
    return number == 1 ? name : "\(name) #\(number)"
  }

  private mutating func license(of file: SourceWalk.File) -> String? {
    if let license = settings.license { return license }
    guard let license = finder.license(of: file) else { return nil }
    licenses[file.name] = license
    return license.name
  }

  // MARK: - Thinning

  /// Functions within the limits, drawn by the seed: those of a file in an order of their own, and of all files the
  /// first ones before the second ones, so that a limit takes many files rather than many functions of few.
  private mutating func thinned(_ functions: [CollectedFunction]) -> [CollectedFunction] {
    let keys = functions.map { SHA256Digest.of("\(settings.seed) \($0.id)") }
    var places = [Int](repeating: 0, count: functions.count)
    for indices in Dictionary(grouping: functions.indices, by: { functions[$0].path }).values {
      for (place, index) in indices.sorted(by: { keys[$0] < keys[$1] }).enumerated() { places[index] = place }
    }
    var chosen = functions.indices.filter { places[$0] < settings.maximumPerFile ?? .max }
    for _ in chosen.count..<functions.count { tally.drop(.overPerFile) }
    if let limit = settings.limit, chosen.count > limit {
      for _ in limit..<chosen.count { tally.drop(.overLimit) }
      chosen = Array(chosen.sorted { (places[$0], keys[$0]) < (places[$1], keys[$1]) }.prefix(limit)).sorted()
    }
    return chosen.map { functions[$0] }
  }

  /// The texts of licences of the functions' files, each once.
  private func texts(of functions: [CollectedFunction]) -> [(file: String, text: String)] {
    var seen: Set<String> = []
    return functions.compactMap { function in
      guard let license = licenses[function.path], let file = license.file, seen.insert(file).inserted else {
        return nil
      }
      return (file, license.text)
    }
  }
}
