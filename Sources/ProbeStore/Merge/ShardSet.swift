import ProbeModel

/// The parts of one capture, in the order of their rows.
struct ShardSet: Sendable {
  /// One part, in the store that holds it.
  struct Part: Sendable {
    let store: ActivationStore
    let capture: CaptureRecord
  }

  let parts: [Part]
  /// The identity of the whole.
  let identity: CaptureIdentity

  private var first: CaptureRecord { parts[0].capture }

  /// Finds the captures of several stores, and the parts of each. A capture that is whole is its only part.
  ///
  /// - Throws: ``StoreError``: `missing` for a part that is not there, not complete, or lacks points that others
  ///   have; `conflict` for parts that contradict each other.
  static func find(in stores: [ActivationStore]) throws -> [ShardSet] {
    var order: [String] = []
    var found: [String: [Part]] = [:]
    for store in stores {
      let captures = try store.captures()
      guard !captures.isEmpty else {
        throw StoreError(.missing, at: store.path, "the store holds no capture")
      }
      for capture in captures {
        let whole = capture.identityParts.part(nil).digest
        if found[whole] == nil { order.append(whole) }
        found[whole, default: []].append(Part(store: store, capture: capture))
      }
    }
    return try order.map { try ShardSet(found[$0] ?? []) }
  }

  private init(_ parts: [Part]) throws {
    let sorted = parts.sorted { ($0.capture.shard?.index ?? 0) < ($1.capture.shard?.index ?? 0) }
    self.parts = sorted
    identity = sorted[0].capture.identityParts.part(nil)
    try checkParts()
    for part in sorted { try check(part) }
  }

  /// Every part is there, and once.
  private func checkParts() throws {
    let count = first.shard?.count ?? 1
    for part in parts where part.capture.shard?.count ?? 1 != count {
      throw StoreError(
        .conflict, at: part.store.path,
        "is part \(part.capture.shard?.rawValue ?? "0/1") of a capture that \(parts[0].store.path) has in "
          + "\(count) parts", advice: "Merge parts of one cut only")
    }
    for (index, part) in parts.enumerated() where index > 0 {
      let before = parts[index - 1]
      if (before.capture.shard?.index ?? 0) == (part.capture.shard?.index ?? 0) {
        throw StoreError(
          .conflict, at: part.store.path,
          "holds the same part of the capture as \(before.store.path): \(part.capture.shard?.rawValue ?? "all")",
          advice: "Give each part once")
      }
    }
    let absent = Set(0..<count).subtracting(parts.map { $0.capture.shard?.index ?? 0 }).sorted()
    guard absent.isEmpty else {
      throw StoreError(
        .missing, at: parts[0].store.path,
        "of the \(count) parts of the capture \(first.name) there is no "
          + absent.map { "\($0)/\(count)" }.joined(separator: ", "),
        advice: "Capture it with `probe capture … --shard \(absent[0])/\(count)`, and give its store")
    }
  }

  /// A part is complete and has the points of the first.
  private func check(_ part: Part) throws {
    let names = part.capture.points.map(\.hook)
    guard names == first.points.map(\.hook) else {
      throw StoreError(
        .conflict, at: part.store.path,
        "holds the points \(names.joined(separator: ", ")), \(parts[0].store.path) holds "
          + first.points.map(\.hook).joined(separator: ", "),
        advice: "Capture the same points in every part")
    }
    for (point, other) in zip(part.capture.points, first.points) {
      guard point.rowShape == other.rowShape, HookPoint(name: point.hook) != nil else {
        throw StoreError(
          .conflict, at: "\(part.store.path), \(point.hook)",
          "rows have the shape \(point.rowShape), in \(parts[0].store.path) \(other.rowShape)")
      }
      guard point.isComplete else {
        throw StoreError(
          .missing, at: "\(part.store.path), \(point.hook)",
          "\(point.batchesDone) of \(part.capture.batchCount) batches are captured",
          advice: "Run its capture again: it goes on where it stopped")
      }
    }
  }
}
