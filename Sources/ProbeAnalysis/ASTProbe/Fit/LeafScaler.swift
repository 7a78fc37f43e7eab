import CKernels
import ProbeMath

/// Puts the vectors of a layer on one scale: (h − mean) · factor.
///
/// The hinge's margin of 1 and the orthonormal projection see the norm of a layer, which says nothing about syntax. So
/// the train mean is taken off and everything is divided by one number, the root of the mean square over all training
/// values; dividing each dimension by its own would undo what an orthonormal basis means. Results are the same for h
/// and c · h.
public struct LeafScaler: Sendable, Codable, Equatable {
  /// Mean of the training leaves, `[width]`.
  public let mean: [Float]
  /// What differences from the mean are multiplied by.
  public let factor: Float

  /// The scaler of the given rows of `vectors`, `[leaves, width]`.
  ///
  /// - Parameter scale: root mean square of the scaled training values.
  public init(_ vectors: Tensor, rows: [Range<Int>], scale: Float) {
    let width = vectors.width
    var sums = [Double](repeating: 0, count: width)
    var squares = 0.0
    let count = rows.reduce(0) { $0 + $1.count }
    vectors.elements.withUnsafeBufferPointer { values in
      for row in rows.lazy.joined() {
        for c in 0..<width { sums[c] += Double(values[row * width + c]) }
      }
      let means = sums.map { $0 / Double(max(count, 1)) }
      for row in rows.lazy.joined() {
        for c in 0..<width {
          let difference = Double(values[row * width + c]) - means[c]
          squares += difference * difference
        }
      }
    }
    mean = sums.map { Float($0 / Double(max(count, 1))) }
    let root = (squares / Double(max(count * width, 1))).squareRoot()
    // A constant layer says nothing; any finite factor keeps it at 0.
    factor = root > 0 ? scale / Float(root) : 0
  }

  init(mean: [Float], factor: Float) { (self.mean, self.factor) = (mean, factor) }

  /// The same scaler for another root mean square: `times` this one's.
  func scaled(by times: Float) -> LeafScaler { LeafScaler(mean: mean, factor: factor * times) }

  /// Writes `rows` of `vectors`, scaled, to `out`.
  func write(
    _ vectors: UnsafePointer<Float>, rows: Range<Int>, to out: UnsafeMutablePointer<Float>
  ) {
    probe_center(vectors + rows.lowerBound * mean.count, mean, factor, rows.count, mean.count, out)
  }
}
