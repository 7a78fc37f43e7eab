import ProbeMath
import ProbeModel

/// What is kept of a corpus whose activations would be more bytes than allowed.
struct ByteBudget {
  let seed: UInt64
  private let maximum: Int
  private let cost: RowCost
  private let deduplicate: Bool

  /// Nil when everything fits.
  ///
  /// - Throws: ``StoreError`` `tooLarge` when it does not and nobody asked for a subsample.
  init?(
    _ settings: CaptureSettings, _ cost: RowCost, of sequences: [CapturePlan.Sequence], at location: String
  )
    throws
  {
    let needed = sequences.reduce(0) { $0 + ($1.isCopy ? 0 : cost.bytes(of: $1)) }
    guard let maximum = settings.maximumBytes, needed > maximum else { return nil }
    guard let seed = settings.subsample else {
      throw StoreError(
        .tooLarge, at: location,
        "the activations would be \(needed) bytes (\(ByteCount(needed))), the limit is \(maximum) "
          + "(\(ByteCount(maximum)))",
        advice: "Ask for fewer points, for other positions (last, mean), for a smaller dtype, or for as many "
          + "examples as fit with --subsample SEED")
    }
    (self.seed, self.maximum, self.cost, deduplicate) = (seed, maximum, cost, settings.deduplicate)
  }

  /// The sequences of as many leakage units as fit, drawn without replacement, in the order of the corpus.
  ///
  /// Whole units (group, else pair, else example) are kept or left: half a contrast pair answers nothing.
  ///
  /// - Throws: ``StoreError`` `tooLarge` when not even the first unit fits.
  func keep(_ drafts: [CapturePlan.Sequence], of corpus: Corpus) throws -> [CapturePlan.Sequence] {
    var units: [[Int]] = []
    var known: [String: Int] = [:]
    for (index, draft) in drafts.enumerated() {
      let example = corpus.examples[draft.example]
      let name =
        example.group.map { "group \($0)" } ?? example.pair.map { "pair \($0)" } ?? "example \(example.id)"
      if let unit = known[name] {
        units[unit].append(index)
      } else {
        known[name] = units.count
        units.append([index])
      }
    }
    var stream = RandomStream(seed: seed, "capture subsample")
    let order = stream.permutation(units.count)
    func sequences(_ count: Int) -> [CapturePlan.Sequence] {
      order.prefix(count).flatMap { units[$0] }.sorted().map { drafts[$0] }
    }
    // More units are never fewer bytes, so the largest number that fits is found by halving.
    var (fits, tooMany) = (0, units.count + 1)
    while tooMany - fits > 1 {
      let middle = (fits + tooMany) / 2
      if bytes(sequences(middle)) <= maximum { fits = middle } else { tooMany = middle }
    }
    guard fits > 0 else {
      throw StoreError(
        .tooLarge, at: "subsample \(seed)", "not even one example fits into \(maximum) bytes",
        advice: "Raise --max-bytes, or capture fewer points")
    }
    return sequences(fits)
  }

  private func bytes(_ drafts: [CapturePlan.Sequence]) -> Int {
    var layout = RowLayout(deduplicate: deduplicate)
    return layout.assignRows(drafts).reduce(0) { $0 + ($1.isCopy ? 0 : cost.bytes(of: $1)) }
  }
}
