import Foundation
import ProbeMath

/// What a ridge probe predicts, and the columns of numbers it regresses for that.
///
/// Values are one number an item: a class index, a number, the index of a level, a place on a cycle.
public enum RidgeTarget: Sendable, Codable, Equatable {
  /// One of several classes, by name: targets +1 and −1, one column for two classes (+1: class 1), else one a class.
  case classes([String])
  /// A number: itself.
  case number
  /// One of several ordered levels, by name: the index of the level.
  case ordinal(levels: [String])
  /// A place on a cycle of the given period, such as an hour of 24: cos(2πy/P) and sin(2πy/P).
  case cyclic(period: Double)

  /// Number of target columns, t.
  public var outputs: Int {
    switch self {
    case .classes(let names): names.count == 2 ? 1 : names.count
    case .number, .ordinal: 1
    case .cyclic: 2
    }
  }

  /// The target columns of `values`, `[items, t]`.
  public func columns(_ values: [Double]) -> Tensor {
    check(values)
    switch self {
    case .classes(let names) where names.count == 2:
      return Tensor([values.count, 1], values.map { $0 == 1 ? 1 : -1 })
    case .classes(let names):
      return Tensor(
        [values.count, names.count],
        values.flatMap { value in names.indices.map { Double($0) == value ? 1 : -1 } })
    case .number, .ordinal:
      return Tensor([values.count, 1], values.map { Float($0) })
    case .cyclic(let period):
      return Tensor(
        [values.count, 2],
        values.flatMap { value in
          let angle = 2 * .pi * value / period
          return [Float(cos(angle)), Float(sin(angle))]
        })
    }
  }

  /// The values that fitted columns stand for: the class of the highest output (the first of equals), the number, the
  /// nearest level, or atan2(sin, cos) as a place in [0, P).
  public func values(_ outputs: Tensor) -> [Double] {
    precondition(
      outputs.width == self.outputs, "RidgeTarget: \(outputs.width) outputs, not \(self.outputs)")
    let values = outputs.elements
    let t = self.outputs
    return stride(from: 0, to: values.count, by: t).map { first in
      switch self {
      case .classes where t == 1:
        return values[first] > 0 ? 1 : 0
      case .classes:
        var best = first
        for place in first + 1..<first + t where values[place] > values[best] { best = place }
        return Double(best - first)
      case .number:
        return Double(values[first])
      case .ordinal(let levels):
        return min(max(Double(values[first]).rounded(), 0), Double(levels.count - 1))
      case .cyclic(let period):
        let place = atan2(Double(values[first + 1]), Double(values[first])) / (2 * .pi) * period
        return place < 0 ? place + period : place
      }
    }
  }

  private func check(_ values: [Double]) {
    switch self {
    case .classes(let names):
      precondition(names.count >= 2, "RidgeTarget: \(names.count) classes")
      precondition(
        values.allSatisfy { $0 >= 0 && $0 < Double(names.count) && $0 == $0.rounded() },
        "RidgeTarget: a label is not one of \(names)")
    case .ordinal(let levels):
      precondition(levels.count >= 2, "RidgeTarget: \(levels.count) levels")
      precondition(
        values.allSatisfy { $0 >= 0 && $0 < Double(levels.count) && $0 == $0.rounded() },
        "RidgeTarget: a value is not the index of one of \(levels)")
    case .number:
      precondition(values.allSatisfy { $0.isFinite }, "RidgeTarget: a number is not finite")
    case .cyclic(let period):
      precondition(period > 0 && period.isFinite, "RidgeTarget: a cycle of period \(period)")
      precondition(values.allSatisfy { $0.isFinite }, "RidgeTarget: a place on a cycle is not finite")
    }
  }
}
