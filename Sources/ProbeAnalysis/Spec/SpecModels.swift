import Foundation
import ProbeModel

/// Where a model of a spec comes from.
public enum ModelSource: Sendable, Hashable, CustomStringConvertible {
  /// A name that `scripts/fetch-model.sh` knows, or a path.
  case checkpoint(String)
  /// The random-initialised twin of a model given so.
  case twin(of: String, seed: UInt64, keeps: TwinKeeps = .nothing)

  /// Name or path of the checkpoint, a twin's of the model that it is the twin of.
  public var checkpoint: String {
    switch self {
    case .checkpoint(let model), .twin(let model, _, _): model
    }
  }

  /// Whether it is a random-initialised twin.
  public var isTwin: Bool { if case .twin = self { true } else { false } }

  /// Whether it is a twin with its model's trained embeddings.
  public var keepsEmbeddings: Bool { if case .twin(_, _, .embeddings) = self { true } else { false } }

  /// In words, for messages.
  public var description: String {
    switch self {
    case .checkpoint(let model): model
    case .twin(let model, let seed, .nothing): "the random twin of \(model) with seed \(seed)"
    case .twin(let model, let seed, .embeddings):
      "the random twin of \(model) with its embeddings and seed \(seed)"
    }
  }

  /// Path of the checkpoint.
  ///
  /// - Throws: ``SpecError`` `.notFound` that says how to get it.
  @discardableResult
  public func path() throws(SpecError) -> String {
    do {
      return try ModelLocator.path(of: checkpoint)
    } catch {
      guard isTwin else { throw error }
      throw SpecError(
        error.reason, at: error.location, "\(error.problem), so that it has no twin", advice: error.advice)
    }
  }

  /// Opens the checkpoint, or draws the twin's weights.
  ///
  /// - Throws: ``SpecError`` `.notFound`; errors of the checkpoint.
  public func open() throws -> HookedTransformer {
    switch self {
    case .checkpoint: try .open(path())
    case .twin(_, let seed, let keeps): try .twin(of: path(), seed: seed, keeps: keeps)
    }
  }

  /// The weights' digest, without loading them.
  ///
  /// - Throws: as ``open()``.
  func weightsDigest() throws -> String {
    switch self {
    case .checkpoint: try HookedTransformer.weightsDigest(of: path())
    case .twin(_, let seed, let keeps):
      try HookedTransformer.weightsDigest(ofTwinOf: path(), seed: seed, keeps: keeps)
    }
  }

  /// The name that its captures carry, as far as it can be known without the model.
  var modelName: String {
    switch self {
    case .checkpoint(let model): HookedTransformer.name(of: model)
    case .twin(let model, let seed, let keeps): HookedTransformer.name(of: model, twin: (seed, keeps))
    }
  }
}

/// A model of a spec under its name there.
public struct NamedModel: Sendable, Equatable {
  /// The name of the model that a spec is about.
  public static let main = "main"

  /// Its key in `models`.
  public let name: String
  /// One source, or one for each seed of a twin, in the order of the file.
  public let sources: [ModelSource]

  /// Whether it is a random-initialised twin.
  public var isTwin: Bool { sources.contains { $0.isTwin } }
}

extension NamedModel {
  private static let twinKeys = ["init-of", "keep", "seed", "seeds"]

  /// Reads `models`, or `model`, which is short for its `main`.
  ///
  /// - Parameter resolve: gives the path, or the name, that a value stands for.
  /// - Returns: the models in the order of the file, `main` first.
  /// - Throws: ``SpecError`` naming file, line and key.
  static func read(
    _ spec: SpecReader, resolve: (String) -> String
  ) throws(SpecError) -> [NamedModel] {
    guard let map = try spec.optionalMapping("models") else {
      return [NamedModel(name: main, sources: [.checkpoint(resolve(try spec.string("model")))])]
    }
    guard try spec.optionalString("model") == nil else {
      throw spec.error(
        .duplicate, "model", "the spec has models as well", advice: "model is short for models: { main: … }")
    }
    guard map.keys.contains(main) else {
      throw spec.error(
        .missingKey, "models", "no model is called main", advice: "Call that one main which is asked about")
    }
    var checkpoints: [String: String] = [:]
    for key in map.keys where map.isText(key) { checkpoints[key] = resolve(try map.string(key)) }
    guard let first = checkpoints[main] else {
      throw map.error(.wrongType, main, "expected a name or a path: what is asked about is no twin")
    }
    var models = [NamedModel(name: main, sources: [.checkpoint(first)])]
    for key in map.keys where key != main {
      guard !key.isEmpty, key.utf8.allSatisfy(isIdentifierByte) else {
        throw map.error(.badValue, key, "\"\(key)\" is not a name", advice: "Use letters, digits, _ and -")
      }
      var sources: [ModelSource] = []
      if let checkpoint = checkpoints[key] {
        sources = [.checkpoint(checkpoint)]
      } else {
        sources = try twins(key, map, of: checkpoints)
      }
      // Compared with itself, a model differs by nothing: that would look like a finding.
      if let other = models.first(where: { !Set($0.sources).isDisjoint(with: sources) }) {
        throw map.error(.duplicate, key, "\(key) is the same model as \(other.name)")
      }
      models.append(NamedModel(name: key, sources: sources))
    }
    return models
  }

  /// Reads `{ init-of: NAME, seed: N }` or `{ init-of: NAME, seeds: [N, …] }`, either with `keep: embeddings`.
  private static func twins(
    _ key: String, _ map: SpecReader, of checkpoints: [String: String]
  ) throws(SpecError) -> [ModelSource] {
    guard let twin = try map.optionalMapping(key) else {
      throw map.error(.missingKey, key, "expected a name, a path, or { init-of: main, seed: 1 }")
    }
    try twin.allowOnly(twinKeys)
    let original = try twin.string("init-of")
    guard let checkpoint = checkpoints[original] else {
      throw twin.error(
        .badValue, "init-of",
        map.keys.contains(original)
          ? "\(original) is a twin itself: a twin is of a model with weights of its own"
          : "no model is called \(original)",
        advice: "There is: \(map.keys.filter { checkpoints[$0] != nil }.joined(separator: ", "))")
    }
    let keeps = try twin.optionalCase("keep", of: TwinKeeps.self) ?? .nothing
    return try seeds(twin).map { .twin(of: checkpoint, seed: $0, keeps: keeps) }
  }

  private static func seeds(_ twin: SpecReader) throws(SpecError) -> [UInt64] {
    let (one, many) = (try twin.optionalInteger("seed"), try twin.optionalIntegers("seeds"))
    guard (one == nil) != (many == nil) else {
      throw twin.error(
        one == nil ? .missingKey : .duplicate, "expected either seed or seeds",
        advice: "A baseline wants three seeds or more: seeds: [1, 2, 3]")
    }
    let key = one == nil ? "seeds" : "seed"
    let seeds = many ?? one.map { [$0] } ?? []
    guard !seeds.isEmpty, seeds.allSatisfy({ $0 >= 0 }) else {
      throw twin.error(.badValue, key, "expected whole numbers from 0")
    }
    guard Set(seeds).count == seeds.count else { throw twin.error(.duplicate, key, "a seed occurs twice") }
    return seeds.map { UInt64($0) }
  }
}
