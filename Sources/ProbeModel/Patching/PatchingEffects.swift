/// What patches did to the logit difference answer − against at the last position.
public struct PatchingEffects: Sendable, Equatable {
  /// Where patches acted.
  public let site: HookPoint.Site
  /// The blocks.
  public let layers: Range<Int>
  /// Positions or heads of a block.
  public let places: Int
  /// The logit difference of each prompt as it is.
  public private(set) var prompt: [Double]
  /// The logit difference of each source as it is.
  public private(set) var source: [Double]
  private var patched: [Double?]

  init(site: HookPoint.Site, layers: Range<Int>, places: Int, pairs: Int) {
    (self.site, self.layers, self.places) = (site, layers, places)
    prompt = Array(repeating: 0, count: pairs)
    source = prompt
    patched = Array(repeating: nil, count: layers.count * places * pairs)
  }

  /// The logit difference of a prompt with the patch in it; nil for a position behind its end.
  public func patched(layer: Int, place: Int, pair: Int) -> Double? { patched[index(layer, place, pair)] }

  /// Patched − unpatched, of each pair that has the place.
  public func changes(layer: Int, place: Int) -> [Double] {
    prompt.indices.compactMap { pair in
      patched(layer: layer, place: place, pair: pair).map { $0 - prompt[pair] }
    }
  }

  /// The share of the way from the prompts to their sources: Σ(patched − prompt) / Σ(source − prompt) over the pairs that
  /// have the place. 0 is no effect, 1 that of replacing everything; nil where prompts and sources do not differ.
  public func share(layer: Int, place: Int) -> Double? {
    let pairs = prompt.indices.filter { patched(layer: layer, place: place, pair: $0) != nil }
    let whole = pairs.reduce(0) { $0 + source[$1] - prompt[$1] }
    guard whole != 0 else { return nil }
    return changes(layer: layer, place: place).reduce(0, +) / whole
  }

  private func index(_ layer: Int, _ place: Int, _ pair: Int) -> Int {
    precondition(
      layers.contains(layer) && place >= 0 && place < places && prompt.indices.contains(pair),
      "patched: layer \(layer), place \(place), pair \(pair) of \(layers), \(places), \(prompt.count)")
    return ((layer - layers.lowerBound) * places + place) * prompt.count + pair
  }

  mutating func set(_ pairs: Range<Int>, prompt: [Double], source: [Double]) {
    self.prompt.replaceSubrange(pairs, with: prompt)
    self.source.replaceSubrange(pairs, with: source)
  }

  mutating func set(layer: Int, place: Int, pair: Int, _ difference: Double) {
    patched[index(layer, place, pair)] = difference
  }
}
