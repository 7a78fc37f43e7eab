/// The page's one stylesheet: the same for every report, so that its digest can stand in the page's policy.
enum Stylesheet {
  /// The digest browsers compare with. A test says the new one when the stylesheet changes.
  static let digest = "sha256-CrZyDm56Da0QiHCz333Bk3zc3Q2tZRYjvITahW1N9bE="

  /// Colours, page, blocks, charts, print: in this order.
  static let text = [themes, page, verdict, blocks, charts, print].joined(separator: "\n")

  private static let themes = """
    :root{\(Palette.light.css)--heat-opacity:\(Palette.heatOpacity);}
    @media (prefers-color-scheme:dark){:root{\(Palette.dark.css)}}
    @media print{:root{\(Palette.light.css)--paper:#ffffff;--panel:#ffffff;}}
    """
}
