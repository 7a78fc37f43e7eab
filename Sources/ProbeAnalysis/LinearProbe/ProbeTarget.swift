import Foundation
import ProbeMath

/// What is to be read out of each item.
public enum ProbeTarget: Sendable, Equatable {
  /// One of several classes; `labels` holds class indices.
  case classes(labels: [Int], names: [String])
  /// A number.
  case numbers([Double])
  /// A level of an ordered scale, as its rank from 0; `names` in rising order.
  case levels(ranks: [Int], names: [String])
  /// A place on a circle of the given circumference, such as an hour of 24.
  case cycle([Double], period: Double)

  /// The kinds, as a spec names them.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Logistic regression.
    case classes
    /// Ridge regression of the number.
    case number
    /// Ridge regression of the rank.
    case ordinal
    /// Ridge regression of cosine and sine.
    case cyclic
  }

  /// Its kind.
  public var kind: Kind {
    switch self {
    case .classes: .classes
    case .numbers: .number
    case .levels: .ordinal
    case .cycle: .cyclic
    }
  }

  /// Number of items.
  public var count: Int {
    switch self {
    case .classes(let labels, _): labels.count
    case .numbers(let values), .cycle(let values, _): values.count
    case .levels(let ranks, _): ranks.count
    }
  }

  /// Names of the classes; nil where a number is read.
  public var classes: [String]? { if case .classes(_, let names) = self { names } else { nil } }

  /// Class indices; nil where a number is read.
  public var labels: [Int]? { if case .classes(let labels, _) = self { labels } else { nil } }

  /// What is true of each item as a number: the class's index, the rank, the value.
  public var values: [Double] {
    switch self {
    case .classes(let labels, _): labels.map { Double($0) }
    case .levels(let ranks, _): ranks.map { Double($0) }
    case .numbers(let values), .cycle(let values, _): values
    }
  }

  /// The same for ridge regression.
  var ridge: RidgeTarget {
    switch self {
    case .classes(_, let names): .classes(names)
    case .numbers: .number
    case .levels(_, let names): .ordinal(levels: names)
    case .cycle(_, let period): .cyclic(period: period)
    }
  }

  /// A class of every item by which splits are stratified: the class itself, or the fifth of the items into which
  /// its number falls.
  public var strata: [Int] {
    if case .classes(let labels, _) = self { return labels }
    let values = values
    let cuts = (1..<5).map { quantile(values.sorted(), Double($0) / 5) }
    return values.map { value in cuts.count { $0 < value } }
  }

  /// One number for each distinct value: what a permutation must not leave in place.
  var identities: [Int] {
    var known: [Double: Int] = [:]
    return values.map { value in
      if let index = known[value] { return index }
      known[value] = known.count
      return known.count - 1
    }
  }

  /// The same target with item i given what item `sources[i]` has.
  func rearranged(_ sources: [Int]) -> ProbeTarget {
    switch self {
    case .classes(let labels, let names): .classes(labels: sources.map { labels[$0] }, names: names)
    case .numbers(let values): .numbers(sources.map { values[$0] })
    case .levels(let ranks, let names): .levels(ranks: sources.map { ranks[$0] }, names: names)
    case .cycle(let values, let period): .cycle(sources.map { values[$0] }, period: period)
    }
  }
}
