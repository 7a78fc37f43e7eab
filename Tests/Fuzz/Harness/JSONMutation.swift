/// Changes that keep a JSON document mostly well-formed, so that what reads it gets to see them.
struct JSONMutation {
  /// Names and strings that the reader knows.
  let words: [String]

  /// A value of the document: where it stands, and where its key or, in an array, itself begins.
  private struct Value {
    var range: Range<Int>
    var memberStart: Int
    var key: Range<Int>?
    var opening: UInt8
    var parent: Int?
  }

  private static let literals = [
    "null", "true", "false", "0", "-0", "-1", "1", "1.5", "1e-400", "-1e308", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "18446744073709551616", "2147483648", "4294967295", "[]",
    "{}", "[[]]", "[null]", "{\"\":null}", "\"\"", "\" \"",
  ]
  /// What only looks like JSON.
  private static let nonsense = [
    "1e999", "NaN", "Infinity", "-", "01", "1.", ".5", "+1", "0x10", "1e", "nul", "'a'", "[1,]", "{\"a\"}",
    "//", "",
  ]

  private static let escapes = [
    "\\u0000", "\\ud800", "\\udc00", "\\ud800\\u0041", "\\ud83d\\ude00", "\\udc00\\ud800", "\\u", "\\u12",
    "\\x41",
    "\\\"", "\\\\", "\\n", "\\uFFFF", "\\u0301", "é", "e\u{301}", "😀", "\u{feff}", "\u{202e}", "\u{1}",
    "(a+)+$", "(?=", "[^\\\\s]", "{0,99999}", "\\\\p{L}+", "[", "(", "*", "|", "^", "##", "Ġ", "▁", "<0x41>",
    "$A:0",
  ]

  /// Applies one change to the document in `bytes`; `other` is another document.
  func apply(to bytes: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    let values = Self.scan(bytes)
    guard !values.isEmpty else { return ByteMutation().apply(to: &bytes, other: other, &random) }
    let value = Self.pick(values, &random)
    switch random.below(16) {
    case 0, 1: replace(value.range, with: literal(&random), &bytes)
    case 2: duplicate(value, times: 1, &bytes, &random)
    case 3: delete(value, &bytes)
    case 4: replace(value.range, with: Array(bytes[random.pick(values).range]), &bytes)
    case 5:
      let foreign = Self.scan(other)
      if !foreign.isEmpty { replace(value.range, with: Array(other[random.pick(foreign).range]), &bytes) }
    case 6: nest(value, depth: random.pick([1, 1, 1, 1, 2, 2, 3, 5, 20, 130, 300, 12000]), &bytes, &random)
    case 7, 8: number(random.pick(values.filter(Self.isNumber).nonEmpty(or: values)), &bytes, &random)
    case 9, 10, 11:
      string(random.pick(values.filter { $0.opening == 0x22 }.nonEmpty(or: values)), &bytes, &random)
    case 12:
      rename(random.pick(values.filter { $0.key != nil }.nonEmpty(or: values)), values, &bytes, &random)
    case 13: duplicate(value, times: random.pick([2, 8, 64, 1000]), &bytes, &random)
    case 14: swap(value, random.pick(values), &bytes)
    default: replace(value.range, with: Array("\"\(random.pick(words.nonEmpty(or: [""])))\"".utf8), &bytes)
    }
  }

  /// A value: in half of the cases from any container alike, so that a vocabulary does not hide what is around it.
  private static func pick(_ values: [Value], _ random: inout FuzzRandom) -> Value {
    let parent = random.pick(values).parent
    guard random.chance(50), parent != nil else { return random.pick(values) }
    let containers = values.indices.filter { [0x7b, 0x5b].contains(values[$0].opening) }
    let chosen = random.pick(containers)
    let children = values.filter { $0.parent == chosen }
    return children.isEmpty ? values[chosen] : random.pick(children)
  }

  // MARK: Changes

  private func literal(_ random: inout FuzzRandom) -> [UInt8] {
    Array(random.pick(random.chance(90) ? Self.literals : Self.nonsense).utf8)
  }

  private func replace(_ range: Range<Int>, with text: [UInt8], _ bytes: inout [UInt8]) {
    guard bytes.count - range.count + text.count <= ByteMutation.largest else { return }
    bytes.replaceSubrange(range, with: text)
  }

  /// Puts copies before a member or element; members mostly under names of their own, since names that occur twice are
  /// seldom read further.
  private func duplicate(_ value: Value, times: Int, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    guard value.parent != nil else { return }
    let copy = Array(bytes[value.memberStart..<value.range.upperBound]) + [0x2c]
    let room = (ByteMutation.largest - bytes.count) / (copy.count + 4)
    let isRenamed = value.key != nil && random.chance(80)
    let copies = (0..<max(0, min(times, room))).flatMap { number in
      isRenamed ? [0x22] + "\(number)".utf8 + copy.dropFirst() : copy
    }
    bytes.insert(contentsOf: copies, at: value.memberStart)
  }

  private func delete(_ value: Value, _ bytes: inout [UInt8]) {
    var end = value.range.upperBound
    while end < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[end]) { end += 1 }
    if end < bytes.count, bytes[end] == 0x2c { return bytes.removeSubrange(value.memberStart...end) }
    var start = value.memberStart
    while start > 0, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[start - 1]) { start -= 1 }
    if start > 0, bytes[start - 1] == 0x2c { start -= 1 }
    bytes.removeSubrange(start..<value.range.upperBound)
  }

  private func nest(_ value: Value, depth: Int, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let (open, close) = random.chance(50) ? ("[", "]") : ("{\"a\":", "}")
    let inner = Array(bytes[value.range])
    let text =
      Array(String(repeating: open, count: depth).utf8) + inner
      + Array(String(repeating: close, count: depth).utf8)
    replace(value.range, with: text, &bytes)
  }

  private func number(_ value: Value, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let old = Int(String(decoding: bytes[value.range], as: UTF8.self)) ?? 0
    let text =
      switch random.below(6) {
      case 0: "\(old &+ 1)"
      case 1: "\(old &- 1)"
      case 2: "\(old &* 2)"
      case 3: "\(random.pick(ByteMutation.integers))"
      case 4:
        "\(old).\(String(repeating: "0", count: 1 + random.length(upTo: 300)))1e\(random.pick([0, 1, 18, 300, -300, 99999]))"
      default: String(repeating: "7", count: 1 + random.length(upTo: 400))
      }
    replace(value.range, with: Array(text.utf8), &bytes)
  }

  private func string(_ value: Value, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    guard value.opening == 0x22, value.range.count >= 2 else {
      return replace(value.range, with: literal(&random), &bytes)
    }
    let content = value.range.lowerBound + 1..<value.range.upperBound - 1
    let place = content.lowerBound + random.below(content.count + 1)
    switch random.below(8) {
    case 0, 1, 2: bytes.insert(contentsOf: random.pick(Self.escapes).utf8, at: place)
    case 3: replace(place..<place, with: Array(repeating: 0x61, count: random.length(upTo: 8192)), &bytes)
    case 4:
      bytes.insert(
        contentsOf: random.pick([
          [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xf4, 0x90, 0x80, 0x80], [0xe2],
        ]), at: place)
    case 5: replace(content, with: Array(random.pick(words.nonEmpty(or: [""])).utf8), &bytes)
    case 6: replace(place..<content.upperBound, with: [], &bytes)
    default: replace(place..<place, with: Array(bytes[content]), &bytes)
    }
  }

  private func rename(_ value: Value, _ values: [Value], _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    guard let key = value.key else { return }
    let others = values.compactMap { $0.key }
    let name =
      random.chance(50)
      ? Array("\"\(random.pick(words.nonEmpty(or: [""])))\"".utf8) : Array(bytes[random.pick(others)])
    replace(key, with: name, &bytes)
  }

  private func swap(_ a: Value, _ b: Value, _ bytes: inout [UInt8]) {
    let (first, second) = a.range.lowerBound < b.range.lowerBound ? (a.range, b.range) : (b.range, a.range)
    guard first.upperBound <= second.lowerBound else { return }
    let (head, tail) = (Array(bytes[first]), Array(bytes[second]))
    replace(second, with: head, &bytes)
    replace(first, with: tail, &bytes)
  }

  // MARK: Scanning

  private static func isNumber(_ value: Value) -> Bool {
    value.opening == 0x2d || 0x30...0x39 ~= value.opening
  }

  /// The values of a document that may be damaged: what is found is good enough to be changed.
  private static func scan(_ bytes: [UInt8]) -> [Value] {
    var values: [Value] = []
    var open: [Int] = []
    var key: Range<Int>?
    var index = 0
    while index < bytes.count, values.count < 8192 {
      let start = index
      func value(_ end: Int) -> Value {
        Value(
          range: start..<end, memberStart: key?.lowerBound ?? start, key: key, opening: bytes[start],
          parent: open.last)
      }
      switch bytes[index] {
      case 0x7b, 0x5b:
        values.append(value(bytes.count))
        open.append(values.count - 1)
        (key, index) = (nil, index + 1)
      case 0x7d, 0x5d:
        index += 1
        if let last = open.popLast() { values[last].range = values[last].range.lowerBound..<index }
      case 0x22:
        index += 1
        while index < bytes.count, bytes[index] != 0x22 { index += bytes[index] == 0x5c ? 2 : 1 }
        index = min(index + 1, bytes.count)
        var next = index
        while next < bytes.count, bytes[next] == 0x20 { next += 1 }
        if next < bytes.count, bytes[next] == 0x3a, key == nil {
          (key, index) = (start..<index, next + 1)
        } else {
          values.append(value(index))
          key = nil
        }
      case 0x20, 0x0a, 0x0d, 0x09, 0x2c, 0x3a: index += 1
      default:
        while index < bytes.count, !",:{}[]\" \n\r\t".utf8.contains(bytes[index]) { index += 1 }
        values.append(value(index))
        key = nil
      }
    }
    return values
  }
}

extension Array {
  /// The array itself, or `fallback` when it has no elements.
  fileprivate func nonEmpty(or fallback: [Element]) -> [Element] { isEmpty ? fallback : self }
}
