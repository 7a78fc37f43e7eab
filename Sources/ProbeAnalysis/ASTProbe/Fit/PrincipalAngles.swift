import Foundation
import ProbeMath

/// Principal angles between two subspaces of one space (Björck & Golub 1973): cos θₖ are the singular values of Q₁ᵀQ₂,
/// Q₁ and Q₂ orthonormal bases.
///
/// 0° is the same direction, 90° none in common. Of a random subspace, a share of r/d lies in a given one of r
/// dimensions out of d.
public struct PrincipalAngles: Sendable, Codable, Equatable {
  /// In degrees, rising; as many as the smaller subspace has dimensions.
  public let degrees: [Double]

  /// Mean angle, degrees.
  public var mean: Double { degrees.reduce(0, +) / Double(max(degrees.count, 1)) }
  /// Largest angle, degrees.
  public var largest: Double { degrees.last ?? 0 }
  /// Mean of cos² θ: the share of the smaller subspace that lies in the other.
  public var overlap: Double {
    degrees.reduce(0) { $0 + pow(cos($1 * .pi / 180), 2) } / Double(max(degrees.count, 1))
  }

  /// Angles between the column spaces of `a` and `b`, both `[d, rank]` of full column rank.
  ///
  /// In float64, from the eigenvalues of (Q₁ᵀQ₂)(Q₁ᵀQ₂)ᵀ: cos² is known to 1e-15, so that angles below 1e-5° are not
  /// told from 0. Nil when the widths of the spaces differ, or when an eigenproblem does not converge (a NaN).
  public init?(_ a: Tensor, _ b: Tensor) {
    guard a.rows == b.rows, let first = Self.basis(a), let second = Self.basis(b) else { return nil }
    let (small, large) = first.count <= second.count ? (first, second) : (second, first)
    // Σ over the large basis of (q · l)(q' · l): the Gram matrix of the small basis seen in the large subspace.
    var cosines = [Double](repeating: 0, count: small.count * large.count)
    for (i, x) in small.enumerated() {
      for (j, y) in large.enumerated() {
        var sum = 0.0
        for k in x.indices { sum += x[k] * y[k] }
        cosines[j * small.count + i] = sum
      }
    }
    var gram = [Double](repeating: 0, count: small.count * small.count)
    BLAS.addGramDouble(rows: large.count, n: small.count, cosines, &gram)
    var values = [Double](repeating: 0, count: small.count)
    guard LAPACK.symmetricEigenDouble(&gram, values: &values, n: small.count) else { return nil }
    degrees = values.map { acos(min(max($0, 0), 1).squareRoot()) * 180 / .pi }.sorted()
  }

  /// Orthonormal columns that span those of `matrix`: B · E · Λ^(−½), E and Λ from BᵀB.
  private static func basis(_ matrix: Tensor) -> [[Double]]? {
    let (rows, rank) = (matrix.rows, matrix.width)
    let values = matrix.elements.map { Double($0) }
    var gram = [Double](repeating: 0, count: rank * rank)
    BLAS.addGramDouble(rows: rows, n: rank, values, &gram)
    var lengths = [Double](repeating: 0, count: rank)
    guard LAPACK.symmetricEigenDouble(&gram, values: &lengths, n: rank), let top = lengths.last, top > 0
    else { return nil }
    // Directions that are not there within the accuracy of float32 span nothing.
    return lengths.indices.filter { lengths[$0] > 1e-10 * top }.map { k in
      let scale = 1 / lengths[k].squareRoot()
      return (0..<rows).map { row in
        var sum = 0.0
        for c in 0..<rank { sum += values[row * rank + c] * gram[k * rank + c] }
        return sum * scale
      }
    }
  }
}
