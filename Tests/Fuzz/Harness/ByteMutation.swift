/// Changes that know nothing of the format.
struct ByteMutation {
  /// Inputs grow to this at most.
  static let largest = 1 << 16

  /// Words and signatures of the format.
  let words: [[UInt8]]

  init(words: [String] = []) { self.words = words.map { Array($0.utf8) } }

  /// Numbers at which arithmetic and bounds go wrong.
  static let integers: [Int64] = {
    var integers: [Int64] = [0, 1, -1, 2, 3, 7, 100, -2, 255, 256, 1000, 32767, 65535, 65536]
    for power in [7, 8, 15, 16, 24, 30, 31, 32, 33, 47, 48, 53, 60, 61, 62] {
      let value = Int64(1) << Int64(power)
      integers += [value, value - 1, value + 1, -value]
    }
    return integers + [.max, .max - 1, .max - 7, .min, .min + 1]
  }()

  /// Applies one change to `bytes`; `other` is another input of the format.
  func apply(to bytes: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    guard !bytes.isEmpty else {
      bytes = Array(other.prefix(random.below(64)))
      return
    }
    let place = random.below(bytes.count)
    switch random.below(14) {
    case 0, 1: bytes[place] ^= 1 << UInt8(random.below(8))
    case 2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 3: bytes[place] = random.pick([0, 0xff, 0x7f, 0x80, 0x20, 0x0a, 0x22, 0x5c] as [UInt8])
    case 4:
      insert((0...random.below(8)).map { _ in UInt8(truncatingIfNeeded: random.next()) }, at: place, &bytes)
    case 5: bytes.removeSubrange(random.range(in: bytes.count, longest: 16))
    case 6: bytes.removeSubrange(random.range(in: bytes.count, longest: bytes.count / 2))
    case 7: insert(Array(bytes[random.range(in: bytes.count, longest: 64)]), at: place, &bytes)
    case 8:
      let chunk = bytes[random.range(in: bytes.count, longest: 64)]
      overwrite(Array(chunk), at: place, &bytes)
    case 9: splice(other, into: &bytes, &random)
    case 10, 11: integer(at: place, &bytes, &random)
    case 12: digits(from: place, &bytes, &random)
    default:
      guard !words.isEmpty else { return bytes.removeLast(random.below(min(bytes.count, 64))) }
      let word = random.pick(words)
      if random.chance(50) { insert(word, at: place, &bytes) } else { overwrite(word, at: place, &bytes) }
    }
  }

  private func insert(_ chunk: [UInt8], at place: Int, _ bytes: inout [UInt8]) {
    guard bytes.count + chunk.count <= Self.largest else { return }
    bytes.insert(contentsOf: chunk, at: place)
  }

  private func overwrite(_ chunk: [UInt8], at place: Int, _ bytes: inout [UInt8]) {
    for (index, byte) in chunk.enumerated() where place + index < bytes.count { bytes[place + index] = byte }
  }

  private func splice(_ other: [UInt8], into bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let chunk = other[random.range(in: other.count, longest: 256)]
    let target = random.range(in: bytes.count, longest: 256)
    guard bytes.count - target.count + chunk.count <= Self.largest else { return }
    bytes.replaceSubrange(target, with: chunk)
  }

  private func integer(at place: Int, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let value = random.pick(Self.integers)
    overwrite(Self.littleEndian(value, width: random.pick([1, 2, 4, 8])), at: place, &bytes)
  }

  /// Replaces the next decimal number in the text with another.
  private func digits(from place: Int, _ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let isDigit = { (byte: UInt8) in 0x30...0x39 ~= byte }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let number =
      random.chance(30)
      ? String(repeating: "9", count: 1 + random.length(upTo: 400)) : "\(random.pick(Self.integers))"
    guard bytes.count + number.utf8.count <= Self.largest else { return }
    bytes.replaceSubrange(start..<end, with: number.utf8)
  }

  /// The lowest `width` bytes of a number.
  static func littleEndian(_ value: Int64, width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) }
  }
}
