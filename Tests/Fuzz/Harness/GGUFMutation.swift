/// Changes of GGUF files: of single fields, of whole entries with their counts, of strings with their lengths.
struct GGUFMutation {
  let bytes: ByteMutation

  func apply(to file: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    guard let layout = GGUFLayout(file), random.chance(85) else {
      return bytes.apply(to: &file, other: other, &random)
    }
    let data = Array(file[min(layout.dataStart, file.count)...])
    var header = Array(file[..<layout.headerEnd])
    switch random.below(12) {
    case 0, 1, 2: integer(random.pick(layout.integers), &header, &random)
    case 3: integer(random.pick(layout.integers), &header, &random, small: true)
    case 4, 5, 6, 7:
      guard !layout.strings.isEmpty else { return bytes.apply(to: &file, other: other, &random) }
      string(random.pick(layout.strings), &header, other, &random)
    case 8: entry(layout.metadata, counter: 16, &header, &random)
    case 9: entry(layout.tensors, counter: 8, &header, &random)
    default:
      var tail = data
      bytes.apply(to: &tail, other: other, &random)
      file = header + padding(header.count, &random) + tail
      return
    }
    guard header.count <= ByteMutation.largest else { return }
    file = header + padding(header.count, &random) + data
  }

  /// Up to the next multiple of 32, or, seldom, somewhere else.
  private func padding(_ count: Int, _ random: inout FuzzRandom) -> [UInt8] {
    [UInt8](repeating: 0, count: random.chance(95) ? (32 - count % 32) % 32 : random.below(40))
  }

  private func integer(
    _ field: GGUFLayout.Field, _ header: inout [UInt8], _ random: inout FuzzRandom, small: Bool = false
  ) {
    let value = small ? Int64(random.below(40)) : random.pick(ByteMutation.integers)
    header.replaceSubrange(field.range, with: ByteMutation.littleEndian(value, width: field.range.count))
  }

  private func string(
    _ field: GGUFLayout.Field, _ header: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom
  ) {
    var text = Array(header[field.range])
    if random.chance(30), !bytes.words.isEmpty {
      text = random.pick(bytes.words)
    } else {
      bytes.apply(to: &text, other: other, &random)
    }
    header.replaceSubrange(
      field.range.lowerBound - 8..<field.range.upperBound,
      with: ByteMutation.littleEndian(Int64(text.count), width: 8) + text)
  }

  /// Doubles or removes an entry; `counter` is where the number of such entries stands.
  private func entry(
    _ entries: [Range<Int>], counter: Int, _ header: inout [UInt8], _ random: inout FuzzRandom
  ) {
    guard !entries.isEmpty else { return }
    let entry = random.pick(entries)
    let isDoubled = random.chance(50)
    if isDoubled {
      header.insert(contentsOf: Array(header[entry]), at: random.pick(entries).lowerBound)
    } else {
      header.removeSubrange(entry)
    }
    guard random.chance(90) else { return }
    let count = Int64(entries.count + (isDoubled ? 1 : -1))
    header.replaceSubrange(counter..<counter + 8, with: ByteMutation.littleEndian(count, width: 8))
  }
}

/// Where the fields of a GGUF header stand; nil for a file too damaged to tell.
struct GGUFLayout {
  struct Field { let range: Range<Int> }

  private(set) var integers: [Field] = []
  /// The characters of strings; the length stands in the 8 bytes before.
  private(set) var strings: [Field] = []
  private(set) var metadata: [Range<Int>] = []
  private(set) var tensors: [Range<Int>] = []
  private(set) var headerEnd = 0
  var dataStart: Int { (headerEnd + 31) / 32 * 32 }

  init?(_ file: [UInt8]) {
    var index = 4
    guard file.starts(with: "GGUF".utf8), integer(file, &index, 4) != nil,
      let tensorCount = integer(file, &index, 8), let metadataCount = integer(file, &index, 8),
      tensorCount <= 10_000, metadataCount <= 10_000
    else { return nil }
    for _ in 0..<metadataCount {
      let start = index
      guard string(file, &index), let type = integer(file, &index, 4), value(file, &index, type, depth: 0)
      else {
        return nil
      }
      metadata.append(start..<index)
    }
    for _ in 0..<tensorCount {
      let start = index
      guard string(file, &index), let dimensions = integer(file, &index, 4), dimensions <= 8 else {
        return nil
      }
      for _ in 0..<dimensions where integer(file, &index, 8) == nil { return nil }
      guard integer(file, &index, 4) != nil, integer(file, &index, 8) != nil else { return nil }
      tensors.append(start..<index)
    }
    headerEnd = index
  }

  private mutating func integer(_ file: [UInt8], _ index: inout Int, _ width: Int) -> UInt64? {
    guard width <= file.count - index else { return nil }
    defer { index += width }
    integers.append(Field(range: index..<index + width))
    return file[index..<index + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func string(_ file: [UInt8], _ index: inout Int) -> Bool {
    guard let length = integer(file, &index, 8), length <= UInt64(file.count - index) else { return false }
    strings.append(Field(range: index..<index + Int(length)))
    index += Int(length)
    return true
  }

  private mutating func value(_ file: [UInt8], _ index: inout Int, _ type: UInt64, depth: Int) -> Bool {
    switch type {
    case 0, 1, 7: return integer(file, &index, 1) != nil
    case 2, 3: return integer(file, &index, 2) != nil
    case 4, 5, 6: return integer(file, &index, 4) != nil
    case 8: return string(file, &index)
    case 9:
      guard depth < 4, let type = integer(file, &index, 4), let count = integer(file, &index, 8),
        count <= UInt64(file.count)
      else { return false }
      for _ in 0..<count where !value(file, &index, type, depth: depth + 1) { return false }
      return true
    case 10, 11, 12: return integer(file, &index, 8) != nil
    default: return false
    }
  }
}
