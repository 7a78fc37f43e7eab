/// A row-major float32 array with a shape.
///
/// `Tensor` is what crosses module doors: captured activations, fitted directions, report data. Copies share
/// storage until one is changed. The forward pass works on ``FloatBuffer`` instead and copies out only what
/// somebody asked for.
public struct Tensor: Sendable, Equatable {
  /// Sizes of the axes, outermost first.
  public let shape: [Int]
  /// The values, last axis fastest; `shape.product` of them.
  public var elements: [Float]

  /// A tensor over existing values.
  ///
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(_ shape: [Int], _ elements: [Float]) {
    let count = shape.reduce(1, *)
    precondition(elements.count == count, "Tensor: \(elements.count) values for shape \(shape) (\(count))")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor filled with one value.
  public init(_ shape: [Int], repeating value: Float = 0) {
    self.init(shape, [Float](repeating: value, count: shape.reduce(1, *)))
  }

  /// A `[rows.count, width]` matrix from rows of equal length.
  public init(rows: [[Float]]) {
    let width = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == width }, "Tensor(rows:): rows differ in length")
    self.init([rows.count, width], rows.flatMap { $0 })
  }

  /// Number of values.
  public var count: Int { elements.count }
  /// Size of the first axis.
  public var rows: Int { shape.first ?? 1 }
  /// Values in one row: the product of all axes but the first.
  public var width: Int { shape.dropFirst().reduce(1, *) }

  /// The values of one row, shape dropped.
  public subscript(row index: Int) -> ArraySlice<Float> {
    precondition(index >= 0 && index < rows, "Tensor: row \(index) of \(rows)")
    return elements[index * width..<(index + 1) * width]
  }

  /// One value of a matrix.
  public subscript(_ row: Int, _ column: Int) -> Float {
    get { elements[row * width + column] }
    set { elements[row * width + column] = newValue }
  }

  /// The same values under another shape of equal count.
  public func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape, elements) }

  /// The rows at `indices`, in that order.
  public func selecting(rows indices: [Int]) -> Tensor {
    let width = width
    var selected = [Float]()
    selected.reserveCapacity(indices.count * width)
    for index in indices { selected.append(contentsOf: self[row: index]) }
    return Tensor([indices.count] + shape.dropFirst(), selected)
  }
}

extension Tensor: Codable {
  private enum CodingKeys: String, CodingKey { case shape, elements }

  /// Decodes `{"shape": […], "elements": […]}`; a count that does not fit the shape is a decoding error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shape = try container.decode([Int].self, forKey: .shape)
    let elements = try container.decode([Float].self, forKey: .elements)
    guard shape.allSatisfy({ $0 >= 0 }), Self.product(of: shape) == elements.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .elements, in: container,
        debugDescription: "\(elements.count) values do not fill the shape \(shape)")
    }
    self.init(shape, elements)
  }

  /// The product of the sizes; nil when it, or that of some of them, overflows: a decoded shape may hold anything.
  private static func product(of shape: [Int]) -> Int? {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      if overflow { return nil }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }
}
