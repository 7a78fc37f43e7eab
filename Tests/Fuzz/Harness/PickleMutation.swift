/// Changes of PyTorch checkpoints: mostly of the opcodes of the pickle, in an archive that is put together anew.
struct PickleMutation {
  let bytes: ByteMutation

  func apply(to file: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    guard var archive = StoredZip(file), !archive.entries.isEmpty, random.chance(88) else {
      return bytes.apply(to: &file, other: other, &random)
    }
    let pickle = archive.entries.firstIndex { $0.name.hasSuffix("data.pkl") }
    switch random.below(20) {
    case 0: archive.entries.remove(at: random.below(archive.entries.count))
    case 1: archive.entries.append(random.pick(archive.entries))
    case 2: archive.entries.swapAt(random.below(archive.entries.count), random.below(archive.entries.count))
    case 3:
      var name = Array(archive.entries[random.below(archive.entries.count)].name.utf8)
      bytes.apply(to: &name, other: other, &random)
      archive.entries[random.below(archive.entries.count)].name = String(decoding: name, as: UTF8.self)
    case 4:
      let index = random.below(archive.entries.count)
      bytes.apply(to: &archive.entries[index].data, other: other, &random)
    case 5: archive.comment = [UInt8](repeating: 0x50, count: random.length(upTo: 1000))
    default:
      guard let pickle else { return bytes.apply(to: &file, other: other, &random) }
      change(&archive.entries[pickle].data, other, &random)
    }
    let result = archive.bytes
    if result.count <= ByteMutation.largest { file = result }
  }

  /// Values that checkpoints consist of, as opcodes.
  private static let recipes: [[UInt8]] =
    [
      "N", ")", "]", "}", "(", "t", "0", "1", "2", ".", "Q", "R", "b", "s", "u", "a", "e", "d", "l", "K\u{1}",
      "M\u{ff}\u{0}",
      "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n",
      "ccollections\nOrderedDict\n",
      "ctorch\nFloatStorage\n", "ctorch\nHalfStorage\n", "ctorch\nSize\n", "cos\nsystem\n", "c\n\n",
      "cbuiltins\neval\n",
      "X\u{7}\u{0}\u{0}\u{0}storage", "h\u{0}", "q\u{0}", "(lp0\n", "I1\n", "L1L\n", "S'a'\n", "F1.5\n",
      "]q\u{0}h\u{0}a",
    ].map { Array($0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) }
    + [
      [0x80, 2], [0x80, 5], [0x85], [0x86], [0x87], [0x88], [0x89], [0x8a, 1, 0xff],
      [0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0x7f],
      [0x8a, 0], [0x8c, 1, 0x61], [0x8f], [0x90], [0x91], [0x93], [0x94], [0x81], [0x92],
      [0x8b, 0xff, 0xff, 0xff, 0x7f],
      [0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x95, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x4a, 0xff, 0xff, 0xff, 0xff],
    ]

  private func change(_ pickle: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom) {
    let opcodes = Self.opcodes(pickle)
    guard !opcodes.isEmpty else { return bytes.apply(to: &pickle, other: other, &random) }
    let opcode = random.pick(opcodes)
    switch random.below(14) {
    case 0: pickle.removeSubrange(opcode)
    case 1: pickle.insert(contentsOf: Array(pickle[opcode]), at: opcode.lowerBound)
    case 2: pickle.insert(contentsOf: Array(pickle[random.pick(opcodes)]), at: opcode.lowerBound)
    case 3: pickle.replaceSubrange(opcode, with: Array(pickle[random.pick(opcodes)]))
    case 4, 5: pickle.insert(contentsOf: random.pick(Self.recipes), at: opcode.lowerBound)
    case 6: pickle.replaceSubrange(opcode, with: random.pick(Self.recipes))
    case 7, 8, 9:
      let long = opcodes.filter { $0.count > 1 }
      if !long.isEmpty { argument(random.pick(long), &pickle, other, &random) }
    case 10: pickle[opcode.lowerBound] = UInt8(truncatingIfNeeded: random.next())
    case 11:
      let end = random.pick(opcodes).upperBound
      guard opcode.lowerBound < end else { return }
      pickle.insert(contentsOf: Array(pickle[opcode.lowerBound..<end]), at: end)
    case 12:
      // Doubled lists: what is small as a program and large when it is spelled out.
      let step: [UInt8] = random.chance(50) ? [0x28, 0x32, 0x32, 0x74] : [0x32, 0x86]
      let steps = (0..<random.length(upTo: 4096)).flatMap { _ in step }
      pickle.insert(contentsOf: steps, at: opcode.lowerBound)
    default: bytes.apply(to: &pickle, other: other, &random)
    }
  }

  /// Changes what follows an opcode; the length of a string stays true.
  private func argument(
    _ opcode: Range<Int>, _ pickle: inout [UInt8], _ other: [UInt8], _ random: inout FuzzRandom
  ) {
    let code = pickle[opcode.lowerBound]
    if let width = Self.lengthWidths[code], opcode.count >= 1 + width {
      var text = Array(pickle[(opcode.lowerBound + 1 + width)..<opcode.upperBound])
      if random.chance(40) {
        text = random.pick(bytes.words)
      } else {
        bytes.apply(to: &text, other: other, &random)
      }
      let length = ByteMutation.littleEndian(Int64(text.count), width: width)
      pickle.replaceSubrange(opcode, with: [code] + length + text)
    } else if code == 0x63 {
      pickle.replaceSubrange(
        opcode, with: [code] + random.pick(bytes.words) + [0x0a] + random.pick(bytes.words) + [0x0a])
    } else {
      let value = random.chance(60) ? Int64(random.below(24)) : random.pick(ByteMutation.integers)
      pickle.replaceSubrange(
        opcode.dropFirst(), with: ByteMutation.littleEndian(value, width: min(8, opcode.count - 1)))
    }
  }

  /// Opcodes with a length before their bytes, and its width.
  private static let lengthWidths: [UInt8: Int] = [
    0x58: 4, 0x8c: 1, 0x8d: 8, 0x55: 1, 0x54: 4, 0x43: 1, 0x42: 4, 0x8e: 8, 0x96: 8, 0x8a: 1, 0x8b: 4,
  ]
  /// Opcodes with an argument of fixed width.
  private static let widths: [UInt8: Int] = [
    0x80: 1, 0x68: 1, 0x71: 1, 0x6a: 4, 0x72: 4, 0x4b: 1, 0x4d: 2, 0x4a: 4, 0x47: 8, 0x95: 8, 0x82: 1,
    0x83: 2, 0x84: 4,
  ]

  /// Where the opcodes with their arguments stand, as far as that can be told.
  static func opcodes(_ pickle: [UInt8]) -> [Range<Int>] {
    var opcodes: [Range<Int>] = []
    var index = 0
    while index < pickle.count {
      var end = index + 1
      if let width = lengthWidths[pickle[index]] {
        guard end + width <= pickle.count else { break }
        let length = pickle[end..<end + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(pickle.count - end - width) else { break }
        end += width + Int(length)
      } else if pickle[index] == 0x63 {
        for _ in 0..<2 { end = (pickle[min(end, pickle.count)...].firstIndex(of: 0x0a) ?? pickle.count) + 1 }
      } else {
        end += widths[pickle[index]] ?? 0
      }
      guard end <= pickle.count else { break }
      opcodes.append(index..<end)
      index = end
    }
    return opcodes
  }
}
