import ProbeMath
import ProbeModel

/// A task that can only be memorised: every type of item gets a label of its own by lot (Hewitt & Liang, EMNLP 2019).
///
/// Labels are drawn from the real ones, so that each is as common as it was. A probe that does as well on them reads
/// what a type is, not what was asked; selectivity is the difference.
struct ControlTask: Sendable {
  /// What items of one type share.
  enum By: Sendable, Equatable {
    /// There is no control task.
    case none
    /// The item's own token, or tokens.
    case token
    /// A label of the example, or of the stretch.
    case field(String)

    init(_ text: String) {
      switch text {
      case "none": self = .none
      case "token": self = .token
      default: self = .field(text)
      }
    }
  }

  /// Number of types.
  let types: Int
  /// Share of test items whose type has training items.
  let recurring: Double
  let target: ProbeTarget

  /// Below this share of recurring test items, selectivity would be accuracy minus chance under another name.
  static let leastRecurring = 0.5

  /// - Throws: ``Inapplicable`` with the reason why selectivity means nothing here.
  init(_ by: By, _ items: LabelledItems, _ design: ProbeDesign) throws(Inapplicable) {
    let names: [String]
    switch by {
    case .none:
      throw Inapplicable(
        items.unit == .sequence
          ? "labels of whole sequences have no types that recur in training and test (Hewitt & Liang 2019)"
          : "the spec asks for no control task")
    case .token: names = items.ownTexts
    case .field(let field):
      let found = items.places.map { items.examples[$0.example].labels[field]?.description }
      names = found.compactMap { $0 }
      guard names.count == found.count else {
        throw Inapplicable("\(found.count - names.count) items have no label \(field) to be the type")
      }
    }
    let trained = Set(design.split.rows(.train).map { names[$0] })
    let test = design.split.rows(.test)
    recurring = Double(test.count { trained.contains(names[$0]) }) / Double(max(test.count, 1))
    types = Set(names).count
    guard recurring >= Self.leastRecurring else {
      let share = Int((100 * recurring).rounded())
      throw Inapplicable(
        "types do not recur: \(share)% of the test items have a type that training has too, and a control label that "
          + "was never seen cannot be memorised")
    }
    guard types > 1 else { throw Inapplicable("all items are of one type") }
    var attempt = 0
    var drawn = design.target
    repeat {
      drawn = Self.draw(names, design, attempt)
      attempt += 1
    } while drawn == design.target && attempt < 100
    // Two types and two classes can hit the real labels by lot; a hundred times in a row they cannot.
    guard drawn != design.target else {
      throw Inapplicable("every draw of control labels gave the real ones")
    }
    target = drawn
  }

  private static func draw(_ names: [String], _ design: ProbeDesign, _ attempt: Int) -> ProbeTarget {
    var stream = RandomStream(seed: design.seed, "control", "\(attempt)")
    var source: [String: Int] = [:]
    return design.target.rearranged(
      names.map { name in
        if let known = source[name] { return known }
        let drawn = stream.index(below: names.count)
        source[name] = drawn
        return drawn
      })
  }
}

/// Why something cannot be had of these data.
struct Inapplicable: Error, Sendable, CustomStringConvertible {
  let description: String

  init(_ reason: String) { description = reason }
}
