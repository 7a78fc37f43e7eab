/// The shades of a ``HeatMap``: dark blue over grey to bright yellow.
///
/// Lightness rises evenly (CIE L* from 17 to 93), so that the order of shades needs no colour vision and
/// survives a copier; blue against yellow is the pair that red–green deficiencies leave apart, the idea of the
/// cividis map (Nuñez, Anderton & Renslow, PLOS ONE 2018). The ramp is the same in all themes, so that two
/// readers of one report see the same.
enum HeatRamp {
  /// Shades at equal distances, six hexadecimal digits each; straight lines in sRGB join them.
  static let anchors = [
    0x01_285E, 0x1F_406C, 0x3C_5976, 0x5A_717D, 0x79_8981, 0x9A_A282, 0xBC_BB7E, 0xDF_D476, 0xFF_ED66,
  ]

  /// The shade at a share of the ramp, 0…1, as `#rrggbb`.
  static func hex(_ share: Double) -> String {
    "#"
      + channels(share).map { channel in
        let digits = String(channel, radix: 16)
        return channel < 16 ? "0" + digits : digits
      }.joined()
  }

  /// Red, green and blue of a shade, 0…255.
  static func channels(_ share: Double) -> [Int] {
    let place = (share.isNaN ? 0 : min(1, max(0, share))) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(place))
    let rest = place - Double(index)
    return [16, 8, 0].map { shift in
      let low = Double(anchors[index] >> shift & 255)
      let high = Double(anchors[index + 1] >> shift & 255)
      return Int((low + (high - low) * rest).rounded())
    }
  }

  /// Whether white letters stand out better on a shade than black ones.
  static func needsWhite(_ share: Double) -> Bool { share < 0.42 }
}
