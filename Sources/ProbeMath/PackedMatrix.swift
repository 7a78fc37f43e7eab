import CKernels

/// A matrix `[inputs, outputs]` as the kernels multiply by it: panels of 32 columns, input by input.
///
/// Packed once, multiplied by often: a product needs no other form of it, so that a model holds its weights once.
///
/// `@unchecked Sendable` because the values are not written after packing; `owner` holds the memory.
public struct PackedMatrix: @unchecked Sendable {
  /// Height: the width of the rows that are multiplied by it.
  public let inputs: Int
  /// Width.
  public let outputs: Int
  let panels: UnsafePointer<Float>
  private let owner: AnyObject

  /// Values that a packed matrix takes.
  public static func count(inputs: Int, outputs: Int) -> Int { panels(outputs) * panelWidth * inputs }

  /// Columns of a panel.
  public static let panelWidth = Int(PROBE_PANEL)
  static func panels(_ outputs: Int) -> Int { (outputs + panelWidth - 1) / panelWidth }

  /// Packs into `memory`, which `owner` holds and which has room for ``count(inputs:outputs:)`` values.
  ///
  /// - Parameter fill: writes the parts it gets a packer for.
  public init(
    inputs: Int, outputs: Int, memory: UnsafeMutablePointer<Float>, owner: AnyObject, _ fill: (Packer) -> Void
  ) {
    (self.inputs, self.outputs, self.owner) = (inputs, outputs, owner)
    panels = UnsafePointer(memory)
    fill(Packer(inputs: inputs, outputs: outputs, panels: memory))
  }

  /// Packs a `[inputs, outputs]` matrix.
  public init(_ matrix: Tensor) {
    let buffer = FloatBuffer(count: Self.count(inputs: matrix.rows, outputs: matrix.width))
    self.init(inputs: matrix.rows, outputs: matrix.width, memory: buffer.pointer, owner: buffer) { packer in
      matrix.elements.withUnsafeBufferPointer { values in
        if let base = values.baseAddress { packer.pack(inputs: base, stride: matrix.width) }
      }
    }
  }

  /// Writes the parts of a matrix. Parts that do not overlap may be written at the same time.
  public struct Packer: @unchecked Sendable {
    let inputs: Int
    let outputs: Int
    let panels: UnsafeMutablePointer<Float>

    /// Packs columns `first`, `first` + 1, … from `count` rows that hold all inputs of an output each.
    public func pack(outputs rows: UnsafePointer<Float>, stride: Int, first: Int, count: Int) {
      precondition(
        first + count <= outputs, "PackedMatrix: outputs \(first)..<\(first + count) of \(outputs)")
      probe_pack_outputs(rows, stride, count, inputs, panels, first)
    }

    /// Packs the whole matrix from rows that hold all outputs of an input each.
    public func pack(inputs rows: UnsafePointer<Float>, stride: Int) {
      probe_pack_inputs(rows, stride, inputs, outputs, panels, inputs * panelWidth, 0)
    }
  }

  /// Copies the column of output `output`, `inputs` values, to `target`.
  public func copyColumn(_ output: Int, to target: UnsafeMutablePointer<Float>) {
    let column = panels + output / Self.panelWidth * Self.panelWidth * inputs + output % Self.panelWidth
    for input in 0..<inputs { target[input] = column[input * Self.panelWidth] }
  }

  /// A copy, `[inputs, outputs]`.
  public var tensor: Tensor {
    var tensor = Tensor([inputs, outputs])
    for output in 0..<outputs {
      let column = panels + output / Self.panelWidth * Self.panelWidth * inputs + output % Self.panelWidth
      for input in 0..<inputs { tensor.elements[input * outputs + output] = column[input * Self.panelWidth] }
    }
    return tensor
  }
}
