/// The colours of one theme, and which of them must be told apart.
struct Palette: Sendable {
  /// What a colour is for. The raw value is the name of its CSS variable.
  enum Role: String, Sendable, CaseIterable {
    case paper, panel, ink, muted, rule, accent
    case good, bad, open, caution
    case goodPanel = "good-panel"
    case badPanel = "bad-panel"
    case openPanel = "open-panel"
    case cautionPanel = "caution-panel"
    case series0, series1, series2, series3, series4, series5
    case grid, reference, heat
  }

  /// A colour on another, and the least contrast it needs (WCAG 2.2, 1.4.3 and 1.4.11).
  struct Requirement: Sendable {
    let foreground: Role
    let background: Role
    let ratio: Double
  }

  /// Six hexadecimal digits per role, in the order of `Role.allCases`.
  let colors: [(role: Role, hex: String)]

  /// The colour of a role.
  func hex(_ role: Role) -> String {
    colors.first { $0.role == role }?.hex ?? "000000"
  }

  /// The CSS variables of the theme.
  var css: String {
    colors.map { "--\($0.role.rawValue):#\($0.hex);" }.joined()
  }

  /// The strongest tint of `heat` under text; paler shares of it lie between this and the paper.
  static let heatOpacity = 0.45

  /// Text needs 4.5, graphics 3.
  static let requirements: [Requirement] = {
    let text: [Role] = [.ink, .muted, .accent, .good, .bad, .open, .caution, .reference]
    let series: [Role] = [.series0, .series1, .series2, .series3, .series4, .series5]
    let onPaper = (text + series).flatMap { role in
      [Role.paper, .panel].map { Requirement(foreground: role, background: $0, ratio: 4.5) }
    }
    let panels: [(Role, Role)] = [
      (.good, .goodPanel), (.bad, .badPanel), (.open, .openPanel), (.caution, .cautionPanel),
    ]
    let onPanels = panels.flatMap { foreground, background in
      [foreground, .ink, .muted].map { Requirement(foreground: $0, background: background, ratio: 4.5) }
    }
    return onPaper + onPanels
  }()

  /// Ink on warm white.
  static let light = Palette(colors: [
    (.paper, "fdfcfa"), (.panel, "f5f3ee"), (.ink, "1c1f23"), (.muted, "595e66"), (.rule, "dcd8cf"),
    (.accent, "1d558f"),
    (.good, "1a6340"), (.bad, "a3261f"), (.open, "4d5561"), (.caution, "855000"),
    (.goodPanel, "e9f4ec"), (.badPanel, "fbeceb"), (.openPanel, "eef0f3"), (.cautionPanel, "fdf3dd"),
    (.series0, "1d558f"), (.series1, "a64b00"), (.series2, "11694f"), (.series3, "7b3a94"),
    (.series4, "8f2c5a"), (.series5, "5b5a1e"),
    (.grid, "e8e4dc"), (.reference, "5f646c"), (.heat, "2f78bd"),
  ])

  /// The same roles on near black.
  static let dark = Palette(colors: [
    (.paper, "15171a"), (.panel, "1d2024"), (.ink, "e9e6e0"), (.muted, "a4a9b1"), (.rule, "383c43"),
    (.accent, "8bbdf2"),
    (.good, "7fd0a2"), (.bad, "f59a92"), (.open, "b4bcc8"), (.caution, "ecbb5c"),
    (.goodPanel, "18291f"), (.badPanel, "321c1c"), (.openPanel, "22262c"), (.cautionPanel, "2e2613"),
    (.series0, "8bbdf2"), (.series1, "f2a765"), (.series2, "6fd1ad"), (.series3, "cfa4ea"),
    (.series4, "f095bb"), (.series5, "cfc76a"),
    (.grid, "2a2e34"), (.reference, "a4a9b1"), (.heat, "3f86cc"),
  ])
}
