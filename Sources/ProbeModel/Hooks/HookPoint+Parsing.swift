extension HookPoint {
  /// The point that a person names, in full (`blocks.3.hook_resid_post`) or short (`resid_post.3`), where no model is at
  /// hand that says which there are.
  ///
  /// - Throws: ``ModelError`` `.unknownHook` with the nearest names.
  public init(parsing text: String) throws(ModelError) {
    // The layers that the text may mean; without a number the first stands for all in what is suggested.
    let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }.filter { $0 < 1 << 20 }
    let layers = numbers.isEmpty ? [0] : Set(numbers).sorted()
    let candidates = Site.allCases.flatMap { site in
      site.isInBlock ? layers.map { HookPoint(site, layer: $0) } : [HookPoint(site)]
    }
    guard let point = candidates.first(where: { $0.name == text || $0.shortName == text }) else {
      throw ModelError(
        .unknownHook, at: text, "no hook point has this name",
        advice: "Nearest: \(PointSelector.nearest(to: text, among: candidates).joined(separator: ", "))")
    }
    self = point
  }
}
