import Foundation

extension Tokenizer {
  /// Everything that decides ids, as bytes to take a digest of.
  ///
  /// Two tokenizers with equal bytes give equal ids and spans for every text and policy. File names, the decoder,
  /// padding and truncation are left out: they decide nothing. The layout is versioned by its first line.
  public var canonicalBytes: Data {
    var bytes = Array("probe-tokenizer 1\n\(pipeline)\n".utf8)
    func append(_ number: Int) {
      withUnsafeBytes(of: Int32(truncatingIfNeeded: number).littleEndian) { bytes.append(contentsOf: $0) }
    }
    func append(_ text: String) {
      append(text.utf8.count)
      bytes.append(contentsOf: text.utf8)
    }
    for pieces in [model.table.pieces, vocabulary.pieces] {
      append(pieces.count)
      for piece in pieces { append(piece) }
    }
    if case .bytePair(let model) = model {
      append(model.mergePairs.count)
      for (left, right) in model.mergePairs {
        append(Int(left))
        append(Int(right))
      }
    }
    if case .unigram(let model) = model {
      for score in model.scores {
        withUnsafeBytes(of: score.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    append(vocabulary.added.count)
    for token in vocabulary.added {
      append(token.id)
      append(token.content)
      let flags = [
        token.isSingleWord, token.stripsLeft, token.stripsRight, token.isNormalized, token.isSpecial,
      ]
      append(flags.reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
    }
    return Data(bytes)
  }

  /// The pipeline in words, for provenance.
  public var summary: String {
    "\(pipeline); \(vocabularySize) ids, \(vocabulary.added.count) added tokens; \(beginningPolicy)"
  }

  /// What each ``Sentinel`` puts around a text, in words, for provenance.
  public var beginningPolicy: String {
    let beginning =
      specials.beginning.map { "\(spell([$0.id])) (\($0.reason))" }
      ?? "impossible: the checkpoint has no such token"
    return "sentinel tokenizer: before \(spell(postProcessor.prefix)), after \(spell(postProcessor.suffix)); "
      + "sentinel bos: before \(beginning), after nothing; a text that begins with it gets no second one"
  }

  /// The parts and their settings, one word per part.
  private var pipeline: String {
    let parts = [
      "normalizer \(normalizer?.canonical ?? "none")", "pre-tokenizer \(preTokenizer?.canonical ?? "none")",
      "model \(model.canonical)",
      "post-processor before \(postProcessor.prefix) after \(postProcessor.suffix)"
        + " trims \(postProcessor.trimsSpans) keeps-first \(postProcessor.keepsFirstSpace)",
      "beginning \(specials.beginning.map { "\($0.id)" } ?? "none")",
    ]
    return parts.joined(separator: "; ")
  }

  private func spell(_ ids: [Int]) -> String {
    ids.isEmpty ? "nothing" : ids.map { "\(vocabulary.pieces[$0]) = \($0)" }.joined(separator: ", ")
  }
}

extension Normalizer {
  /// A spelling that two normalizers share only if they do the same.
  var canonical: String {
    switch self {
    case .form(let form): form.rawValue
    case .lowercase: "Lowercase"
    case .stripAccents: "StripAccents"
    case .bert(let clean, let ideographs, let strip, let lowercase):
      "Bert(clean \(clean), ideographs \(ideographs), strip accents \(strip), lowercase \(lowercase))"
    case .replace(let pattern, let content): "Replace(\(pattern.canonical), \(content.debugDescription))"
    case .prepend(let prefix): "Prepend(\(prefix.debugDescription))"
    case .strip(let left, let right): "Strip(left \(left), right \(right))"
    case .nmt: "Nmt"
    case .byteLevel: "ByteLevel"
    case .precompiled(let map): "Precompiled(\(map.digest))"
    case .sequence(let parts): "[\(parts.map { $0.canonical }.joined(separator: ", "))]"
    }
  }
}

extension PreTokenizer {
  /// A spelling that two pre-tokenizers share only if they do the same.
  var canonical: String {
    switch self {
    case .byteLevel(let prefix, let pattern, let rewrites):
      "ByteLevel(prefix space \(prefix), pattern \(pattern), rewrites \(rewrites))"
    case .digits(let individual): "Digits(individual \(individual))"
    case .split(let pattern, let behavior, let inverted):
      "Split(\(pattern.canonical), \(behavior.rawValue), inverted \(inverted))"
    case .whitespace: "Whitespace"
    case .whitespaceSplit: "WhitespaceSplit"
    case .bert: "Bert"
    case .punctuation(let behavior): "Punctuation(\(behavior.rawValue))"
    case .metaspace(let mark, let scheme, let splits):
      "Metaspace(\(mark), \(scheme.rawValue), splits \(splits))"
    case .sequence(let parts): "[\(parts.map { $0.canonical }.joined(separator: ", "))]"
    }
  }
}

extension SplitPattern {
  /// A spelling that two patterns share only if they match the same.
  var canonical: String {
    switch self {
    case .literal(let bytes): String(decoding: bytes, as: UTF8.self).debugDescription
    case .scanner(let scanner): "/\(scanner.regex)/"
    case .regex(let regex): "/\(regex.source)/"
    }
  }
}

extension TokenModel {
  /// The model's type and settings.
  var canonical: String {
    switch self {
    case .bytePair(let model):
      "BPE(bytes \(model.readsRawBytes), unknown \(model.options.unknownToken?.debugDescription ?? "none"), "
        + "prefix \(model.options.continuingPrefix?.debugDescription ?? "none"), "
        + "suffix \(model.options.wordSuffix?.debugDescription ?? "none"), fuses \(model.options.fusesUnknown), "
        + "byte fallback \(model.options.fallsBackToBytes), ignores merges \(model.options.ignoresMerges))"
    case .wordPiece(let model):
      "WordPiece(unknown \(model.unknownToken.debugDescription), prefix \(model.continuingPrefix.debugDescription), "
        + "at most \(model.maximumCharacters) characters)"
    case .unigram(let model):
      "Unigram(unknown \(model.unknownID.map { "\($0)" } ?? "none"), byte fallback \(model.fallsBackToBytes))"
    case .wordLevel(let model): "WordLevel(unknown \(model.unknownToken.debugDescription))"
    }
  }
}
