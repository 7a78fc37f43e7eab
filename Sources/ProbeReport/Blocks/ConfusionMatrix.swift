/// How often each actual class was predicted as each class.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
  /// What it is about.
  public var title: String
  /// What to see in it, in a sentence.
  public var summary: String
  /// The classes; rows and columns in this order.
  public var classes: [String]
  /// `counts[actual][predicted]`, shape `[classes, classes]`. Missing entries count as 0.
  public var counts: [[Int]]

  /// A square matrix of counts over `classes`.
  public init(_ title: String, summary: String = "", classes: [String], counts: [[Int]]) {
    self.title = title
    self.summary = summary
    self.classes = classes
    self.counts = counts
  }

  /// The count of one cell; 0 beyond what was given.
  func count(actual: Int, predicted: Int) -> Int {
    guard counts.indices.contains(actual), counts[actual].indices.contains(predicted) else { return 0 }
    return counts[actual][predicted]
  }

  /// The items of one actual class.
  func total(actual: Int) -> Int {
    classes.indices.reduce(0) { $0 + count(actual: actual, predicted: $1) }
  }

  /// The items predicted as one class.
  func total(predicted: Int) -> Int {
    classes.indices.reduce(0) { $0 + count(actual: $1, predicted: predicted) }
  }

  /// The share of an actual class that was predicted as a class; NaN for a class without items.
  func share(actual: Int, predicted: Int) -> Double {
    let total = total(actual: actual)
    return total > 0 ? Double(count(actual: actual, predicted: predicted)) / Double(total) : .nan
  }
}
