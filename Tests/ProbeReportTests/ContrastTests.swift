import Foundation
import Testing

@testable import ProbeReport

/// Contrast as WCAG 2.2 defines it: (L₁ + 0.05) / (L₂ + 0.05) of relative luminances.
struct ContrastTests {
  private func channels(_ hex: String) -> [Double] {
    let value = Int(hex, radix: 16) ?? 0
    return [value >> 16 & 255, value >> 8 & 255, value & 255].map { Double($0) / 255 }
  }

  private func luminance(_ channels: [Double]) -> Double {
    let linear = channels.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  private func contrast(_ first: [Double], _ second: [Double]) -> Double {
    let (a, b) = (luminance(first), luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  @Test func theFormulaGivesTheStandardsExtremes() {
    #expect(contrast(channels("ffffff"), channels("000000")) == 21)
    // 4.54: the well-known grey #767676 on white.
    #expect(abs(contrast(channels("767676"), channels("ffffff")) - 4.54) < 0.01)
  }

  @Test(arguments: ["light", "dark"])
  func textAndGraphicsStandOutInBothThemes(_ theme: String) {
    let palette = theme == "light" ? Palette.light : Palette.dark
    for requirement in Palette.requirements {
      let ratio = contrast(
        channels(palette.hex(requirement.foreground)), channels(palette.hex(requirement.background)))
      #expect(
        ratio >= requirement.ratio,
        "\(theme): \(requirement.foreground) on \(requirement.background) is \(ratio)")
    }
  }

  @Test(arguments: ["light", "dark"])
  func numbersStayReadableOnEveryShadeOfAHeatMap(_ theme: String) {
    let palette = theme == "light" ? Palette.light : Palette.dark
    let (heat, paper, ink) = (
      channels(palette.hex(.heat)), channels(palette.hex(.paper)), channels(palette.hex(.ink))
    )
    for step in 0...20 {
      let opacity = Palette.heatOpacity * Double(step) / 20
      let ground = zip(heat, paper).map { $0 * opacity + $1 * (1 - opacity) }
      #expect(contrast(ink, ground) >= 4.5, "\(theme) at \(opacity): \(contrast(ink, ground))")
    }
  }

  @Test func lightnessOfAHeatMapRisesEvenlyAndItsNumbersStandOut() {
    func shade(_ step: Int) -> [Double] { HeatRamp.channels(Double(step) / 80).map { Double($0) / 255 } }
    // CIE L* of a relative luminance above 0.009.
    let lightness = (0...80).map { 116 * pow(luminance(shade($0)), 1.0 / 3) - 16 }
    for (darker, brighter) in zip(lightness, lightness.dropFirst()) {
      // 76 over 80 steps, give or take half of a step.
      #expect(brighter - darker > 0.45 && brighter - darker < 1.45)
    }
    for step in 0...80 {
      let letters = HeatRamp.needsWhite(Double(step) / 80) ? "ffffff" : "000000"
      #expect(contrast(channels(letters), shade(step)) >= 4.5, "step \(step)")
    }
    #expect(HeatRamp.hex(0) == "#01285e" && HeatRamp.hex(1) == "#ffed66" && HeatRamp.hex(.nan) == "#01285e")
  }

  @Test func everyRoleHasAColourInBothThemesAndInThePage() {
    let page = SampleReport.report.html()
    for palette in [Palette.light, .dark] {
      #expect(palette.colors.map(\.role) == Palette.Role.allCases)
      for (role, hex) in palette.colors { #expect(page.contains("--\(role.rawValue):#\(hex);")) }
    }
  }
}
