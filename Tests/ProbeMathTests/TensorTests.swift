import Foundation
import ProbeMath
import Testing

/// Tensors, their coding, and the memory below them.
@Suite struct TensorTests {
  @Test func rowsAreTheFirstAxis() {
    let tensor = Tensor([2, 3, 2], (0..<12).map { Float($0) })
    #expect(tensor.rows == 2 && tensor.width == 6 && tensor.count == 12)
    #expect(Array(tensor[row: 1]) == [6, 7, 8, 9, 10, 11])
    #expect(
      tensor.selecting(rows: [1, 1, 0])
        == Tensor([3, 3, 2], [6, 7, 8, 9, 10, 11, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5]))
    #expect(tensor.selecting(rows: []).shape == [0, 3, 2])
    #expect(tensor.reshaped([4, 3])[3, 2] == 11)
    #expect(Tensor(rows: [[1, 2], [3, 4]]) == Tensor([2, 2], [1, 2, 3, 4]))
    #expect(Tensor([], [5]).rows == 1 && Tensor([0, 4]).count == 0)
  }

  @Test func copiesAreValues() {
    let original = Tensor([2, 2], [1, 2, 3, 4])
    var copy = original
    copy[1, 0] = 9
    #expect(original[1, 0] == 3 && copy.elements == [1, 2, 9, 4])
  }

  @Test(arguments: [
    Tensor([2, 3], [0, -1, 0.1, 3.4e38, .leastNonzeroMagnitude, 7]), Tensor([0, 3]), Tensor([], [2]),
  ])
  func codingKeepsEveryBit(_ tensor: Tensor) throws {
    let data = try JSONEncoder().encode(tensor)
    #expect(try JSONDecoder().decode(Tensor.self, from: data) == tensor)
  }

  @Test(arguments: [
    #"{"shape": [2, 2], "elements": [1, 2, 3]}"#, #"{"shape": [], "elements": []}"#,
    #"{"shape": [-1, -2], "elements": [1, 2]}"#, #"{"shape": [0], "elements": [1]}"#,
    #"{"shape": [4294967296, 4294967296], "elements": []}"#,
    #"{"shape": [9223372036854775807, 2], "elements": [1, 2]}"#,
    #"{"shape": [9223372036854775807, 2, 0], "elements": []}"#,
    #"{"shape": [0, 9223372036854775807, 2], "elements": []}"#,
  ])
  func aCountThatDoesNotFillTheShapeIsRefused(_ json: String) throws {
    let error = try #require(throws: DecodingError.self) {
      try JSONDecoder().decode(Tensor.self, from: Data(json.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.debugDescription.contains("do not fill the shape ["))
    #expect(context.codingPath.map { $0.stringValue } == ["elements"])
  }

  @Test(arguments: [0, 1, 1000, 1 << 19, (1 << 19) + 1, 3 << 20])
  func buffersAreZeroAndAlignedToTheirEnd(_ count: Int) {
    let buffer = FloatBuffer(count: count)
    #expect(buffer.count == count)
    let values = UnsafeMutableBufferPointer(start: buffer.pointer, count: count)
    #expect(values.allSatisfy { $0 == 0 })
    // A cache line at least; large blocks start on a huge page.
    let alignment = count * 4 >= 2 << 20 ? 2 << 20 : 64
    #expect(Int(bitPattern: buffer.pointer).isMultiple(of: alignment))
    values.update(repeating: 1)
    #expect(values.allSatisfy { $0 == 1 })
  }
}
