import ProbeModel

/// A reader under test: where its seeds are, how they are changed, and how it is called.
public struct FuzzTarget: Sendable {
  /// The reader's name on the command line and of its folder of seeds.
  public let name: String
  /// The inputs that are changed.
  public let seeds: [FuzzInput]
  /// Applies one change.
  let mutate: @Sendable (inout [UInt8], _ other: [UInt8], inout FuzzRandom) -> Void
  /// Makes the reader's call; `folder` is an empty one for files.
  let prepare: @Sendable (_ folder: String) throws -> FuzzReader

  /// The input of an iteration: first the seeds as they are, then seeds with one to eight changes.
  public func input(seed: UInt64, iteration: Int) -> FuzzInput {
    if iteration < seeds.count { return seeds[iteration] }
    var random = FuzzRandom(seed: seed, target: name, iteration: iteration)
    var input = random.pick(seeds)
    var changes = 1
    while changes < 8, random.chance(40) { changes += 1 }
    for _ in 0..<changes {
      mutate(&input.bytes, random.pick(seeds).bytes, &random)
    }
    return input
  }

  /// The reader, with `folder` to put files into.
  public func reader(in folder: String) throws -> FuzzReader { try prepare(folder) }

  /// Every reader.
  ///
  /// - Throws: when the seeds cannot be read.
  public static func all(_ folder: FuzzFolder) throws -> [FuzzTarget] {
    [
      try safetensors(folder), try index(folder), try gguf(folder), try pickle(folder), try tokenizer(folder),
      try config(folder),
      try corpus(folder),
    ]
  }
}

/// A call that reads an input to the end. It throws what the reader throws.
public struct FuzzReader {
  let read: (FuzzInput) throws -> Void

  /// Makes a reader from its call.
  public init(_ read: @escaping (FuzzInput) throws -> Void) { self.read = read }

  /// What became of an input.
  public enum Outcome: Equatable {
    /// The reader took it.
    case accepted
    /// The reader refused it with one of the module's errors: the reason, and the first words.
    case refused(String)
    /// The reader refused it with an error that is not part of its contract.
    case stray(String)
  }

  /// Reads an input.
  public func outcome(of input: FuzzInput) -> Outcome {
    do {
      try read(input)
      return .accepted
    } catch let error as ModelError {
      return .refused(
        "\(error.reason.rawValue): \(Self.summary(error.problem))\(error.description.isEmpty ? "!" : "")")
    } catch let error as TokenizerError {
      return .refused(
        "\(error.reason.rawValue): \(Self.summary(error.expected))\(error.description.isEmpty ? "!" : "")")
    } catch {
      return .stray("\(type(of: error)): \(error)")
    }
  }

  /// The first words of an error's text, with "…" for what is not a plain word: names and numbers of the input.
  private static func summary(_ text: String) -> String {
    var words: [Substring] = []
    for word in text.prefix(200).split(separator: " ") where words.count < 8 {
      if word.utf8.allSatisfy({ 0x61...0x7a ~= $0 || $0 == 0x2c || $0 == 0x27 }) {
        words.append(word)
      } else if words.last != "…" {
        words.append("…")
      }
    }
    return words.joined(separator: " ")
  }
}
