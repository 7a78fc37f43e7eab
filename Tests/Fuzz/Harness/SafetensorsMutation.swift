/// Changes of safetensors files: mostly of the header, whose length is mostly kept true.
struct SafetensorsMutation {
  let json: JSONMutation
  let bytes: ByteMutation

  func apply(to file: inout [UInt8], other: [UInt8], _ random: inout FuzzRandom) {
    guard var parts = Self.parts(file), random.chance(92) else {
      return bytes.apply(to: &file, other: other, &random)
    }
    switch random.below(10) {
    case 0: bytes.apply(to: &parts.data, other: other, &random)
    case 1: bytes.apply(to: &parts.header, other: other, &random)
    case 2: parts.data += [UInt8](repeating: 0, count: random.length(upTo: 4096))
    default: json.apply(to: &parts.header, other: Self.parts(other)?.header ?? [], &random)
    }
    let claim = random.chance(95) ? Int64(parts.header.count) : random.pick(ByteMutation.integers)
    file = ByteMutation.littleEndian(claim, width: 8) + parts.header + parts.data
  }

  private static func parts(_ file: [UInt8]) -> (header: [UInt8], data: [UInt8])? {
    guard file.count >= 8 else { return nil }
    let length = file[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.count - 8) else { return nil }
    return (Array(file[8..<8 + Int(length)]), Array(file[(8 + Int(length))...]))
  }
}
