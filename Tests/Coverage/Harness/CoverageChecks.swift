/// The checks, in the order of the results.
public enum CoverageChecks {
  /// Every claim on every design.
  public static let all: [any CoverageCheck] =
    [
      GaussianWorld("400 independent items", groups: 400, distance: 0.8),
      GaussianWorld(
        "120 groups of 4–10, labels vary", groups: 120, sizes: 4...10, shared: 0.5, distance: 0.8),
      GaussianWorld("60 groups of 4–10, labels vary", groups: 60, sizes: 4...10, shared: 0.5, distance: 0.8),
      GaussianWorld(
        "250 groups of 4–10, a label each", groups: 250, sizes: 4...10, shared: 0.5, groupsHaveOneLabel: true,
        distance: 0.8),
    ].map { FixedProbeCheck(world: $0) }
    + [
      GaussianWorld("150 independent items", groups: 150, features: 20, distance: 0.8),
      GaussianWorld("200 independent items, 100 features", groups: 200, features: 100, distance: 1.2),
      GaussianWorld("40 groups of 4–10, labels vary", groups: 40, sizes: 4...10, shared: 0.5, distance: 0.8),
      GaussianWorld(
        "60 groups of 4–10, a label each", groups: 60, sizes: 4...10, shared: 0.5, groupsHaveOneLabel: true,
        distance: 0.8),
    ].map { ProcedureCheck(world: $0) }
    + [
      GaussianWorld("60 independent items", groups: 60, distance: 0),
      GaussianWorld(
        "40 groups of 4–10, a label each", groups: 40, sizes: 4...10, shared: 0.5, groupsHaveOneLabel: true,
        distance: 0),
    ].map { PermutationCheck(world: $0) }
    + [SelectivityCheck(types: 12), SelectivityCheck(types: 40)]
    + [
      GaussianWorld("200 independent items", groups: 200, features: 5, distance: 0),
      GaussianWorld(
        "40 groups of 4–10, a label each", groups: 40, sizes: 4...10, shared: 0.5, groupsHaveOneLabel: true,
        features: 5, distance: 0),
    ].map { CodeLengthCheck(world: $0) }
}
