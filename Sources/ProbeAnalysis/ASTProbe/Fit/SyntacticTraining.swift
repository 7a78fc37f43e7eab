import CKernels
import Foundation
import ProbeMath

/// The state of one fit: parameters, Adam's moments, gradients of the two halves of a batch.
final class SyntacticTraining {
  private static let halves = 2

  private let fitter: SyntacticSubspaceFitter
  private let task: SyntacticSubspaceFitter.Task
  private let shape: SyntacticShape
  private let scaler: LeafScaler
  private let isTransfer: Bool
  private let team: Team
  private let passes: [SyntacticPass]
  private let gradients: [FloatBuffer]
  private let parameters: FloatBuffer
  private let best: FloatBuffer
  /// BᵀB − I.
  private let excess: FloatBuffer
  private var adam: Adam
  private var stream: RandomStream

  init(
    _ fitter: SyntacticSubspaceFitter, _ task: SyntacticSubspaceFitter.Task, seed: UInt64, transfer: Tensor?
  ) {
    let width = task.vectors.width
    let rank = transfer?.width ?? fitter.rank
    precondition(rank <= width, "fit: rank \(rank) exceeds the width \(width)")
    precondition(transfer.map { $0.rows == width } ?? true, "fit: a subspace of another width")
    (self.fitter, self.task, isTransfer) = (fitter, task, transfer != nil)
    shape = SyntacticShape(width: width, rank: rank, labels: task.labels, unaries: task.unaries)
    scaler = LeafScaler(
      task.vectors, rows: task.train.map { task.snippets[$0].rows }, scale: fitter.scale)
    team = Team(min(fitter.threads, Self.halves))
    let shape = shape
    passes = (0..<Self.halves).map { _ in SyntacticPass(shape) }
    gradients = (0..<Self.halves).map { _ in FloatBuffer(count: shape.count) }
    parameters = FloatBuffer(count: shape.count)
    best = FloatBuffer(count: shape.count)
    excess = FloatBuffer(count: rank * rank)
    adam = Adam(parameterCount: shape.count, rate: fitter.rate)
    stream = RandomStream(seed: seed, "syntactic-subspace")
    let half = SyntacticSubspaceFitter.initialWidth
    for index in 0..<shape.count {
      parameters.pointer[index] = Float(2 * stream.uniform() - 1) * half
    }
    if let transfer {
      parameters.pointer.update(from: transfer.elements, count: shape.projectionCount)
    }
    keep()
  }

  /// Remembers the parameters as they are.
  func keep() { best.pointer.update(from: parameters.pointer, count: shape.count) }

  /// The parameters that were remembered last.
  func kept() -> SyntacticSubspace { SyntacticSubspace(best.pointer, shape, scaler: scaler) }

  /// Once through the training part in random order; returns the mean of the batches' losses.
  func epoch(rate: Float) -> Double {
    adam.rate = rate
    let order = task.train.shuffled(using: &stream)
    let batches = (order.count + fitter.batchSize - 1) / fitter.batchSize
    var total = 0.0
    for batch in 0..<batches {
      // Batches of equal size: a small last one would be a noisy step of the same length.
      let chosen = order[order.count * batch / batches..<order.count * (batch + 1) / batches]
      total += step(chosen.map { task.snippets[$0] })
    }
    return total / Double(batches)
  }

  /// L_d + L_c + L_u over the validation part.
  func validationLoss() -> Double {
    let snippets = task.validation.map { task.snippets[$0] }
    let counts = SyntacticCounts(snippets)
    let parts = (snippets.count + fitter.batchSize - 1) / fitter.batchSize
    let sums = UnsafeMutableBufferPointer<SyntacticSums>.allocate(capacity: parts)
    defer { sums.deallocate() }
    sums.initialize(repeating: SyntacticSums())
    withVectors { vectors in
      team.perform(parts) { part, worker in
        let range = snippets.count * part / parts..<snippets.count * (part + 1) / parts
        sums[part] = passes[worker].run(
          Array(snippets[range]), vectors, scaler, parameters.pointer, counts: counts, gradient: nil,
          isTransfer: isTransfer)
      }
    }
    return counts.mean(sums.reduce(SyntacticSums(), +))
  }

  /// One step of Adam; returns the batch's loss.
  func step(_ batch: [SyntacticSnippet]) -> Double {
    let counts = SyntacticCounts(batch)
    let loss = gradient(batch, counts)
    adam.advance()
    let halves = Self.halves
    team.perform(halves) { half, _ in
      let rows = shape.width * half / halves..<shape.width * (half + 1) / halves
      if !isTransfer { descend(rows: rows) }
      let scores = shape.count - shape.projectionCount
      let start = shape.projectionCount + scores * half / halves
      descend(start..<shape.projectionCount + scores * (half + 1) / halves)
    }
    return loss
  }

  /// The gradients of both halves of a batch, and BᵀB − I; returns the batch's loss.
  func gradient(_ batch: [SyntacticSnippet], _ counts: SyntacticCounts) -> Double {
    let middle = Self.middle(batch)
    let parts = [Array(batch[..<middle]), Array(batch[middle...])]
    return withUnsafeTemporaryAllocation(of: SyntacticSums.self, capacity: parts.count) { sums in
      sums.initialize(repeating: SyntacticSums())
      withVectors { vectors in
        team.perform(parts.count) { half, _ in
          sums[half] = passes[half].run(
            parts[half], vectors, scaler, parameters.pointer, counts: counts,
            gradient: gradients[half].pointer, isTransfer: isTransfer)
          if !isTransfer { gram(half) }
        }
      }
      return counts.mean(sums[0] + sums[1])
    }
  }

  /// The gradient of the whole loss, penalty included, as it is before a step.
  func wholeGradient(_ batch: [SyntacticSnippet]) -> [Float] {
    _ = gradient(batch, SyntacticCounts(batch))
    for half in 0..<Self.halves {
      penalise(rows: shape.width * half / Self.halves..<shape.width * (half + 1) / Self.halves)
    }
    probe_add(gradients[0].pointer, gradients[1].pointer, shape.count)
    return Array(UnsafeBufferPointer(start: gradients[0].pointer, count: shape.count))
  }

  /// The parameters, for tests of the gradient.
  var values: [Float] { Array(UnsafeBufferPointer(start: parameters.pointer, count: shape.count)) }

  /// Where a batch is cut, so that both halves have about as many leaves.
  private static func middle(_ batch: [SyntacticSnippet]) -> Int {
    let leaves = batch.reduce(0) { $0 + $1.rows.count }
    var sum = 0
    for (index, snippet) in batch.enumerated() {
      if 2 * sum + snippet.rows.count > leaves { return index }
      sum += snippet.rows.count
    }
    return batch.count
  }

  /// Half of the columns of BᵀB − I.
  private func gram(_ half: Int) {
    let r = shape.rank
    let columns = r * half / Self.halves..<r * (half + 1) / Self.halves
    let b = parameters.pointer
    BLAS.gemm(
      m: r, n: columns.count, k: shape.width, b, lda: r, transposeA: true, b + columns.lowerBound, ldb: r,
      excess.pointer + columns.lowerBound, ldc: r)
    for column in columns { excess.pointer[column * r + column] -= 1 }
  }

  /// Adds ∂λ‖BᵀB − I‖²/∂B = 4λB(BᵀB − I) to some rows of the first half's gradient.
  private func penalise(rows: Range<Int>) {
    let r = shape.rank
    BLAS.gemm(
      m: rows.count, n: r, k: r, parameters.pointer + rows.lowerBound * r, lda: r, excess.pointer, ldb: r,
      gradients[0].pointer + rows.lowerBound * r, ldc: r, alpha: 4 * fitter.penalty, beta: 1)
  }

  private func descend(rows: Range<Int>) {
    penalise(rows: rows)
    descend(rows.lowerBound * shape.rank..<rows.upperBound * shape.rank)
  }

  private func descend(_ range: Range<Int>) {
    probe_add(
      gradients[0].pointer + range.lowerBound, gradients[1].pointer + range.lowerBound, range.count)
    adam.update(parameters.pointer, gradients[0].pointer, range: range)
  }

  private func withVectors(_ body: (UnsafePointer<Float>) -> Void) {
    task.vectors.elements.withUnsafeBufferPointer { vectors in
      if let base = vectors.baseAddress { body(base) }
    }
  }
}
