/// Text on its way through the pipeline, with the bytes of the input that each of its bytes comes from.
///
/// Three kinds of bytes arise:
/// - untouched ones stand for exactly one byte of the input, so that a token which ends inside a character still
///   has an exact span;
/// - the bytes of a rewritten character stand for the whole of what it was made from;
/// - the bytes of an insertion (a prefix space) stand for the empty range where they were inserted.
///
/// The reference tokenizers differ in two places: an insertion takes over its neighbour's range there, and a
/// composed character keeps only the range of its first part.
struct AlignedText: Sendable {
  /// A range of bytes of the input.
  struct Source: Sendable, Equatable {
    var start: Int32
    var end: Int32
  }

  /// Valid UTF-8.
  private(set) var bytes: [UInt8]
  /// The input's byte under `bytes[0]`, as long as nothing was moved.
  private let base: Int
  /// One source a byte; `nil` while byte `i` is still the input's byte `base + i`.
  private var sources: [Source]?

  /// A part of the input that begins at its byte `base`.
  init(bytes: [UInt8], base: Int) {
    self.bytes = bytes
    self.base = base
  }

  private init(bytes: [UInt8], sources: [Source]) {
    self.bytes = bytes
    self.base = 0
    self.sources = sources
  }

  /// The input's bytes that a range of this text comes from.
  func source(of range: Range<Int>) -> Range<Int> {
    guard let sources else { return base + range.lowerBound..<base + range.upperBound }
    guard !range.isEmpty else {
      let place = range.lowerBound < sources.count ? sources[range.lowerBound].start : sources.last?.end ?? 0
      return Int(place)..<Int(place)
    }
    var start = sources[range.lowerBound].start
    var end = sources[range.upperBound - 1].end
    for source in sources[range] {
      start = min(start, source.start)
      end = max(end, source.end)
    }
    return Int(start)..<Int(max(start, end))
  }

  /// The source of the byte at `index`.
  func source(at index: Int) -> Source {
    sources?[index] ?? Source(start: Int32(base + index), end: Int32(base + index + 1))
  }

  /// A part of the text, alignment and all.
  func slice(_ range: Range<Int>) -> AlignedText {
    if range == 0..<bytes.count { return self }
    guard let sources else { return AlignedText(bytes: Array(bytes[range]), base: base + range.lowerBound) }
    return AlignedText(bytes: Array(bytes[range]), sources: Array(sources[range]))
  }

  /// The scalars of the text, or of a part of it, with the range of bytes that each takes.
  func forEachScalar(in part: Range<Int>? = nil, _ body: (Unicode.Scalar, Range<Int>) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      var index = part?.lowerBound ?? 0
      let end = part?.upperBound ?? bytes.count
      while index < end {
        let (value, length) = decodeScalar(bytes, at: index)
        body(Unicode.Scalar(value) ?? "\u{FFFD}", index..<index + length)
        index += length
      }
    }
  }

  /// Rewrites every scalar: `edit` says what becomes of it. Runs that are kept are copied in one go, and a text
  /// without any change keeps its memory.
  mutating func rewriteScalars(_ edit: (Unicode.Scalar) -> ScalarEdit) {
    var builder: Builder?
    var kept = 0
    forEachScalar { scalar, range in
      let change = edit(scalar)
      if case .keep = change { return }
      var next = builder ?? Builder(capacity: bytes.count)
      builder = nil
      next.copy(kept..<range.lowerBound, of: self)
      kept = range.upperBound
      let source = source(of: range)
      switch change {
      case .keep, .drop: break
      case .substitute(let scalar): next.append(scalar, from: source)
      case .replace(let scalars):
        for scalar in scalars { next.append(scalar, from: source) }
      case .surround(let blank):
        next.append(blank, from: source.lowerBound..<source.lowerBound)
        next.copy(range, of: self)
        next.append(blank, from: source.upperBound..<source.upperBound)
      }
      builder = next
    }
    guard var builder else { return }
    builder.copy(kept..<bytes.count, of: self)
    self = builder.text
  }

  /// Replaces ASCII characters by others of their kind, in place: that changes no alignment.
  mutating func rewriteASCII(_ edit: (UInt8) -> UInt8) {
    for index in bytes.indices where bytes[index] < 0x80 { bytes[index] = edit(bytes[index]) }
  }
}

/// What becomes of one scalar.
enum ScalarEdit {
  case keep
  case drop
  case substitute(Unicode.Scalar)
  case replace(String.UnicodeScalarView)
  /// The scalar stays and gets an inserted character on either side.
  case surround(Unicode.Scalar)
}

extension AlignedText {
  /// Puts a text together from parts of another one and from new characters.
  struct Builder {
    private var bytes: [UInt8] = []
    private var sources: [Source] = []

    init(capacity: Int) {
      bytes.reserveCapacity(capacity)
      sources.reserveCapacity(capacity)
    }

    var text: AlignedText { AlignedText(bytes: bytes, sources: sources) }
    var count: Int { bytes.count }

    /// Takes over a range of `text` as it is.
    mutating func copy(_ range: Range<Int>, of text: AlignedText) {
      bytes.append(contentsOf: text.bytes[range])
      if let known = text.sources {
        sources.append(contentsOf: known[range])
      } else {
        for index in range { sources.append(text.source(at: index)) }
      }
    }

    /// A new character that comes from `source` of the input; an empty range for an insertion.
    mutating func append(_ scalar: Unicode.Scalar, from source: Range<Int>) {
      let source = Source(start: Int32(source.lowerBound), end: Int32(source.upperBound))
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
        bytes.append(byte)
        sources.append(source)
      }
    }

    /// New valid UTF-8 that comes from `source` of the input.
    mutating func append(_ new: ArraySlice<UInt8>, from source: Range<Int>) {
      let source = Source(start: Int32(source.lowerBound), end: Int32(source.upperBound))
      bytes.append(contentsOf: new)
      sources.append(contentsOf: repeatElement(source, count: new.count))
    }
  }
}
