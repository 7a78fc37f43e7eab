import Foundation
import Testing

@testable import ProbeModel

/// Block formats against what ggml's own Python package reads from the same bytes.
@Suite struct QuantizedFormatTests {
  struct Golden: Decodable {
    struct Block: Decodable {
      let type: String
      let ggmlType: UInt32
      let valuesPerBlock, bytesPerBlock: Int
      let raw, float32: String
    }
    let blocks: [Block]
  }

  private func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8($0 > 0x60 ? $0 - 0x57 : $0 - 0x30) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test func everyBlockEqualsTheReferenceBitForBit() throws {
    let url = Fixture.root.appendingPathComponent("models/quant_blocks.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    for block in golden.blocks {
      let format = try #require(StorageFormat(ggmlType: block.ggmlType))
      #expect(format.rawValue == block.type)
      #expect(format.valuesPerBlock == block.valuesPerBlock && format.bytesPerBlock == block.bytesPerBlock)
      let (raw, expected) = (bytes(hex: block.raw), bytes(hex: block.float32))
      let units = raw.count / block.bytesPerBlock
      var found = [UInt32](repeating: 0, count: units * block.valuesPerBlock)
      try #require(found.count * 4 == expected.count)
      found.withUnsafeMutableBytes { target in
        raw.withUnsafeBytes { source in
          guard let from = source.baseAddress, let to = target.baseAddress else { return }
          format.decode(from, blocks: units, into: to.assumingMemoryBound(to: Float.self))
        }
      }
      // A product of a half, its scale and a value has at most 24 significant bits, exact in float32: only a sum with
      // a minimum rounds, once, fused or not. So bits can be compared, zero's sign included.
      let bits = expected.withUnsafeBytes { bytes in
        (0..<found.count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
      }
      #expect(found == bits, "\(block.type) \(block.raw)")
    }
    #expect(
      Set(golden.blocks.map { $0.type })
        == Set(StorageFormat.allCases.filter { $0.isReal }.map { $0.rawValue }).subtracting(["F32"]))
  }

  @Test func everyFormatIsReadAtAnyAddress() throws {
    for format in StorageFormat.allCases {
      let count = 2 * format.bytesPerBlock
      // A pattern without NaN or infinity in any format.
      let pattern = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) & 0x3b }
      var results: [[Float]] = []
      for shift in 0..<2 {
        let bytes = [UInt8](repeating: 0, count: shift) + pattern
        var values = [Float](repeating: .nan, count: 2 * format.valuesPerBlock)
        values.withUnsafeMutableBufferPointer { target in
          bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            format.decode(from + shift, blocks: 2, into: to)
          }
        }
        results.append(values)
      }
      #expect(results[0] == results[1] && !results[0].contains { $0.isNaN }, "\(format.rawValue)")
    }
  }

  @Test func integersAreReadAsNumbers() {
    func read(_ format: StorageFormat, _ bytes: Data) -> [Float] {
      var values = [Float](repeating: .nan, count: bytes.count / format.bytesPerBlock)
      values.withUnsafeMutableBufferPointer { target in
        bytes.withUnsafeBytes { source in
          guard let from = source.baseAddress, let to = target.baseAddress else { return }
          format.decode(from, blocks: target.count, into: to)
        }
      }
      return values
    }
    #expect(read(.i64, littleEndian(Int64(-7)) + littleEndian(Int64(1) << 40)) == [-7, 0x1p40])
    #expect(read(.i32, littleEndian(Int32.min)) == [-0x1p31])
    #expect(read(.i16, littleEndian(Int16(-300))) == [-300])
    #expect(read(.i8, Data([0x80, 0x7f])) == [-128, 127])
    #expect(read(.u8, Data([0x80, 0xff])) == [128, 255])
    #expect(read(.bool, Data([0, 1])) == [0, 1])
  }
}
