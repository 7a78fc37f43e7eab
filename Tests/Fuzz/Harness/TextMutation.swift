/// Changes of corpus files: of a line's JSON, of a table's cells, of the order and number of lines.
struct TextMutation {
  let json: JSONMutation
  let bytes: ByteMutation

  func apply(to file: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    var lines = file.split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
    let others = other.split(separator: 0x0a).map { Array($0) }
    guard random.chance(85), !others.isEmpty, !file.isEmpty, file.count < ByteMutation.largest / 2 else {
      return bytes.apply(to: &file, other: other, &random)
    }
    let index = random.below(lines.count)
    switch random.below(12) {
    case 0: lines.insert(lines[index], at: random.below(lines.count + 1))
    case 1: lines.remove(at: index)
    case 2: lines.swapAt(index, random.below(lines.count))
    case 3: lines.insert(random.pick(others), at: index)
    case 4: lines[index] += [0x0d]
    case 5: lines.insert([], at: index)
    case 6: lines += Array(repeating: lines[index], count: min(200, (1 << 14) / (1 + lines[index].count)))
    case 7: bytes.apply(to: &lines[index], other: random.pick(others), &random)
    default:
      if lines[index].first == 0x7b {
        json.apply(to: &lines[index], other: random.pick(others), &random)
      } else {
        cell(&lines[index], random.pick(others), &random)
      }
    }
    file = Array(lines.joined(separator: [0x0a]))
  }

  private static let cells = [
    "", "\"\"", "\"", "\"a,b\"", "\"a\tb\"", "\"line\nbreak\"", "\"\"\"\"", "true", "1e999", "-0", "0 1 2",
    "9223372036854775808",
    "2147483648 1", "é", "\u{feff}", "\u{0}", "a\"b", "\"a\"b", "\r", "1_000", "nan", "٣",
  ]

  private func cell(_ line: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) {
    let separator: UInt8 = line.contains(0x09) ? 0x09 : 0x2c
    var cells = line.split(separator: separator, omittingEmptySubsequences: false).map { Array($0) }
    let index = random.below(cells.count)
    switch random.below(6) {
    case 0: cells[index] = Array(random.pick(Self.cells).utf8)
    case 1: cells.swapAt(index, random.below(cells.count))
    case 2: cells.insert(cells[index], at: index)
    case 3: cells.remove(at: index)
    case 4: cells[index] = bytes.words.isEmpty ? [] : random.pick(bytes.words)
    default: bytes.apply(to: &cells[index], other: other, &random)
    }
    line = Array(cells.joined(separator: [separator]))
  }
}
