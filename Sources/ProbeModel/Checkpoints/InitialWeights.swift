import Foundation
import ProbeMath

/// Where the tensors of a randomly initialised model come from: draws in place of a checkpoint's files.
///
/// Each tensor is drawn from streams of its own, named after it in Hugging Face's naming, so that the values depend on
/// nothing but seed, name, shape and distribution: not on the order of reading, the number of threads, or the file
/// format of the model whose twin it is. Used by one loading thread.
final class InitialWeights {
  private let initialization: Initialization
  private let isTied: Bool
  private let seed: UInt64
  private let path: String
  private var last: StoredTensor?
  private var byteCount = 0

  /// - Parameters:
  ///   - config: of the model whose weights are drawn.
  ///   - path: where its configuration lies, for error texts.
  init(_ initialization: Initialization, config: TransformerConfig, seed: UInt64, path: String) {
    self.initialization = initialization
    isTied = config.head == .tied
    (self.seed, self.path) = (seed, path)
  }

  /// Whether the model draws this tensor, if it has it at all.
  func draws(_ name: String) -> Bool { !(isTied && name == initialization.unembedding) }

  /// The tensor `name`, as if it had been read from a file of float32.
  ///
  /// - Throws: ``ModelError`` `.unsupported` for more weights than the machine has memory.
  func tensor(_ name: String, _ shape: [Int]) throws(ModelError) -> StoredTensor {
    // Maps that are stored in one matrix are asked for one after the other.
    if let last, last.name == name, last.shape == shape { return last }
    let location = "\(path): tensor \(name)"
    let count = try StoredTensor.count(shape, location)
    byteCount += 4 * count
    guard byteCount <= ProcessInfo.processInfo.physicalMemory else {
      throw ModelError(
        .unsupported, at: location,
        "\(byteCount) bytes of random weights up to here, the machine has "
          + "\(ProcessInfo.processInfo.physicalMemory) bytes of memory")
    }
    let buffer = FloatBuffer(count: count)
    fill(buffer.pointer, initialization.distribution(of: name, shape: shape), name, shape)
    let file = MappedFile(memory: buffer, name: "\(path): seed \(seed)")
    let tensor = try StoredTensor(name: name, format: .f32, shape: shape, file: file, offset: 0)
    if shape.count > 1 { last = tensor }
    return tensor
  }

  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ distribution: Initialization.Distribution, _ name: String,
    _ shape: [Int]
  ) {
    let (count, width) = (shape.reduce(1, *), shape.last ?? 1)
    switch distribution {
    case .constant(let value): target.update(repeating: value, count: count)
    case .normal(let deviation, let zeroRow):
      drawNormal(target, count, deviation: Float(deviation), name)
      if let zeroRow { (target + zeroRow * width).update(repeating: 0, count: width) }
    case .sinusoids:
      for index in 0..<count {
        let (position, column) = index.quotientAndRemainder(dividingBy: width)
        let angle = Double(position) / pow(10000, Double(column - column % 2) / Double(width))
        target[index] = Float(column.isMultiple(of: 2) ? sin(angle) : cos(angle))
      }
    }
  }

  /// Values drawn from one stream.
  private static let chunk = 1 << 16

  private func drawNormal(
    _ target: UnsafeMutablePointer<Float>, _ count: Int, deviation: Float, _ name: String
  ) {
    nonisolated(unsafe) let target = target
    let seed = seed
    _ = concurrently((count + Self.chunk - 1) / Self.chunk) { chunk in
      let first = chunk * Self.chunk
      var stream = RandomStream(seed: seed, "initial weights", name, "\(chunk)")
      stream.fillNormal(
        UnsafeMutableBufferPointer(start: target + first, count: min(Self.chunk, count - first)),
        deviation: deviation)
    }
  }
}
