import ProbeMath

/// A linear subspace of activations, held as an orthonormal basis Q.
///
/// Made of one direction or of several, which need be neither orthogonal nor independent.
public struct Subspace: Sendable, Equatable {
  /// Q, `[rank, width]`: one basis vector a row.
  public let basis: Tensor

  /// The subspace that `directions` span, a vector or a matrix `[count, width]`, whatever their lengths.
  ///
  /// Gram–Schmidt in float64 with pivoting, orthogonalised twice ("twice is enough": Giraud et al. 2005). A direction
  /// of which less than max(count, width) · 2⁻²³ of its length is left adds nothing new, as a float32 matrix cannot
  /// tell it from rounding.
  ///
  /// - Throws: ``ModelError`` `.badInput` when there is no direction or all are zero, `.nonFinite` for NaN or infinity.
  public init(spanning directions: Tensor, name: String = "directions") throws(ModelError) {
    let rows = directions.shape.count == 1 ? 1 : directions.rows
    let width = rows == 0 ? 0 : directions.count / rows
    if let index = directions.elements.firstIndex(where: { !$0.isFinite }) {
      throw ModelError(.nonFinite, at: name, "value \(index) is \(directions.elements[index])")
    }
    var rest = (0..<rows).compactMap { row in
      Self.unit(directions.elements[row * width..<(row + 1) * width].map { Double($0) })
    }
    guard !rest.isEmpty else {
      throw ModelError(.badInput, at: name, "there is no direction to span anything: all are zero")
    }
    let tolerance = Double(max(rows, width)) * Double(Float.ulpOfOne)
    var basis: [[Double]] = []
    while basis.count < width {
      let lengths = rest.map { Self.dot($0, $0).squareRoot() }
      guard let pivot = lengths.indices.max(by: { lengths[$0] < lengths[$1] }), lengths[pivot] > tolerance,
        let next = Self.unit(Self.removing(basis, from: rest[pivot]))
      else { break }
      rest.remove(at: pivot)
      rest = rest.map { Self.removing([next], from: $0) }
      basis.append(next)
    }
    self.basis = Tensor([basis.count, width], basis.joined().map { Float($0) })
  }

  /// Number of independent directions.
  public var rank: Int { basis.rows }
  /// Number of values of each direction.
  public var width: Int { basis.width }

  /// h − Q Qᵀ h, in place.
  ///
  /// - Precondition: h is as wide as the basis.
  func remove(from h: UnsafeMutableBufferPointer<Float>) {
    let width = width
    precondition(h.count == width, "Subspace: \(h.count) values in a space of \(width)")
    basis.elements.withUnsafeBufferPointer { basis in
      for direction in 0..<basis.count / max(1, width) {
        let first = direction * width
        var coefficient = 0.0
        for index in 0..<width { coefficient += Double(basis[first + index]) * Double(h[index]) }
        let part = Float(coefficient)
        for index in 0..<width { h[index] -= part * basis[first + index] }
      }
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The direction of length 1; nil for zero.
  private static func unit(_ vector: [Double]) -> [Double]? {
    let length = dot(vector, vector).squareRoot()
    return length > 0 ? vector.map { $0 / length } : nil
  }

  private static func removing(_ basis: [[Double]], from vector: [Double]) -> [Double] {
    var vector = vector
    for direction in basis {
      let part = dot(direction, vector)
      for index in vector.indices { vector[index] -= part * direction[index] }
    }
    return vector
  }
}
