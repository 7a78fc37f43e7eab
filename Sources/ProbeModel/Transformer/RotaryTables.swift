import Glibc
import ProbeMath

/// cos and sin of position · f[i], `[length, dimensions/2]` each, for sequences that turn by the same frequencies.
struct RotaryTables {
  private let buffer: FloatBuffer
  let rotary: Rotary
  /// ``Rotary/frequencyKey(length:)`` of the sequences it serves.
  let key: Int
  let length: Int

  /// - Parameters:
  ///   - sequence: length of a sequence it serves.
  ///   - length: rows of the tables.
  init(_ rotary: Rotary, sequence: Int, length: Int) {
    let frequencies = rotary.frequencies(length: sequence)
    (self.rotary, key, self.length) = (rotary, rotary.frequencyKey(length: sequence), length)
    buffer = FloatBuffer(count: 2 * length * frequencies.count)
    let amplitude = rotary.amplitude
    for (i, frequency) in frequencies.enumerated() {
      for position in 0..<length {
        // Angles are rounded to float32 before the cosine is taken, as the reference implementations do.
        let angle = Double(Float(position) * frequency)
        buffer.pointer[position * frequencies.count + i] = Float(cos(angle)) * amplitude
        buffer.pointer[(length + position) * frequencies.count + i] = Float(sin(angle)) * amplitude
      }
    }
  }

  var cosine: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }
  var sine: UnsafePointer<Float> { UnsafePointer(buffer.pointer) + length * (rotary.dimensions / 2) }
}
