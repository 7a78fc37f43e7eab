/// One part of the evidence, with a heading that can be linked to.
public struct Section: Sendable, Codable, Equatable {
  /// The fragment others link to (`#truth-probe`). Letters, digits, `-` and `_` are kept, the rest becomes
  /// `-`; a second section of the same id gets `-2`.
  public var id: String
  /// The heading.
  public var title: String
  /// What the section shows, in one or two sentences; may be empty.
  public var summary: RichText
  /// The contents, in reading order.
  public var blocks: [Block]

  /// A section and its contents.
  public init(id: String, title: String, summary: RichText = "", blocks: [Block]) {
    self.id = id
    self.title = title
    self.summary = summary
    self.blocks = blocks
  }
}

/// What a section is made of.
///
/// A new kind of block is a case here, a value type beside the others in `Blocks/`, and one line in the
/// renderer's switch: the compiler names the place.
public enum Block: Sendable, Codable, Equatable {
  /// Running text.
  case paragraph(RichText)
  /// A remark set apart from the text.
  case callout(Callout)
  /// Rows and columns.
  case table(Table)
  /// Series over an ordered axis.
  case curve(CurveChart)
  /// Dots and whiskers, one row an estimate.
  case intervals(IntervalChart)
  /// Counts of actual against predicted classes.
  case confusion(ConfusionMatrix)
  /// Shades over rows and columns.
  case heatMap(HeatMap)
  /// Points over a numeric axis.
  case scatter(ScatterChart)
  /// Trees over the same leaves.
  case trees(TreeChart)
  /// Labels and values.
  case keyValues([Fact])
  /// Code or commands.
  case code(CodeListing)
}
