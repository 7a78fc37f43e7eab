/// GPT-2's alphabet: one printable character for every byte, so that byte strings can be written as text.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 take the characters from U+0100 on, in order.
/// Reference: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), `bytes_to_unicode`.
enum ByteAlphabet {
  /// The character of every byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<256).map { byte in
      if 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte {
        return Unicode.Scalar(UInt8(byte))
      }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "\u{FFFD}"
    }
  }()

  /// The byte of a character of the alphabet, or −1; index: the character's code point, below 0x144.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  /// The byte that `scalar` stands for; `nil` outside the alphabet.
  static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else { return nil }
    return UInt8(bytes[Int(scalar.value)])
  }

  /// The bytes that a piece stands for; `nil` when a character of it is outside the alphabet.
  static func decode(_ piece: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(piece.utf8.count)
    for scalar in piece.unicodeScalars {
      guard let byte = byte(of: scalar) else { return nil }
      result.append(byte)
    }
    return result
  }

  /// The ids of `<0x00>` … `<0xFF>`, which spell what a vocabulary with byte fallback lacks; −1 where it lacks one.
  static func fallbackIDs(in table: PieceTable) -> [Int32] {
    let digits = Array("0123456789ABCDEF")
    return (0..<256).map { table.id("<0x\(digits[$0 >> 4])\(digits[$0 & 15])>") ?? -1 }
  }

  /// Bytes as text of the alphabet.
  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}
