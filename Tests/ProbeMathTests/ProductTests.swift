import Foundation
import ProbeMath
import Testing

/// Products with packed matrices, against Double and against themselves: a value may depend on its row and column alone.
@Suite struct ProductTests {
  struct Shape: CustomTestStringConvertible {
    let rows, inputs, outputs: Int
    var testDescription: String { "\(rows) × \(inputs) × \(outputs)" }
  }

  /// Every height of a tile, widths around that of a panel, and blocks of several sizes.
  static let shapes: [Shape] =
    (1...30).map { Shape(rows: $0, inputs: 19, outputs: 37) }
    + [1, 15, 16, 17, 31, 32, 33, 64, 65].map { Shape(rows: 5, inputs: 16, outputs: $0) }
    + [
      Shape(rows: 1, inputs: 1, outputs: 1), Shape(rows: 200, inputs: 3100, outputs: 70),
      Shape(rows: 700, inputs: 400, outputs: 600), Shape(rows: 3, inputs: 64, outputs: 2000),
    ]

  private struct Case {
    let shape: Shape
    let x: [Float]
    let matrix: Tensor
    let bias: [Float]
    let before: [Float]

    init(_ shape: Shape) {
      var random = RandomStream(seed: 3, shape.testDescription)
      func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
      self.shape = shape
      x = values(shape.rows * shape.inputs)
      matrix = Tensor([shape.inputs, shape.outputs], values(shape.inputs * shape.outputs))
      bias = values(shape.outputs)
      before = values(shape.rows * shape.outputs)
    }

    func product(threads: Int, rows: Range<Int>? = nil, adds: Bool = false, packed: PackedMatrix) -> [Float] {
      let rows = rows ?? 0..<shape.rows
      let product = Product(team: Team(threads))
      var out = Array(before[rows.lowerBound * shape.outputs..<rows.upperBound * shape.outputs])
      x.withUnsafeBufferPointer { x in
        bias.withUnsafeBufferPointer { bias in
          out.withUnsafeMutableBufferPointer { out in
            guard let x = x.baseAddress, let out = out.baseAddress else { return }
            product(
              x + rows.lowerBound * shape.inputs, stride: shape.inputs, rows: rows.count,
              Product.Factor(packed, into: out, bias: bias.baseAddress, adds: adds))
          }
        }
      }
      return out
    }
  }

  @Test(arguments: shapes)
  func theProductIsTheSumOverInputs(_ shape: Shape) {
    let test = Case(shape)
    let packed = PackedMatrix(test.matrix)
    #expect(packed.tensor == test.matrix)
    let (plain, added) = (
      test.product(threads: 1, packed: packed), test.product(threads: 2, adds: true, packed: packed)
    )
    for row in Set([0, 1, shape.rows / 2, shape.rows - 1]) where row < shape.rows {
      for column in 0..<shape.outputs {
        var (sum, size) = (Double(test.bias[column]), abs(Double(test.bias[column])))
        for k in 0..<shape.inputs {
          let term = Double(test.x[row * shape.inputs + k]) * Double(test.matrix[k, column])
          (sum, size) = (sum + term, size + abs(term))
        }
        // A sum of n rounded terms in any order errs by at most n · 2⁻²⁴ of the sum of their magnitudes.
        let index = row * shape.outputs + column
        let bound = Double(shape.inputs + 2) * 0x1p-24 * size
        if abs(Double(plain[index]) - sum) > bound {
          Issue.record("row \(row), column \(column): \(plain[index])")
        }
        if abs(Double(added[index]) - sum - Double(test.before[index])) > bound + 1e-6 {
          Issue.record("row \(row), column \(column), added: \(added[index])")
        }
      }
    }
  }

  @Test(arguments: shapes)
  func bitsDependOnRowAndColumnAlone(_ shape: Shape) {
    let test = Case(shape)
    let packed = PackedMatrix(test.matrix)
    let whole = test.product(threads: 1, packed: packed).map { $0.bitPattern }
    #expect(test.product(threads: 2, packed: packed).map { $0.bitPattern } == whole)
    #expect(test.product(threads: 3, packed: packed).map { $0.bitPattern } == whole)
    for rows in [
      0..<1, shape.rows - 1..<shape.rows, shape.rows / 3..<max(shape.rows * 2 / 3, shape.rows / 3 + 1),
    ] {
      let part = test.product(threads: 2, rows: rows, packed: packed).map { $0.bitPattern }
      #expect(
        part == Array(whole[rows.lowerBound * shape.outputs..<rows.upperBound * shape.outputs]),
        "rows \(rows)")
    }
  }

  @Test func severalFactorsShareTheirRows() {
    var random = RandomStream(seed: 5)
    let x = (0..<7 * 40).map { _ in Float(random.normal()) }
    let matrices = [33, 64, 5].map { width in
      Tensor([40, width], (0..<40 * width).map { _ in Float(random.normal()) })
    }
    let product = Product(team: Team(2))
    let outs = matrices.map { FloatBuffer(count: 7 * $0.width) }
    let packed = matrices.map { PackedMatrix($0) }
    product(
      x, stride: 40, rows: 7, Product.Factor(packed[0], into: outs[0].pointer),
      Product.Factor(packed[1], into: outs[1].pointer), Product.Factor(packed[2], into: outs[2].pointer))
    for (index, matrix) in matrices.enumerated() {
      let alone = FloatBuffer(count: 7 * matrix.width)
      product(x, stride: 40, rows: 7, Product.Factor(packed[index], into: alone.pointer))
      #expect((0..<7 * matrix.width).allSatisfy { outs[index].pointer[$0] == alone.pointer[$0] })
    }
  }

  @Test func aPartOfTheInputsIsAMatrixOfItsOwn() {
    var random = RandomStream(seed: 6)
    let matrix = Tensor([24, 40], (0..<24 * 40).map { _ in Float(random.normal()) })
    let x = (0..<3 * 8).map { _ in Float(random.normal()) }
    let part = Tensor([8, 40], Array(matrix.elements[8 * 40..<16 * 40]))
    let (product, found, expected) = (
      Product(team: Team(1)), FloatBuffer(count: 120), FloatBuffer(count: 120)
    )
    product(x, stride: 8, rows: 3, Product.Factor(PackedMatrix(matrix), inputs: 8..<16, into: found.pointer))
    product(x, stride: 8, rows: 3, Product.Factor(PackedMatrix(part), into: expected.pointer))
    #expect((0..<120).allSatisfy { found.pointer[$0] == expected.pointer[$0] })
  }

  @Test func columnsComeBackAsTheyWentIn() {
    let matrix = Tensor([3, 70], (0..<210).map { Float($0) })
    let (packed, column) = (PackedMatrix(matrix), FloatBuffer(count: 3))
    for output in 0..<70 {
      packed.copyColumn(output, to: column.pointer)
      #expect((0..<3).allSatisfy { column.pointer[$0] == matrix[$0, output] })
    }
  }
}
