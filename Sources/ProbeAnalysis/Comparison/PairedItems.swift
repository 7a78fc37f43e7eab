import ProbeMath

/// The items that two results both say something about, and what either says.
struct PairedItems: Sendable {
  /// What A says, in A's order.
  let a: ReadOut
  /// What B says about the same items.
  let b: ReadOut
  /// Group of each item, from 0: items are together when either side has them in one group.
  let groups: [Int]
  /// Number of groups.
  let groupCount: Int
  /// Items of A that B does not have.
  let onlyInA: Int
  /// Items of B that A does not have.
  let onlyInB: Int
  /// Whether the sides group the shared items alike.
  let groupsAgree: Bool

  /// Pairs two sets of predictions by their items' names.
  ///
  /// - Parameter question: names the question in errors.
  /// - Throws: ``SpecError`` `.badValue` where predictions contradict themselves or each other, `.missingData` when they
  ///   share nothing.
  init(_ a: ItemPredictions, _ b: ItemPredictions, question: String) throws(SpecError) {
    let (rowsA, rowsB) = try Self.sharedRows(a, b, question)
    (onlyInA, onlyInB) = (a.items.count - rowsA.count, b.items.count - rowsB.count)
    (self.a, self.b) = try Self.readouts(a, rowsA, b, rowsB, question)
    let (ownA, ownB) = (rowsA.map { a.groups[$0] }, rowsB.map { b.groups[$0] })
    (groups, groupCount) = Self.joined(ownA, ownB)
    groupsAgree = groupCount == Set(ownA).count && groupCount == Set(ownB).count
  }

  // MARK: - Rows

  /// Rows of the shared items on either side, in A's order.
  private static func sharedRows(_ a: ItemPredictions, _ b: ItemPredictions, _ question: String)
    throws(SpecError) -> ([Int], [Int])
  {
    var place: [String: Int] = [:]
    for (name, side) in [("A", a), ("B", b)] {
      place.removeAll(keepingCapacity: true)
      for (row, item) in side.items.enumerated() where place.updateValue(row, forKey: item) != nil {
        throw SpecError(.badValue, at: question, "\(name) has predictions for the item \"\(item)\" twice")
      }
    }
    let rowsA = a.items.indices.filter { place[a.items[$0]] != nil }
    guard !rowsA.isEmpty else {
      throw SpecError(
        .missingData, at: question,
        "A and B share none of their \(a.items.count) and \(b.items.count) test items",
        advice: "Both must be tested on the same examples: the same corpus, label and seed")
    }
    return (rowsA, rowsA.compactMap { place[a.items[$0]] })
  }

  /// Joins groups that share an item on either side, numbered by first appearance.
  private static func joined(_ a: [String], _ b: [String]) -> ([Int], Int) {
    var parent = Array(a.indices)
    func root(_ item: Int) -> Int {
      var item = item
      while parent[item] != item {
        parent[item] = parent[parent[item]]
        item = parent[item]
      }
      return item
    }
    for names in [a, b] {
      var first: [String: Int] = [:]
      for (item, name) in names.enumerated() {
        if let other = first[name] { parent[root(item)] = root(other) } else { first[name] = item }
      }
    }
    var numbers: [Int: Int] = [:]
    let groups = a.indices.map { item in
      let root = root(item)
      let number = numbers[root] ?? numbers.count
      numbers[root] = number
      return number
    }
    return (groups, numbers.count)
  }

  // MARK: - What is said

  private static func readouts(
    _ a: ItemPredictions, _ rowsA: [Int], _ b: ItemPredictions, _ rowsB: [Int], _ question: String
  ) throws(SpecError) -> (ReadOut, ReadOut) {
    func disagree(_ row: Int, _ first: String, _ second: String) -> SpecError {
      SpecError(
        .badValue, at: question,
        "A and B disagree about what is true: of \"\(a.items[rowsA[row]])\" A says \(first), B says \(second)",
        advice: "Results are comparable when they are about the same labels")
    }
    switch (a.classes, b.classes) {
    case (let classes?, let others?):
      guard classes.count >= 2, Set(classes).count == classes.count, others.sorted() == classes.sorted()
      else {
        throw SpecError(
          .badValue, at: question,
          "the classes differ: A has \(classes.joined(separator: ", ")), B has \(others.joined(separator: ", "))"
        )
      }
      let first = try a.classification(rowsA, classes: classes, side: "A", question)
      let second = try b.classification(rowsB, classes: classes, side: "B", question)
      for (row, (left, right)) in zip(first.labels, second.labels).enumerated() where left != right {
        throw disagree(row, classes[left], classes[right])
      }
      return (.classes(first), .classes(second))
    case (nil, nil):
      guard a.period == b.period else {
        func text(_ period: Double?) -> String { period.map { "\($0)" } ?? "none" }
        throw SpecError(
          .badValue, at: question, "the periods differ: A has \(text(a.period)), B has \(text(b.period))")
      }
      let first = try a.numbers(rowsA, side: "A", question)
      let second = try b.numbers(rowsB, side: "B", question)
      for (row, (left, right)) in zip(first.truths, second.truths).enumerated() where left != right {
        throw disagree(row, "\(left)", "\(right)")
      }
      return (.numbers(first), .numbers(second))
    case (let classes, _):
      let (named, other) = classes == nil ? ("B", "A") : ("A", "B")
      throw SpecError(.badValue, at: question, "\(named) reads classes, \(other) reads numbers")
    }
  }
}

extension ItemPredictions {
  /// The predictions of some rows as log-odds of each of `order`'s classes.
  ///
  /// - Throws: ``SpecError`` `.badValue` for a truth that is no class, for scores of another count than classes, and
  ///   for scores that are not finite.
  func classification(_ rows: [Int], classes order: [String], side: String, _ question: String)
    throws(SpecError) -> Classification
  {
    let own = classes ?? []
    // Where each of `order` stands in this side's scores.
    let columns = order.map { own.firstIndex(of: $0) ?? 0 }
    let width = own.count == 2 ? 1 : own.count
    var labels: [Int] = []
    var scores: [Float] = []
    scores.reserveCapacity(rows.count * order.count)
    for row in rows {
      func refuse(_ problem: String) -> SpecError {
        SpecError(.badValue, at: question, "\(side): the item \"\(items[row])\" \(problem)")
      }
      guard let truth = Int(exactly: truths[row]), own.indices.contains(truth),
        let label = columns.firstIndex(of: truth)
      else { throw refuse("has the truth \(truths[row]), which is none of \(own.count) classes") }
      let said = self.scores[row]
      guard said.count == width else { throw refuse("has \(said.count) scores, expected \(width)") }
      guard said.allSatisfy({ $0.isFinite }) else { throw refuse("has a score that is not finite") }
      labels.append(label)
      for column in columns { scores.append(width > 1 ? said[column] : column == 1 ? said[0] : -said[0]) }
    }
    return Classification(labels: labels, scores: Tensor([rows.count, order.count], scores))
  }

  /// The predicted numbers of some rows.
  ///
  /// - Throws: ``SpecError`` `.badValue` where a row is not one finite number.
  func numbers(_ rows: [Int], side: String, _ question: String) throws(SpecError) -> Regression {
    var predictions: [Double] = []
    for row in rows {
      let said = scores[row]
      guard said.count == 1, said[0].isFinite, truths[row].isFinite else {
        throw SpecError(
          .badValue, at: question,
          "\(side): the item \"\(items[row])\" has \(said.count) scores, expected one finite number")
      }
      predictions.append(Double(said[0]))
    }
    return Regression(truths: rows.map { truths[$0] }, predictions: predictions, period: period)
  }
}
