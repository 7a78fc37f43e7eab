/// What a chosen read-out said about every test item of one question: what makes two results comparable item by item,
/// without model or store.
///
/// Columns of equal length, one entry an item.
public struct ItemPredictions: Sendable, Codable, Equatable {
  /// The label; nil where the analysis has none.
  public let label: String?
  /// Full name of the hook point; nil where there is none.
  public let point: String?
  /// Names of the classes; nil where a number is read.
  public let classes: [String]?
  /// After how much a number returns to itself, such as 24 for hours; nil where it does not.
  public let period: Double?
  /// What is the same item in another result: the example's id, with the stretch or token where it is less than that.
  public let items: [String]
  /// The leakage unit of each item.
  public let groups: [String]
  /// What is true: the class's index, or the number.
  public let truths: [Double]
  /// What was said: log-odds of every class (of two classes, of the second alone), or the number.
  public let scores: [[Float]]

  /// Predictions from their columns.
  public init(
    label: String?, point: String?, classes: [String]?, period: Double? = nil, items: [String],
    groups: [String], truths: [Double],
    scores: [[Float]]
  ) {
    precondition(
      items.count == groups.count && items.count == truths.count && items.count == scores.count,
      "ItemPredictions: \(items.count) items, \(groups.count) groups, \(truths.count) truths, \(scores.count) scores"
    )
    (self.label, self.point, self.classes, self.period) = (label, point, classes, period)
    (self.items, self.groups, self.truths, self.scores) = (items, groups, truths, scores)
  }

  /// Reads the columns; ones of unequal length are a decoding error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    label = try container.decodeIfPresent(String.self, forKey: .label)
    point = try container.decodeIfPresent(String.self, forKey: .point)
    classes = try container.decodeIfPresent([String].self, forKey: .classes)
    period = try container.decodeIfPresent(Double.self, forKey: .period)
    items = try container.decode([String].self, forKey: .items)
    groups = try container.decode([String].self, forKey: .groups)
    truths = try container.decode([Double].self, forKey: .truths)
    scores = try container.decode([[Float]].self, forKey: .scores)
    guard period.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw DecodingError.dataCorruptedError(
        forKey: .period, in: container, debugDescription: "a period is above 0")
    }
    let lengths = [items.count, groups.count, truths.count, scores.count]
    guard Set(lengths).count == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .items, in: container,
        debugDescription: "items, groups, truths and scores have \(lengths) entries, expected as many of each"
      )
    }
  }
}
