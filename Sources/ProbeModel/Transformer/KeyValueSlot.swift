import CKernels
import ProbeMath

/// Keys and values of one sequence in one block, in one piece of memory, packed as the kernels read them.
///
/// A head's keys are panels of 32 keys, `[dHead, 32]` each, for q · k; its values are panels of 32 of their dimensions,
/// `[capacity, 32]` each, for pattern · v. Key j of a sequence stands at its position j, however many there are: what was
/// packed stays where it is when others follow.
struct KeyValueSlot {
  let memory: UnsafeMutablePointer<Float>
  /// Keys that there is room for, in whole panels.
  let capacity: Int
  let dHead: Int

  private static let panel = PackedMatrix.panelWidth

  /// Room for at least `keys` keys, in whole panels.
  static func capacity(for keys: Int) -> Int { (keys + panel - 1) / panel * panel }

  /// Values that a slot of `capacity` keys takes.
  static func count(capacity: Int, _ config: TransformerConfig) -> Int {
    config.nKeyValueHeads * capacity * (config.dHead + paddedWidth(config.dHead))
  }

  private static func paddedWidth(_ dHead: Int) -> Int { (dHead + panel - 1) / panel * panel }

  /// The first panel of a head's keys.
  func keys(_ head: Int) -> UnsafeMutablePointer<Float> {
    memory + head * capacity * (dHead + Self.paddedWidth(dHead))
  }

  /// The first panel of a head's values.
  func values(_ head: Int) -> UnsafeMutablePointer<Float> { keys(head) + capacity * dHead }

  /// How far panels of values lie apart.
  var valuePanelStride: Int { capacity * Self.panel }

  /// Packs `count` rows of keys and values of `head`, whose rows lie `stride` values apart, at `position`.
  func write(
    head: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int, at position: Int,
    count: Int
  ) {
    probe_pack_outputs(keys, stride, count, dHead, self.keys(head), position)
    probe_pack_inputs(values, stride, count, dHead, self.values(head), valuePanelStride, position)
  }

  /// Copies the first `count` keys and values of `head` from another slot.
  func copy(head: Int, from other: KeyValueSlot, count: Int) {
    keys(head).update(from: other.keys(head), count: Self.capacity(for: count) * dHead)
    for panel in 0..<Self.paddedWidth(dHead) / Self.panel {
      (values(head) + panel * valuePanelStride).update(
        from: other.values(head) + panel * other.valuePanelStride, count: count * Self.panel)
    }
  }
}
