import Foundation
import GRDB
import ProbeMath
import Synchronization
import Testing

@testable import ProbeModel
@testable import ProbeStore

@Suite struct MergeTests {
  private let points: [HookPoint] = [.residPost(0), .residPost(1), HookPoint(.pattern, layer: 0)]

  /// 12 examples of about 500 tokens, of which two repeat earlier ones.
  private func corpus() throws -> Corpus {
    let words = try Corpora.words(10, about: 500).examples
    return try Corpus(
      words + [
        Example(id: "copy1", text: words[1].text), Example(id: "copy9", text: words[9].text),
      ])
  }

  private func capture(
    _ model: FormulaModel = FormulaModel(), _ positions: Positions = .all, deduplicate: Bool = false,
    shard: Shard? = nil, corpus other: Corpus? = nil
  ) throws -> Capture {
    try model.capture(
      try other ?? corpus(), points: positions == .mean ? Array(points.prefix(2)) : points,
      positions: positions,
      deduplicate: deduplicate, shard: shard)
  }

  private func shards(
    _ count: Int, in folder: Folder, _ positions: Positions = .all, deduplicate: Bool = false
  ) throws -> [ActivationStore] {
    try (0..<count).map { index in
      let store = try ActivationStore(folder.path("\(index)-of-\(count).sqlite"))
      _ = try capture(FormulaModel(), positions, deduplicate: deduplicate, shard: Shard(index, of: count))
        .run(into: store)
      return store
    }
  }

  @Test(arguments: [1, 2, 3, 9], [Positions.all, .last, .mean, .every(7)])
  func mergedPartsEqualAnUncutCapture(count: Int, positions: Positions) throws {
    let folder = try Folder()
    for deduplicate in [false, true] {
      let whole = try ActivationStore(folder.path("whole\(deduplicate).sqlite"))
      _ = try capture(FormulaModel(), positions, deduplicate: deduplicate).run(into: whole)
      let merged = try ActivationStore(folder.path("merged\(deduplicate).sqlite"))
      let parts = try Folder()
      let stores = try shards(count, in: parts, positions, deduplicate: deduplicate)
      let outcomes = try StoreMerge(stores.reversed()).run(into: merged)
      #expect(outcomes.count == 1)
      #expect(try merged.contents() == whole.contents())
      #expect(try merged.verify().faults == [])
      // Again is nothing to do.
      #expect(try StoreMerge(stores).run(into: merged).map(\.tokensComputed) == [0])
    }
  }

  @Test func partsShareTheBatchesWithoutLossOrOverlap() throws {
    let plan = try capture().plan
    for count in 1...12 {
      let ranges = (0..<count).map { plan.batchRange(of: Shard($0, of: count)) }
      #expect(ranges.flatMap { Array($0) } == Array(plan.batches.indices))
      let parts = (0..<count).map { plan.part(Shard($0, of: count)) }
      #expect(parts.reduce(0) { $0 + $1.sequences.count } == plan.sequences.count)
      #expect(parts.flatMap { $0.batches.map(\.tokenCount) } == plan.batches.map(\.tokenCount))
      #expect(parts.allSatisfy { $0.batches.first?.firstRow ?? 0 == 0 })
    }
    // Two parts of this corpus are about equal.
    let halves = (0..<2).map { plan.part(Shard($0, of: 2)).tokenCount }
    #expect(abs(halves[0] - halves[1]) <= 2 * CapturePlan.tokensPerBatch)
  }

  @Test func anInterruptedMergeGoesOn() throws {
    let folder = try Folder()
    // More batches than are under way at a time.
    let corpus = try Corpora.words(14, about: 1_200)
    let stores = try (0..<2).map { index in
      let store = try ActivationStore(folder.path("\(index).sqlite"))
      _ = try capture(shard: Shard(index, of: 2), corpus: corpus).run(into: store)
      return store
    }
    let whole = try ActivationStore(folder.path("whole.sqlite"))
    _ = try capture(corpus: corpus).run(into: whole)
    let merged = try ActivationStore(folder.path("merged.sqlite"))
    let first = #expect(throws: StoreError.self) {
      try StoreMerge(stores).run(into: merged, threads: 1, shouldStop: { true })
    }
    #expect(first?.reason == .interrupted)
    #expect(try StoreMerge(stores).run(into: merged)[0].tokensComputed > 0)
    #expect(try merged.contents() == whole.contents())
  }

  // MARK: What is refused

  private func refusal(_ stores: [ActivationStore]) -> StoreError? {
    #expect(throws: StoreError.self) { try StoreMerge(stores) }
  }

  @Test func aMissingPartIsNamed() throws {
    let folder = try Folder()
    let stores = try shards(3, in: folder)
    let error = refusal([stores[2], stores[0]])
    #expect(error?.reason == .missing)
    #expect(error?.problem == "of the 3 parts of the capture test there is no 1/3")
    #expect(error?.advice.contains("--shard 1/3") == true)
  }

  @Test func thePartTwiceOrOfAnotherCutIsAConflict() throws {
    let folder = try Folder()
    let halves = try shards(2, in: folder)
    let thirds = try shards(3, in: folder)
    #expect(refusal([halves[0], halves[1], halves[1]])?.problem.contains("holds the same part") == true)
    let mixed = refusal([halves[0], thirds[1], thirds[2]])
    #expect(mixed?.reason == .conflict)
    #expect(mixed?.exitCode == 65)
  }

  @Test func partsOfOtherWeightsAreMissingParts() throws {
    let folder = try Folder()
    let stores = try shards(2, in: folder)
    let foreign = try ActivationStore(folder.path("foreign.sqlite"))
    _ = try capture(FormulaModel(weights: "w2"), shard: Shard(1, of: 2)).run(into: foreign)
    #expect(refusal([stores[0], foreign])?.problem == "of the 2 parts of the capture test there is no 1/2")
  }

  @Test func anUnfinishedPartAndOtherPointsAreNamed() throws {
    let folder = try Folder()
    let stores = try shards(2, in: folder)
    try stores[1].write {
      try $0.execute(sql: "UPDATE point SET batches_done = 0, rows_done = 0 WHERE id = 2")
    }
    let unfinished = refusal(stores)
    #expect(unfinished?.location.hasSuffix("blocks.0.hook_resid_post") == true)
    #expect(unfinished?.problem.hasPrefix("0 of ") == true)
    _ = try FormulaModel().capture(try corpus(), points: points + [.residPost(5)], shard: Shard(0, of: 2))
      .run(into: stores[0])
    #expect(refusal(stores)?.reason == .conflict)
  }

  @Test func aDamagedPartStopsTheMergeAndNothingOfItIsWritten() throws {
    let folder = try Folder()
    let stores = try shards(2, in: folder)
    try stores[0].write { db in
      try db.execute(sql: "UPDATE chunk SET crc32 = crc32 + 1 WHERE id = 1")
    }
    let merged = try ActivationStore(folder.path("merged.sqlite"))
    let error = #expect(throws: StoreError.self) { try StoreMerge(stores).run(into: merged) }
    #expect(error?.reason == .damagedChunk)
    #expect(try merged.captures()[0].points.allSatisfy { $0.rowsDone == 0 })
    // The part is mended by its own capture, and the merge goes on.
    #expect(try capture(shard: Shard(0, of: 2)).run(into: stores[0]).chunksRepaired == 1)
    _ = try StoreMerge(stores).run(into: merged)
    #expect(try merged.verify().faults == [])
  }

  @Test func otherValuesThatAreThereAlreadyAreAConflict() throws {
    let folder = try Folder()
    let stores = try shards(2, in: folder)
    // The same inputs, other bits: as from another kind of processor.
    let other = FormulaModel(replace: { point, token, column in
      point == .residPost(1) && token % 50 == 0 && column == 1 ? 0.5 : nil
    })
    let merged = try ActivationStore(folder.path("merged.sqlite"))
    _ = try capture(other).run(into: merged)
    let before = try merged.contents()
    let error = #expect(throws: StoreError.self) { try StoreMerge(stores).run(into: merged) }
    #expect(error?.reason == .conflict)
    #expect(error?.location == "\(merged.path), blocks.1.hook_resid_post")
    #expect(try merged.contents() == before)
  }

  @Test func anotherCaptureInTheStoreIsLeftAlone() throws {
    let folder = try Folder()
    let stores = try shards(2, in: folder)
    let merged = try ActivationStore(folder.path("merged.sqlite"))
    let other = try capture(FormulaModel(weights: "w9")).run(into: merged).capture
    _ = try StoreMerge(stores).run(into: merged)
    #expect(try merged.captures().count == 2)
    #expect(try merged.captures()[0] == other)
  }
}
