import Foundation
import ProbeMath
import Testing

@testable import ProbeAnalysis

@Suite struct SyntacticSubspaceTests {
  @Test(arguments: [SyntacticSnippet.Target.height, .depth])
  func theGradientIsThatOfTheLossByFiniteDifferences(target: SyntacticSnippet.Target) {
    let planted = PlantedSyntax(width: 11, labels: 4, snippets: 6, noise: 0.5, seed: 3)
    let snippets = planted.task.snippets.map { snippet in
      SyntacticSnippet(
        rows: snippet.rows, heights: snippet.order.map { Int($0) }, labels: snippet.labels.map { Int($0) },
        unaries: snippet.unaries.map { Int($0) }, target: target)
    }
    let task = SyntacticSubspaceFitter.Task(
      vectors: planted.task.vectors, snippets: snippets, train: [0, 1, 2, 3, 4], validation: [5], labels: 4,
      unaries: 2)
    var fitter = SyntacticSubspaceFitter()
    fitter.rank = 5
    let training = SyntacticTraining(fitter, task, seed: 1, transfer: nil)
    for _ in 0..<3 { _ = training.step(snippets) }
    let scaler = LeafScaler(task.vectors, rows: task.train.map { snippets[$0].rows }, scale: 1)
    let shape = SyntacticShape(width: 11, rank: 5, labels: 4, unaries: 2)
    let loss = NaiveSyntacticLoss(task: task, scaler: scaler, shape: shape, penalty: 5)
    let point = training.values.map { Double($0) }
    let gradient = training.wholeGradient(snippets)
    // The loss is piecewise smooth; at 1e-6 a step crosses a hinge's corner only by chance, and float32 is good for 1e-4.
    let step = 1e-6
    for index in point.indices {
      var (above, below) = (point, point)
      above[index] += step
      below[index] -= step
      let expected = (loss(above, snippets) - loss(below, snippets)) / (2 * step)
      #expect(abs(Double(gradient[index]) - expected) < 1e-3 * max(1, abs(expected)), "parameter \(index)")
    }
  }

  @Test func aPlantedSubspaceIsRecovered() throws {
    let planted = PlantedSyntax(width: 24, labels: 5, snippets: 600, noise: 1, seed: 8)
    var fitter = SyntacticSubspaceFitter()
    fitter.rank = 6
    (fitter.rate, fitter.decay, fitter.batchSize) = (3e-2, 0.5, 8)
    let fit = fitter.fit(planted.task, seed: 2)
    #expect(fit.isConverged)
    #expect(fit.subspace.orthogonality < 0.05)
    // The unary label's direction is orthogonal to all others: all six are needed.
    let angles = try #require(PrincipalAngles(fit.subspace.projection, planted.basis))
    #expect(angles.largest < 5, "\(angles.degrees)")
    let held = planted.task.validation.map { planted.task.snippets[$0] }
    let said = fit.subspace.predictions(planted.task.vectors, of: held.map { $0.rows })
    let right = zip(held, said).map { snippet, prediction in
      zip(snippet.labels, prediction.labels).count { Int($0) == $1 }
        + zip(snippet.unaries, prediction.unaries).count { Int($0) == $1 }
    }.reduce(0, +)
    let all = held.reduce(0) { $0 + $1.labels.count + $1.unaries.count }
    #expect(Double(right) >= 0.99 * Double(all))
  }

  @Test func theScaleOfALayerChangesNothing() {
    let planted = PlantedSyntax(width: 12, labels: 3, snippets: 30, noise: 1, seed: 4)
    // A power of two, so that even the rounding is the same.
    let larger = Tensor(planted.task.vectors.shape, planted.task.vectors.elements.map { $0 * 64 })
    let other = SyntacticSubspaceFitter.Task(
      vectors: larger, snippets: planted.task.snippets, train: planted.task.train,
      validation: planted.task.validation, labels: 3, unaries: 2)
    var fitter = SyntacticSubspaceFitter()
    fitter.rank = 4
    fitter.maximumEpochs = 3
    let (a, b) = (fitter.fit(planted.task, seed: 1), fitter.fit(other, seed: 1))
    #expect(a.epochs == b.epochs)
    #expect(a.subspace.projection == b.subspace.projection)
  }

  @Test func oneThreadAndTwoGiveTheSameBits() {
    let planted = PlantedSyntax(width: 16, labels: 3, snippets: 40, noise: 1, seed: 5)
    var fitter = SyntacticSubspaceFitter()
    fitter.rank = 7
    fitter.maximumEpochs = 3
    fitter.threads = 1
    let alone = fitter.fit(planted.task, seed: 9)
    fitter.threads = 2
    #expect(fitter.fit(planted.task, seed: 9) == alone)
  }

  @Test func aTransferredSubspaceStaysAsItIs() {
    let planted = PlantedSyntax(width: 16, labels: 3, snippets: 60, noise: 1, seed: 6)
    var fitter = SyntacticSubspaceFitter()
    (fitter.rate, fitter.batchSize) = (1e-2, 4)
    let fit = fitter.fit(planted.task, seed: 1, transfer: planted.basis)
    #expect(fit.subspace.projection == planted.basis)
    #expect(fit.epochs.last!.validation < 0.5 * fit.epochs.first!.validation)
  }

  @Test func theRateFallsWithTheFirstEpochThatDoesNotImproveAndTrainingEndsAfterFive() {
    var schedule = SyntacticSubspaceFitter.Schedule(rate: 1, decay: 0.1, patience: 5)
    let notes = [3.0, 2, 2.5, 1, 1, 1, 1, 1].map { schedule.note($0) }
    #expect(notes == [true, true, false, true, false, false, false, false])
    #expect(abs(schedule.rate - 1e-5) < 1e-9)
    #expect(!schedule.isOver)
    _ = schedule.note(1)
    #expect(schedule.isOver)
    #expect(schedule.best == 3)
  }

  @Test func theDepthTargetRanksAncestorsAboveTheirDescendantsOnly() {
    // ((a b) c) (d e): heights 1 2 3 1; the root is gap 2, gap 1 is above gap 0.
    let snippet = SyntacticSnippet(
      rows: 0..<5, heights: [1, 2, 3, 1], labels: [0, 0, 0, 0], unaries: [0, 0, 0, 0, 0], target: .depth)
    #expect(snippet.order == [-2, -1, 0, -1])
    #expect(zip(snippet.first, snippet.last).map { $0..<$1 } == [0..<1, 0..<2, 0..<4, 3..<4])
    #expect(snippet.pairs == 4)
    let heights = SyntacticSnippet(
      rows: 0..<5, heights: [1, 2, 3, 1], labels: [0, 0, 0, 0], unaries: [0, 0, 0, 0, 0])
    #expect(heights.pairs == 5)
  }

  @Test func snippetsOfOneLeafHaveNoPairAndDoNoHarm() {
    let planted = PlantedSyntax(width: 8, labels: 3, snippets: 10, noise: 1, seed: 7)
    let single = SyntacticSnippet(rows: 3..<4, heights: [], labels: [], unaries: [1])
    let task = SyntacticSubspaceFitter.Task(
      vectors: planted.task.vectors, snippets: planted.task.snippets + [single, single],
      train: planted.task.train + [10, 11], validation: planted.task.validation, labels: 3, unaries: 2)
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.maximumEpochs, fitter.batchSize) = (3, 4, 2)
    let fit = fitter.fit(task, seed: 1)
    #expect(fit.epochs.allSatisfy { $0.train.isFinite && $0.validation.isFinite })
    let said = fit.subspace.predictions(task.vectors, of: [3..<4])
    #expect(said[0].order.isEmpty && said[0].unaries.count == 1)
  }
}

@Suite struct PrincipalAnglesTests {
  @Test func anglesOfPlanesAreThoseOfTheirConstruction() throws {
    // Span(x, y) against span(x, cos 30° y + sin 30° z): 0° and 30°, whatever the bases' lengths.
    let plane = Tensor([3, 2], [2, 1, 0, 3, 0, 0])
    let tilted = Tensor([3, 2], [1, 0, 0, Float(0.75.squareRoot()), 0, 0.5])
    let angles = try #require(PrincipalAngles(plane, tilted))
    #expect(abs(angles.degrees[0]) < 1e-3 && abs(angles.degrees[1] - 30) < 1e-4)
    #expect(abs(angles.overlap - (1 + 0.75) / 2) < 1e-6)
  }

  @Test func aSubspaceInsideAnotherIsAtNoAngle() throws {
    let line = Tensor([3, 1], [1, 1, 0])
    let plane = Tensor([3, 2], [1, 0, 0, 1, 0, 0])
    let angles = try #require(PrincipalAngles(line, plane))
    #expect(angles.degrees.count == 1 && angles.degrees[0] < 1e-3)
    #expect(try #require(PrincipalAngles(line, Tensor([3, 1], [0, 0, 5]))).largest == 90)
  }

  @Test func otherSpacesCannotBeCompared() {
    #expect(PrincipalAngles(Tensor([3, 1], [1, 0, 0]), Tensor([2, 1], [1, 0])) == nil)
  }
}
