import CKernels
import Foundation
import ProbeMath
import Testing

@testable import ProbeModel

/// Rotary positions: properties of a rotation, and the closed form.
@Suite struct RotaryTests {
  private let heads = 3
  private let width = 16

  /// `x` as rows of heads, turned to `positions`.
  private func rotate(_ x: [Float], to positions: [Int32], rotary: Int, theta: Float = 10000) -> [Float] {
    let tables = RotaryTables(Rotary(theta: theta, dimensions: rotary), sequence: 1, length: 512)
    var out = [Float](repeating: .nan, count: x.count)
    out.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress else { return }
      probe_rotary(x, out, tables.cosine, tables.sine, positions, positions.count, heads, width, rotary)
    }
    return out
  }

  private func normals(_ count: Int, _ name: String) -> [Float] {
    var random = RandomStream(seed: 21, name)
    return (0..<count).map { _ in Float(random.normal()) }
  }

  @Test func positionZeroIsTheIdentity() {
    let x = normals(heads * width, "x")
    #expect(rotate(x, to: [0], rotary: width) == x)
  }

  @Test(arguments: [16, 8, 2])
  func normsOfPairsAreKept(_ rotary: Int) {
    let positions: [Int32] = [0, 1, 7, 100, 511]
    let x = normals(positions.count * heads * width, "x")
    let y = rotate(x, to: positions, rotary: rotary)
    for start in stride(from: 0, to: x.count, by: width) {
      for pair in 0..<rotary / 2 {
        let (a, b) = (start + pair, start + pair + rotary / 2)
        // cos² + sin² is 1 within an ulp or two.
        let (before, after) = (hypot(x[a], x[b]), hypot(y[a], y[b]))
        #expect(abs(before - after) <= 4e-7 * max(1, before))
      }
      #expect(x[start + rotary..<start + width] == y[start + rotary..<start + width])
    }
  }

  @Test func productsDependOnTheDistanceOnly() {
    let (q, k) = (normals(heads * width, "q"), normals(heads * width, "k"))
    func score(_ i: Int32, _ j: Int32) -> [Double] {
      let (q, k) = (rotate(q, to: [i], rotary: width), rotate(k, to: [j], rotary: width))
      return (0..<heads).map { head in
        (head * width..<(head + 1) * width).reduce(0) { $0 + Double(q[$1]) * Double(k[$1]) }
      }
    }
    for distance: Int32 in [0, 1, 5, 60] {
      let first = score(distance, 0)
      for j: Int32 in [1, 9, 100, 400] {
        for (a, b) in zip(first, score(distance + j, j)) {
          // An angle of 400 rad is rounded to float32 within 1.5e-5, and so is each product of 16 terms.
          #expect(abs(a - b) <= 5e-4, "distance \(distance), position \(j)")
        }
      }
    }
    #expect(zip(score(0, 0), score(5, 0)).allSatisfy { abs($0 - $1) > 1e-2 })
  }

  @Test func anglesAreThoseOfTheDefinition() {
    let x = normals(heads * width, "x")
    for position: Int32 in [1, 3, 50, 500] {
      let y = rotate(x, to: [position], rotary: width, theta: 500)
      for head in 0..<heads {
        for pair in 0..<width / 2 {
          let angle = Double(position) * pow(500, -2 * Double(pair) / Double(width))
          let (a, b) = (Double(x[head * width + pair]), Double(x[head * width + pair + width / 2]))
          // The angle is rounded to float32: relative 2^-23 twice.
          let tolerance = 3e-7 * (Double(position) + 2) * 2
          #expect(abs(Double(y[head * width + pair]) - (a * cos(angle) - b * sin(angle))) <= tolerance)
          #expect(
            abs(Double(y[head * width + pair + width / 2]) - (b * cos(angle) + a * sin(angle))) <= tolerance)
        }
      }
    }
  }

  /// A workspace that another model used before must not lend it that model's angles.
  @Test func tablesBelongToTheirAngles() {
    let (shared, x) = (Workspace(), 0..<64)
    func values(_ workspace: Workspace, _ dimensions: Int, _ theta: Float, length: Int) -> [Float] {
      let tables = workspace.rotaryTables(
        Rotary(theta: theta, dimensions: dimensions), sequence: length, longest: length)
      return x.map { tables.cosine[$0] } + x.map { tables.sine[$0] }
    }
    for (dimensions, theta, length) in [
      (8, Float(1e4), 64), (8, 500, 64), (4, 500, 64), (16, 500, 16), (16, 500, 64),
    ] {
      #expect(
        values(shared, dimensions, theta, length: length)
          == values(Workspace(), dimensions, theta, length: length))
    }
  }
}
