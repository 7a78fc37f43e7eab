import ProbeMath

/// Copies of the activations of one sequence, by hook point.
public struct ActivationCache: Sendable {
  private var tensors: [HookPoint: Tensor] = [:]

  /// The points there are, in the order of computation.
  public var points: [HookPoint] { tensors.keys.sorted() }

  /// The activations at `point`, `[position] + row shape`; ragged points are one flat axis.
  public subscript(point: HookPoint) -> Tensor? { tensors[point] }

  mutating func record(_ view: ActivationView, sequence: Int) {
    tensors[view.point] = view.tensor(sequence: sequence)
  }
}
