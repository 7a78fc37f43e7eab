import Foundation
import ProbeMath

/// What words a text holds, as a few numbers: term frequency times inverse document frequency, tf · ln(N/df), rows of
/// length 1, reduced to their leading directions (latent semantic analysis: Deerwester et al. 1990).
///
/// The directions come from subspace iteration on the sparse counts (Halko, Martinsson & Tropp 2011).
public enum LexicalEmbedding {
  /// Rounds of the subspace iteration; the directions need not be exact to cluster by.
  private static let rounds = 6

  /// One row a bag of tokens, `[bags, dimensions]`, fewer columns where there are fewer words.
  ///
  /// - Parameters:
  ///   - bags: tokens of each item (``BagOfTokens/words(of:)`` or those of the model).
  ///   - vocabulary: most words, those of most items first.
  public static func features(
    _ bags: [[String]], dimensions: Int = 32, vocabulary limit: Int = 4096, seed: UInt64
  ) -> Tensor {
    let vocabulary = BagOfTokens(bags, rows: Array(bags.indices), limit: limit).vocabulary
    let rows = weighted(bags, vocabulary)
    let (words, width) = (vocabulary.count, max(1, min(dimensions, vocabulary.count)))
    guard words > 0 else { return Tensor([bags.count, 1]) }
    var stream = RandomStream(seed: seed, "lexical-embedding")
    var basis = (0..<words * width).map { _ in stream.normal() }
    for _ in 0..<rounds {
      orthonormalize(&basis, rows: words, columns: width)
      basis = back(project(rows, basis, width), rows, words: words, width: width)
    }
    orthonormalize(&basis, rows: words, columns: width)
    return Tensor([bags.count, width], project(rows, basis, width).map { Float($0) })
  }

  /// Columns and weights of each bag.
  private static func weighted(_ bags: [[String]], _ vocabulary: [String]) -> [[(
    column: Int, weight: Double
  )]] {
    let columns = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
    let counts = bags.map { bag in
      bag.compactMap { columns[$0] }.reduce(into: [Int: Double]()) { $0[$1, default: 0] += 1 }
    }
    var frequency = [Double](repeating: 0, count: vocabulary.count)
    for count in counts { for column in count.keys { frequency[column] += 1 } }
    return counts.map { count in
      let weights = count.sorted { $0.key < $1.key }.map {
        (column: $0.key, weight: $0.value * log(Double(bags.count) / frequency[$0.key]))
      }
      let length = weights.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot()
      return weights.map { ($0.column, length > 0 ? $0.weight / length : 0) }
    }
  }

  /// X · B
  private static func project(
    _ rows: [[(column: Int, weight: Double)]], _ basis: [Double], _ width: Int
  ) -> [Double] {
    var product = [Double](repeating: 0, count: rows.count * width)
    for (row, entries) in rows.enumerated() {
      for entry in entries {
        for j in 0..<width { product[row * width + j] += entry.weight * basis[entry.column * width + j] }
      }
    }
    return product
  }

  /// Xᵀ · Y
  private static func back(
    _ product: [Double], _ rows: [[(column: Int, weight: Double)]], words: Int, width: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: words * width)
    for (row, entries) in rows.enumerated() {
      for entry in entries {
        for j in 0..<width { result[entry.column * width + j] += entry.weight * product[row * width + j] }
      }
    }
    return result
  }

  /// Gram–Schmidt, twice, over the columns; one that the others span becomes zero.
  private static func orthonormalize(_ basis: inout [Double], rows: Int, columns: Int) {
    func dot(_ basis: [Double], _ a: Int, _ b: Int) -> Double {
      (0..<rows).reduce(0) { $0 + basis[$1 * columns + a] * basis[$1 * columns + b] }
    }
    for column in 0..<columns {
      let before = dot(basis, column, column)
      for _ in 0..<2 {
        for earlier in 0..<column {
          let part = dot(basis, column, earlier)
          for row in 0..<rows { basis[row * columns + column] -= part * basis[row * columns + earlier] }
        }
      }
      let square = dot(basis, column, column)
      let scale = square > 1e-20 * before && square > 0 ? 1 / square.squareRoot() : 0
      for row in 0..<rows { basis[row * columns + column] *= scale }
    }
  }
}
