import ProbeMath
import Testing

@testable import ProbeModel

/// The forward pass against the reference implementation's float32 eager pass, point by point.
@Suite struct ParityTests {
  // docs/numerics.md: 5e-5 · max(1, |x|) on tiny fixtures. Measured worst of 66 fixtures: 2.2e-5 (bfloat16 weights).
  static let tolerance: Float = 5e-5

  @Test(arguments: Fixture.all)
  func everyPointEqualsTheReference(_ fixture: Fixture) throws {
    let (model, reference) = (try fixture.model(), try fixture.reference())
    #expect(reference.sequences.count >= 3)
    for (index, sequence) in reference.sequences.enumerated() {
      let names = reference.names(index)
      let points = try names.map { try #require(HookPoint(name: $0), "\($0) is not a hook point") }
      let cache = try model.activations(of: sequence, at: points)
      for (name, point) in zip(names, points) {
        let expected = try #require(reference[index, name])
        let found = try #require(cache[point])
        let difference =
          point.site.isRagged
          ? largestDifference(found.elements, try visible(expected, at: point, model.config))
          : largestDifference(found.elements, expected.elements)
        #expect(difference <= Self.tolerance, "seq\(index)/\(name)")
        if !point.site.isRagged { #expect(found.shape == expected.shape, "seq\(index)/\(name)") }
      }
    }
  }

  /// Packing several sequences changes no bit.
  @Test(arguments: Fixture.all)
  func packedEqualsAlone(_ fixture: Fixture) throws {
    let (model, reference) = (try fixture.model(), try fixture.reference())
    let sequences = reference.sequences
    let points = Set(model.hookPoints)
    var packed: [HookPoint: [Tensor]] = [:]
    try model.run(TokenBatch(sequences), observing: points, in: model.makeWorkspace()) { view in
      packed[view.point] = sequences.indices.map { view.tensor(sequence: $0) }
    }
    #expect(Set(packed.keys) == points)
    for (index, sequence) in sequences.enumerated() {
      let alone = try model.activations(of: sequence, at: Array(points))
      for point in points.sorted() {
        let difference = try largestDifference(
          #require(packed[point])[index].elements, #require(alone[point]).elements)
        #expect(difference == 0, "\(point), sequence \(index)")
      }
    }
  }

  /// The reference's `[head, query, key]` square as ragged rows `[query][head][visible key]`; what is invisible is 0
  /// there.
  private func visible(_ square: Tensor, at point: HookPoint, _ config: TransformerConfig) throws -> [Float] {
    let (heads, length, window) = (
      square.shape[0], square.shape[1], config.window(layer: try #require(point.layer)) ?? .max
    )
    var rows: [Float] = []
    for query in 0..<length {
      let keys = max(0, query + 1 - window)..<(config.masking == .causal ? query + 1 : length)
      for head in 0..<heads {
        for key in 0..<length {
          let value = square.elements[(head * length + query) * length + key]
          if keys.contains(key) {
            rows.append(value)
          } else {
            #expect(value == 0, "\(point): \(query), \(key)")
          }
        }
      }
    }
    return rows
  }
}
