/// Keeps labels from lying on each other.
enum LabelPlacement {
  /// Moves positions apart to at least `gap`, as little as can be, inside `range` as far as it has room.
  ///
  /// Labels that collide form a block around the mean of where they wanted to be; blocks that collide merge.
  /// The result has the order of the input.
  static func spread(_ wanted: [Double], gap: Double, in range: ClosedRange<Double>) -> [Double] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var blocks: [(members: [Int], top: Double)] = []
    for index in order {
      blocks.append(([index], wanted[index]))
      while blocks.count > 1,
        let last = blocks.last,
        case let above = blocks[blocks.count - 2],
        last.top < above.top + Double(above.members.count) * gap
      {
        blocks.removeLast(2)
        let members = above.members + last.members
        let offsets = members.enumerated().map { wanted[$1] - Double($0) * gap }
        blocks.append((members, offsets.reduce(0, +) / Double(members.count)))
      }
    }
    var result = wanted
    var position = range.lowerBound
    let placed = blocks.flatMap { block in
      block.members.enumerated().map { (index: $1, y: block.top + Double($0) * gap) }
    }
    for (index, y) in placed {
      result[index] = max(y, position)
      position = result[index] + gap
    }
    var limit = range.upperBound
    for (index, _) in placed.reversed() {
      result[index] = min(result[index], limit)
      limit = result[index] - gap
    }
    return result
  }

  /// The row each of several labels beside each other stands in, so that none overlaps another of its row.
  /// - Parameter spans: the room each label takes, ends included.
  static func rows(_ spans: [ClosedRange<Double>]) -> [Int] {
    var ends: [Double] = []
    var result = Array(repeating: 0, count: spans.count)
    for index in spans.indices.sorted(by: { (spans[$0].lowerBound, $0) < (spans[$1].lowerBound, $1) }) {
      let free = ends.firstIndex { $0 < spans[index].lowerBound }
      let row = free ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = spans[index].upperBound
      result[index] = row
    }
    return result
  }

  /// Which of many labels at equal distances are shown: each, or every 2nd, 5th, 10th…, preferring round
  /// numbers.
  static func shown(_ labels: [String], spacing: Double, fontSize: Double) -> [Int] {
    let widest = labels.map { TextWidth.of($0, fontSize: fontSize) }.max() ?? 0
    let needed = (widest + fontSize * 0.8) / max(spacing, 0.001)
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    let step = steps.first { Double($0) >= needed } ?? 1_000
    let numbers = labels.map { Int($0) }
    let isCounting = zip(numbers, numbers.dropFirst()).allSatisfy { left, right in
      left.flatMap { left in right.map { $0 == left + 1 } } ?? false
    }
    guard isCounting, let first = numbers.first, let first else {
      return Array(stride(from: 0, to: labels.count, by: step))
    }
    return labels.indices.filter { (first + $0).isMultiple(of: step) }
  }
}
