import ProbeMath
import Testing

@testable import ProbeAnalysis

/// Trees that are known to lie in the vectors, and trees that are known not to.
@Suite struct PlantedTreeTests {
  private let planted = PlantedSyntax(width: 24, labels: 5, snippets: 600, noise: 1, seed: 8)

  private var fitter: SyntacticSubspaceFitter {
    var fitter = SyntacticSubspaceFitter()
    (fitter.rank, fitter.rate, fitter.batchSize) = (6, 3e-2, 8)
    return fitter
  }

  private func gold(_ snippet: SyntacticSnippet) -> SyntaxTuple {
    SyntaxTuple(
      heights: snippet.order.map { Int($0) }, labels: snippet.labels.map { SyntaxLabel(kind: "kind\($0)") },
      unaries: snippet.unaries.map { $0 == 0 ? .empty : SyntaxLabel(kind: "unary") })
  }

  private func meanF1(_ subspace: SyntacticSubspace, of snippets: [SyntacticSnippet]) throws -> Double {
    let held = planted.task.validation.map { snippets[$0] }
    let said = subspace.predictions(planted.task.vectors, of: held.map { $0.rows })
    let scores = zip(held, said).map { snippet, prediction in
      SnippetComparison(
        of: TuplePrediction(
          heights: prediction.order, labels: prediction.labels.map { SyntaxLabel(kind: "kind\($0)") },
          unaries: prediction.unaries.map { $0 == 0 ? .empty : SyntaxLabel(kind: "unary") }),
        with: gold(snippet)
      ).scores
    }
    return try #require(TreeMetric.f1.mean(over: scores))
  }

  @Test func treesThatWerePlantedAreRebuilt() throws {
    let fit = fitter.fit(planted.task, seed: 2)
    #expect(try meanF1(fit.subspace, of: planted.task.snippets) >= 0.99)
    let angles = try #require(PrincipalAngles(fit.subspace.projection, planted.basis))
    #expect(angles.largest < 5)
  }

  @Test func aFitToShuffledTreesIsNoBetterThanAFixedShape() throws {
    let shuffled = planted.task.snippets.enumerated().map { index, snippet in
      let tuple = gold(snippet).shuffled(seed: 1, name: "\(index)")
      return SyntacticSnippet(
        rows: snippet.rows, heights: tuple.heights,
        labels: tuple.labels.map { Int($0.kinds[0].dropFirst(4)) ?? 0 },
        unaries: tuple.unaries.map { $0.isEmpty ? 0 : 1 })
    }
    let task = SyntacticSubspaceFitter.Task(
      vectors: planted.task.vectors, snippets: shuffled, train: planted.task.train,
      validation: planted.task.validation, labels: 5, unaries: 2)
    let found = try meanF1(fitter.fit(task, seed: 2).subspace, of: shuffled)
    // What a tree of a fixed shape with the most frequent label reaches on the same trees.
    let tuples = planted.task.train.map { gold(shuffled[$0]) }
    let shapes = BranchingBaseline.Shape.allCases.map { shape in
      let tree = BranchingBaseline(shape, from: tuples)
      let scores = planted.task.validation.map { index in
        let tuple = gold(shuffled[index])
        return SnippetComparison(of: tree.predict(leafCount: tuple.leafCount), with: tuple).scores.f1
      }
      return scores.reduce(0, +) / Double(scores.count)
    }
    #expect(found < (shapes.max() ?? 0) + 0.05)
  }
}
