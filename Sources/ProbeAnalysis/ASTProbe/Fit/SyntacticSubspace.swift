import Foundation
import ProbeMath

/// A fitted AST-probe: a subspace of a layer, and the directions in it that tell labels (López et al. 2022, §3).
///
/// Of a leaf's vector h it reads p = Bᵀ((h − mean) · factor).
public struct SyntacticSubspace: Sendable, Codable, Equatable {
  /// B, `[dModel, rank]`; its columns are orthonormal as far as the penalty makes them.
  public let projection: Tensor
  /// V_C, `[rank, labels]`: scores of a gap's label from pᵢ − pᵢ₋₁.
  public let labelDirections: Tensor
  /// V_U, `[rank, unaries]`: scores of a leaf's unary label from pᵢ.
  public let unaryDirections: Tensor
  /// Scores of the unary labels at p = 0. The paper has none: its vectors are not centred, and their mean does the same.
  public let unaryBias: [Float]
  /// What is done to a vector before it is projected.
  public let scaler: LeafScaler

  /// Dimension of the subspace.
  public var rank: Int { projection.width }
  /// Width of the vectors it reads.
  public var width: Int { projection.rows }

  var shape: SyntacticShape {
    SyntacticShape(
      width: width, rank: rank, labels: labelDirections.width, unaries: unaryDirections.width)
  }

  init(
    projection: Tensor, labelDirections: Tensor, unaryDirections: Tensor, unaryBias: [Float],
    scaler: LeafScaler
  ) {
    (self.projection, self.labelDirections, self.unaryDirections) = (
      projection, labelDirections, unaryDirections
    )
    (self.unaryBias, self.scaler) = (unaryBias, scaler)
  }

  init(_ parameters: UnsafePointer<Float>, _ shape: SyntacticShape, scaler: LeafScaler) {
    /// Some columns of a matrix with rows `stride` apart.
    func tensor(_ offset: Int, _ rows: Int, _ columns: Int, stride: Int) -> Tensor {
      Tensor(
        [rows, columns],
        (0..<rows).flatMap { UnsafeBufferPointer(start: parameters + offset + $0 * stride, count: columns) })
    }
    projection = tensor(0, shape.width, shape.rank, stride: shape.rank)
    labelDirections = tensor(shape.directionOffset, shape.rank, shape.labels, stride: shape.classes)
    unaryDirections = tensor(
      shape.directionOffset + shape.labels, shape.rank, shape.unaries, stride: shape.classes)
    unaryBias = Array(UnsafeBufferPointer(start: parameters + shape.biasOffset, count: shape.unaries))
    self.scaler = scaler
  }

  /// ‖BᵀB − I‖, Frobenius; below 0.05 in a fit that is done (the authors' own check).
  public var orthogonality: Double {
    let gram = BLAS.multiply(projection, projection, transposeA: true)
    var sum = 0.0
    for row in 0..<rank {
      for column in 0..<rank {
        let difference = Double(gram[row, column]) - (row == column ? 1 : 0)
        sum += difference * difference
      }
    }
    return sum.squareRoot()
  }

  /// What it says about snippets whose leaves' vectors stand in the given rows of `vectors`, `[leaves, dModel]`.
  public func predictions(_ vectors: Tensor, of rows: [Range<Int>]) -> [SyntacticPrediction] {
    precondition(vectors.width == width, "predictions: vectors of \(vectors.width), probe of \(width)")
    let directions = (0..<rank).flatMap { labelDirections[row: $0] + unaryDirections[row: $0] }
    let parameters = projection.elements + directions + unaryBias
    let shape = shape
    let parts = min(rows.count, 4 * availableProcessors)
    return concurrently(parts) { part -> [SyntacticPrediction] in
      let pass = SyntacticPass(shape)
      return vectors.elements.withUnsafeBufferPointer { vectors in
        parameters.withUnsafeBufferPointer { parameters in
          guard let vectors = vectors.baseAddress, let parameters = parameters.baseAddress else { return [] }
          return rows[rows.count * part / parts..<rows.count * (part + 1) / parts].map {
            pass.predict($0, vectors, scaler, parameters)
          }
        }
      }
    }.flatMap { $0 }
  }

  /// Angles between this subspace and another of the same space.
  public func angles(to other: SyntacticSubspace) -> PrincipalAngles? {
    PrincipalAngles(projection, other.projection)
  }
}

/// What a probe says about one snippet.
public struct SyntacticPrediction: Sendable, Equatable {
  /// d̂ of each gap; the tree follows from its order.
  public let order: [Float]
  /// Likeliest class of each gap's label.
  public let labels: [Int]
  /// Likeliest class of each leaf's unary label.
  public let unaries: [Int]
}
