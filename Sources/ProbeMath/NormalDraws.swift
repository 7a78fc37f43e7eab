import Glibc

extension RandomStream {
  /// Fills `target` with independent draws from the normal distribution N(0, deviation²), in float32.
  ///
  /// Marsaglia's polar method (1964): 64 random bits become a point (x, y) of the square (−1, 1)²; points outside the
  /// unit circle are drawn again; with s = x² + y², both (x, y) · √(−2 ln s / s) are normal. No tables and no sines, and
  /// values up to 9 deviations occur. The same stream draws the same values for a shorter target.
  public mutating func fillNormal(_ target: UnsafeMutableBufferPointer<Float>, deviation: Float) {
    var index = 0
    while index < target.count {
      let bits = next()
      let x = Float(Int32(truncatingIfNeeded: bits >> 32)) * 0x1p-31
      let y = Float(Int32(truncatingIfNeeded: bits)) * 0x1p-31
      let square = x * x + y * y
      guard square < 1, square > 0 else { continue }
      let scale = deviation * (-2 * logf(square) / square).squareRoot()
      target[index] = x * scale
      if index + 1 < target.count { target[index + 1] = y * scale }
      index += 2
    }
  }
}
