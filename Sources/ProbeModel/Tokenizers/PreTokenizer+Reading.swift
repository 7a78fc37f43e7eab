extension PreTokenizer {
  static let supported = [
    "ByteLevel", "Digits", "Split", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "Punctuation",
    "Metaspace", "CharDelimiterSplit", "FixedLength", "UnicodeScripts", "Sequence",
  ]

  /// Reads the `pre_tokenizer` of a `tokenizer.json`.
  ///
  /// - Parameter isLast: whether nothing cuts the text after this part. A ByteLevel in that place leaves the
  ///   bytes as they are, and the model's table is keyed by byte.
  init(_ node: JSONNode, isLast: Bool = true) throws(TokenizerError) {
    let type = try node.required("type").string()
    switch type {
    case "ByteLevel":
      self = .byteLevel(
        addsPrefixSpace: try node.bool("add_prefix_space", default: true),
        usesPattern: try node.bool("use_regex", default: true), rewritesBytes: !isLast)
    case "Digits": self = .digits(individual: try node.bool("individual_digits", default: false))
    case "Split":
      self = .split(
        try SplitPattern(try node.required("pattern")), try SplitBehavior(try node.required("behavior")),
        inverted: try node.bool("invert", default: false))
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "BertPreTokenizer": self = .bert
    case "Punctuation":
      guard let behavior = try node.child("behavior") else {
        self = .punctuation(.isolated)
        return
      }
      self = .punctuation(try SplitBehavior(behavior))
    case "Metaspace":
      self = .metaspace(
        try node.required("replacement").scalar(), try PrependScheme(node),
        splits: try node.bool("split", default: true))
    case "CharDelimiterSplit": self = .delimiter(try node.required("delimiter").scalar())
    case "UnicodeScripts": self = .unicodeScripts
    case "FixedLength":
      let length = try node.child("length")
      guard let length, try length.count() == 0 else {
        self = .fixedLength(try length?.count() ?? 5)
        return
      }
      throw length.invalid(expected: "1 or more", found: "0")
    case "Sequence":
      let elements = try node.required("pretokenizers").elements()
      var parts: [PreTokenizer] = []
      for (index, element) in elements.enumerated() {
        parts.append(try PreTokenizer(element, isLast: isLast && index == elements.count - 1))
      }
      self = .sequence(parts)
    default: throw node.unsupported("pre-tokenizer", found: "\"\(type)\"", supported: Self.supported)
    }
  }

  /// Whether the words that come out are raw bytes which the model must read in GPT-2's alphabet.
  var leavesRawBytes: Bool {
    switch self {
    case .byteLevel(_, _, let rewritesBytes): !rewritesBytes
    case .sequence(let parts): parts.last?.leavesRawBytes ?? false
    default: false
    }
  }
}

extension PreTokenizer.PrependScheme {
  /// Reads `prepend_scheme`, or the older `add_prefix_space`, of a Metaspace.
  init(_ node: JSONNode) throws(TokenizerError) {
    let addsPrefix = try node.bool("add_prefix_space", default: true)
    guard let scheme = try node.child("prepend_scheme") else {
      self = addsPrefix ? .always : .never
      return
    }
    let name = try scheme.string()
    guard let known = Self(rawValue: name) else {
      throw scheme.unsupported(
        "prepend scheme", found: "\"\(name)\"", supported: Self.allCases.map { $0.rawValue })
    }
    guard addsPrefix || known == .never else {
      throw scheme.invalid(expected: "\"never\", as add_prefix_space is false", found: "\"\(name)\"")
    }
    self = known
  }
}
