import ProbeMath
import Testing

@testable import ProbeModel

/// Directions added to activations and projected out of them.
@Suite struct DirectionTests {
  private func noise(_ shape: [Int], seed: UInt64) -> Tensor {
    var random = RandomStream(seed: seed, "directions")
    return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(random.normal()) })
  }

  private func dot(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func steeringThereAndBackIsNoSteering(_ name: String) throws {
    let model = try Fixture(name: name).model()
    let point = HookPoint.residPost(1)
    let vector = noise([model.config.dModel], seed: 3)
    let plain = try model.values(point, cleanBatch)
    let steered = try model.values(point, cleanBatch, [.add(point, vector, coefficient: 4)])
    for row in 0..<plain.rows {
      for column in 0..<plain.width {
        #expect(steered[row, column] == plain[row, column] + 4 * vector.elements[column])
      }
    }
    let back = try model.values(
      point, cleanBatch, [.add(point, vector, coefficient: 4), .add(point, vector, coefficient: -4)])
    let size = steered.elements.map { abs($0) }.max() ?? 0
    for (a, b) in zip(back.elements, plain.elements) {
      // Two roundings, each at most half an ulp of the larger number on the way.
      #expect(abs(a - b) <= size * Float.ulpOfOne)
    }
  }

  @Test(arguments: ["llama-gqa", "gpt2", "bert"])
  func nothingIsLeftOfADirectionProjectedOut(_ name: String) throws {
    let model = try Fixture(name: name).model()
    for (point, count) in [
      (HookPoint.residPost(1), 1), (.residPost(0), 3), (HookPoint(.mlpPost, layer: 1), 2),
    ] {
      let width = try #require(model.rowShape(of: point)).reduce(1, *)
      let directions = noise([count, width], seed: 5)
      let hook = Hook.projectOut(point, try Subspace(spanning: directions))
      let once = try model.values(point, cleanBatch, [hook])
      let twice = try model.values(point, cleanBatch, [hook, hook])
      let plain = try model.values(point, cleanBatch)
      for row in 0..<once.rows {
        let length = dot(plain[row: row], plain[row: row]).squareRoot()
        for direction in 0..<count {
          let d = directions[row: direction]
          let size = length * dot(d, d).squareRoot()
          // Rounding of the result, an ulp a value, and of the basis.
          #expect(abs(dot(once[row: row], d)) <= 4 * Double(Float.ulpOfOne) * size, "\(point)")
        }
        for (a, b) in zip(twice[row: row], once[row: row]) {
          #expect(abs(a - b) <= 4 * Float.ulpOfOne * Float(length))
        }
        // What is taken away lies in the subspace: nothing orthogonal to it changes. By Pythagoras.
        let away = zip(plain[row: row], once[row: row]).map { $0 - $1 }
        let sum = dot(once[row: row], once[row: row]) + dot(away, away)
        #expect(abs(sum - length * length) <= 1e-5 * length * length)
      }
    }
  }

  @Test func aDirectionOfOneHeadIsTakenFromTheSelectedHeads() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let point = HookPoint(.z, layer: 1)
    let direction = noise([model.config.dHead], seed: 8)
    let seen = try model.values(
      point, cleanBatch,
      [.projectOut(point, try Subspace(spanning: direction), at: Selection(heads: .only([0, 3])))])
    let plain = try model.values(point, cleanBatch)
    let width = model.config.dHead
    for row in 0..<seen.rows {
      for head in 0..<model.config.nHeads {
        let new = seen[row: row].dropFirst(head * width).prefix(width)
        let old = plain[row: row].dropFirst(head * width).prefix(width)
        if head == 0 || head == 3 {
          let size = dot(old, old).squareRoot() * dot(direction.elements, direction.elements).squareRoot()
          #expect(abs(dot(new, direction.elements)) <= 4 * Double(Float.ulpOfOne) * size)
        } else {
          #expect(sameBits(Array(new), Array(old)))
        }
      }
    }
  }

  /// The span counts, not the list: repeated, scaled and dependent directions add nothing.
  @Test func dependentDirectionsSpanNoMore() throws {
    let (a, b) = (noise([16], seed: 1).elements, noise([16], seed: 2).elements)
    let dependent = [
      a, a.map { -1e-6 * $0 }, b, zip(a, b).map { 3 * $0 - 2 * $1 }, [Float](repeating: 0, count: 16),
    ]
    let space = try Subspace(spanning: Tensor(rows: dependent))
    #expect(space.rank == 2 && space.width == 16)
    for i in 0..<2 {
      for j in 0..<2 {
        let expected = i == j ? 1.0 : 0
        #expect(abs(dot(space.basis[row: i], space.basis[row: j]) - expected) <= 4 * Double(Float.ulpOfOne))
      }
    }
    // Both directions lie within.
    for direction in [a, b] {
      var rest = direction
      rest.withUnsafeMutableBufferPointer { space.remove(from: $0) }
      #expect(dot(rest, rest).squareRoot() <= 1e-6 * dot(direction, direction).squareRoot())
    }
  }

  @Test func moreDirectionsThanDimensionsSpanEverything() throws {
    let space = try Subspace(spanning: noise([9, 4], seed: 4))
    #expect(space.rank == 4)
    var vector: [Float] = [1, -2, 3, 4]
    vector.withUnsafeMutableBufferPointer { space.remove(from: $0) }
    #expect(vector.allSatisfy { abs($0) <= 1e-5 })
  }

  @Test func whatSpansNothingIsRefused() throws {
    for empty in [Tensor([4]), Tensor([2, 4]), Tensor([0, 4]), Tensor([0])] {
      let error = try modelError { try Subspace(spanning: empty, name: "d.json") }
      #expect(error.reason == .badInput && error.location == "d.json")
      #expect(error.problem == "there is no direction to span anything: all are zero")
    }
    let nan = try modelError { try Subspace(spanning: Tensor([2, 2], [1, 2, .nan, 1]), name: "d.json") }
    #expect(nan.reason == .nonFinite && nan.problem == "value 2 is nan")
  }

  @Test func directionsOfAnotherWidthAreRefused() throws {
    let model = try Fixture(name: "llama-gqa").model()
    let stream = try modelError {
      try model.ending(
        cleanBatch, [.projectOut(.residPost(0), try Subspace(spanning: noise([31], seed: 1)))])
    }
    #expect(stream.reason == .wrongShape)
    #expect(stream.problem == "expected directions of 32 values, found 31")
    let z = HookPoint(.z, layer: 0)
    let head = try modelError {
      try model.ending(cleanBatch, [.projectOut(z, try Subspace(spanning: noise([7], seed: 1)))])
    }
    #expect(head.problem == "expected directions of 8 (one head) or 32 values, found 7")
    let some = try modelError {
      try model.ending(
        cleanBatch,
        [.projectOut(z, try Subspace(spanning: noise([32], seed: 1)), at: Selection(heads: .only([0])))])
    }
    #expect(some.reason == .badInput && some.location == z.name)
  }
}
