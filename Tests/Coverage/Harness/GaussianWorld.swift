import ProbeAnalysis
import ProbeMath

/// Two equally common classes of Gaussian items around ±δ on the first axis, in groups that may share an offset: data on
/// which the accuracy of a linear probe has a closed form.
///
///     x = ±δ e₁ + √ρ · u_group + √(1 − ρ) · ε,   u, ε ~ N(0, I)
///
/// A new item of a new group is N(±δ e₁, I), whatever ρ. A sample has both classes equally often (as many items, or
/// groups where these have one label): the bias of a probe learned from an uneven sample would suit that sample's own
/// test folds, and accuracy is defined for even classes.
public struct GaussianWorld: Sendable {
  /// What the design is called in the results.
  public let name: String
  /// Number of groups.
  public let groups: Int
  /// Items of a group, drawn evenly.
  public let sizes: ClosedRange<Int>
  /// ρ, the share of variance that items of a group have in common.
  public let shared: Double
  /// Whether a group's items have one label.
  public let groupsHaveOneLabel: Bool
  /// d.
  public let features: Int
  /// δ: the best rule is right Φ(δ) of the time. 0 where labels have nothing to do with features.
  public let distance: Double

  /// A design.
  public init(
    _ name: String, groups: Int, sizes: ClosedRange<Int> = 1...1, shared: Double = 0,
    groupsHaveOneLabel: Bool = false,
    features: Int = 10, distance: Double
  ) {
    (self.name, self.groups, self.sizes, self.shared) = (name, groups, sizes, shared)
    (self.groupsHaveOneLabel, self.features, self.distance) = (groupsHaveOneLabel, features, distance)
  }

  /// What a run draws.
  public struct Sample: Sendable {
    /// `[items, d]`.
    public var features: Tensor
    /// 0 or 1 for each item.
    public let labels: [Int]
    /// The group of each item.
    public let groups: [String]
    /// The group of each item, by number.
    public let groupNumbers: [Int]

    /// This sample and, as groups of their own, another one's items.
    func joined(_ other: Sample) -> Sample {
      let first = (groupNumbers.max() ?? -1) + 1
      let numbers = groupNumbers + other.groupNumbers.map { $0 + first }
      return Sample(
        features: Tensor(
          [numbers.count, features.width], features.elements + other.features.elements),
        labels: labels + other.labels, groups: numbers.map { "g\($0)" }, groupNumbers: numbers)
    }
  }

  /// Draws a sample, with `groups` groups if another number is wanted.
  public func draw(_ stream: inout RandomStream, groups count: Int? = nil) -> Sample {
    let groupCount = count ?? groups
    let numbers = (0..<groupCount).flatMap { group in
      [Int](repeating: group, count: sizes.lowerBound + stream.index(below: sizes.count))
    }
    let labels = labels(numbers, groupCount: groupCount, &stream)
    var sample = Sample(
      features: Tensor([labels.count, features]), labels: labels, groups: numbers.map { "g\($0)" },
      groupNumbers: numbers)
    fill(&sample.features, numbers, &stream)
    for (item, label) in labels.enumerated() {
      sample.features[item, 0] += Float(label == 1 ? distance : -distance)
    }
    return sample
  }

  private func labels(_ groups: [Int], groupCount: Int, _ stream: inout RandomStream) -> [Int] {
    func lots(_ count: Int) -> [Int] {
      // Without a task each lot is drawn by itself: random labels are not balanced.
      distance > 0
        ? stream.permutation(count).map { $0 % 2 } : (0..<count).map { _ in stream.index(below: 2) }
    }
    guard groupsHaveOneLabel else { return lots(groups.count) }
    let ofGroups = lots(groupCount)
    return groups.map { ofGroups[$0] }
  }

  private func fill(_ features: inout Tensor, _ groups: [Int], _ stream: inout RandomStream) {
    let width = self.features
    features.elements.withUnsafeMutableBufferPointer {
      stream.fillNormal($0, deviation: Float((1 - shared).squareRoot()))
    }
    guard shared > 0 else { return }
    var offsets = [Float](repeating: 0, count: ((groups.max() ?? 0) + 1) * width)
    offsets.withUnsafeMutableBufferPointer { stream.fillNormal($0, deviation: Float(shared.squareRoot())) }
    for (item, group) in groups.enumerated() {
      for j in 0..<width { features[item, j] += offsets[group * width + j] }
    }
  }

  /// The accuracy of a probe of classes 0 and 1 on new items, in closed form.
  public func accuracy(of probe: LinearProbe) -> Double {
    let direction = probe.direction(towards: 1).map { Double($0) }
    let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let offset = Double(probe.logits(Tensor([1, features]))[0, 0])
    guard norm > 0 else { return 0.5 }
    let reach = direction[0] * distance
    return 0.5 * (normalDistribution((reach + offset) / norm) + normalDistribution((reach - offset) / norm))
  }

  /// The AUROC of a probe on new items of different groups, in closed form.
  public func auroc(of probe: LinearProbe) -> Double {
    let direction = probe.direction(towards: 1).map { Double($0) }
    let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? normalDistribution(2.0.squareRoot() * direction[0] * distance / norm) : 0.5
  }
}
