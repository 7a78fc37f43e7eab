import Foundation
import ProbeAnalysis
import ProbeMath
import Testing

@Suite struct OnlineCodeTests {
  private var quick: OnlineCode.Settings {
    var settings = OnlineCode.Settings()
    (settings.orders, settings.strengths) = (2, [100, 1, 0.01])
    return settings
  }

  @Test func labelsWithoutRelationTakeAtLeastTheirEntropy() throws {
    // Not below what the class shares alone need, in every one of these runs; 2% of slack for the draw.
    var total = (bits: 0.0, entropy: 0.0)
    for seed in 0..<6 as Range<UInt64> {
      var stream = RandomStream(seed: seed, "random labels")
      let data = Clouds(items: 120, width: 6, signal: 0, seed: seed)
      let labels = data.labels.map { _ in stream.uniform() < 0.4 ? 1 : 0 }
      let code = try OnlineCode(
        features: data.features, labels: labels, classes: ["a", "b"], groups: data.groups, settings: quick,
        seed: seed
      ).code
      #expect(code.bits >= 0.98 * code.labelBits)
      total = (total.bits + code.bits, total.entropy + code.labelBits)
    }
    #expect(total.bits >= total.entropy)
  }

  @Test func aPlantedLabelIsShortAndItsControlIsNot() throws {
    let data = Clouds(items: 200, width: 6, signal: 1, seed: 1)
    var stream = RandomStream(seed: 1, "control")
    let control = data.labels.shuffled(using: &stream)
    let made = try OnlineCode(
      features: data.features, labels: data.labels, classes: ["a", "b"], groups: data.groups,
      control: control, settings: quick, seed: 1)
    // Half of the items in each class: one bit an item.
    #expect(made.code.labelBits == 200 && made.uniformBits == 200)
    #expect(made.code.compression > 1.5)
    #expect(try #require(made.control).compression <= 1.02)
    #expect(made.code.orders.count == 2 && made.code.spread > 0)
  }

  @Test func featuresThatSayNothingCodeByShares() throws {
    // Every group holds one item of each class, so every prefix is balanced: p = 1/2 for each item, n bits in all.
    let labels = (0..<80).map { $0 % 2 }
    let made = try OnlineCode(
      features: Tensor([80, 3], repeating: 1.5), labels: labels, classes: ["a", "b"],
      groups: labels.indices.map { "g\($0 / 2)" }, settings: quick, seed: 3)
    #expect(abs(made.code.bits - 80) < 1e-4)
    #expect(abs(made.code.compression - 1) < 1e-6)
  }

  @Test func aClassThatAPrefixLacksHasAFiniteCode() throws {
    // One group of the second class among 40: most prefixes have never seen it.
    let data = Clouds(items: 120, width: 4, signal: 0, seed: 2)
    let labels = (0..<120).map { $0 < 3 ? 1 : 0 }
    let groups = (0..<120).map { "g\($0 / 3)" }
    for classes in [["a", "b"], ["a", "b", "never"]] {
      let made = try OnlineCode(
        features: data.features, labels: labels, classes: classes, groups: groups, settings: quick, seed: 5)
      let dearest = log2(Double(classes.count) / made.settings.smoothing)
      #expect(made.code.bits.isFinite && made.code.bits > 0)
      #expect(made.code.bits < 3 * dearest + 120)
      #expect(made.code.labelBits < 120 * 0.17)
    }
  }

  @Test func blocksHoldWholeGroupsAndAllItems() throws {
    let data = Clouds(items: 210, width: 3, classes: 3, signal: 0.5, seed: 4)
    let made = try OnlineCode(
      features: data.features, labels: data.labels, classes: ["a", "b", "c"], groups: data.groups,
      settings: quick, seed: 4)
    for order in made.code.orders {
      #expect(order.blocks.allSatisfy { $0.items % 3 == 0 && $0.items >= 8 })
      #expect(order.blocks.reduce(0) { $0 + $1.items } == 210)
      var before = 0
      for block in order.blocks {
        #expect(block.before == before)
        before += block.items
      }
      // The first block is coded without a probe, at log₂ 3 bits an item.
      #expect(order.blocks[0].strength == nil)
      #expect(abs(order.blocks[0].bits - Double(order.blocks[0].items) * log2(3)) < 1e-9)
    }
  }

  @Test func ofManyItemsWholeGroupsAreDrawn() throws {
    let data = Clouds(items: 300, width: 3, signal: 1, seed: 6)
    var settings = quick
    settings.mostItems = 101
    func made() throws -> OnlineCode {
      try OnlineCode(
        features: data.features, labels: data.labels, classes: ["a", "b"], groups: data.groups,
        rows: Array(20..<300), settings: settings, seed: 6)
    }
    let code = try made()
    #expect(code.items == 100 && code.groups == 50)
    #expect(code.availableItems == 280 && code.availableGroups == 140)
    #expect(try code == made())
  }

  @Test func oneGroupIsNoCode() throws {
    let data = Clouds(items: 20, width: 3, signal: 1, seed: 7)
    let error = try #require(throws: StudyError.self) {
      try OnlineCode(
        features: data.features, labels: data.labels, classes: ["a", "b"],
        groups: data.labels.map { _ in "all" }, seed: 7)
    }
    #expect(error.reason == .tooFewGroups && error.location == "online code")
    #expect(error.description.contains("1 groups of 20 items make no two blocks of at least 8 items"))
  }
}
